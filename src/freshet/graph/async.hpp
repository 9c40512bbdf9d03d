// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "freshet/base/reply.hpp"
#include "freshet/base/task.hpp"
#include "freshet/graph/async_options.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/arguments.hpp"
#include "freshet/model/describe.hpp"

namespace freshet {

/// A row whose asynchronous mapper has not answered yet.
struct Pending {
  std::int64_t attempt{};  ///< the one that is under way or comes next; the first is 1
  std::int64_t since{};    ///< the version that brought the row as it is now

  bool operator==(const Pending&) const = default;
};

constexpr auto describe(of<Pending>) {
  return model("pending_rows", field<&Pending::attempt>(), field<&Pending::since>());
}

/// What an asynchronous mapper gave: the answers that are there, and the rows that still wait for one. Made by
/// Collection::map_async().
///
/// Example: src/freshet/meta/verbs/map_async.test.cpp [reply]
template <class Key, class Value> class AsyncCollection : public Collection<Key, Value> {
 public:
  using Node = typename Collection<Key, Value>::Node;
  using PendingNode = detail::CollectionNode<Key, Pending>;

  /// `pending` is a parent of `node`.
  AsyncCollection(std::shared_ptr<Node> node, PendingNode& pending)
      : Collection<Key, Value>(std::move(node)), pending_(&pending) {}

  /// The rows that wait for an answer; each leaves in the commit that brings it.
  Collection<Key, Pending> pending() const {
    // The node of the answers owns that of the calls, and not the other way round, so that is what is kept.
    return Collection<Key, Pending>(std::shared_ptr<PendingNode>(this->shared_node(), pending_));
  }

  template <class Never = void> void strict() const {
    static_assert(!std::is_void_v<Never>,
                  "Freshet: an asynchronous view cannot be strict: when its answer comes, the transaction that asked "
                  "for it is long complete");
  }

 private:
  PendingNode* pending_;
};

namespace detail {

template <class T, class Key, class Value> struct StoredArgument<T, AsyncCollection<Key, Value>> {
  using type = Collection<Key, Value>;
};

}  // namespace detail

}  // namespace freshet
