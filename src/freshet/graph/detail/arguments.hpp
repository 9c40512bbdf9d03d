// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/read_index.hpp"
#include "freshet/graph/detail/read_tracker.hpp"

namespace freshet::detail {

template <class T> inline constexpr bool is_collection = false;
template <class Key, class Value> inline constexpr bool is_collection<Collection<Key, Value>> = true;

/// How an argument is kept: an Input becomes the Collection it is, a literal or a view of text a std::string.
template <class T, class Decayed = std::decay_t<T>> struct StoredArgument { using type = Decayed; };
template <class T> struct StoredArgument<T, const char*> { using type = std::string; };
template <class T> struct StoredArgument<T, char*> { using type = std::string; };
template <class T> struct StoredArgument<T, std::string_view> { using type = std::string; };
template <class T, class Key, class Value> struct StoredArgument<T, Input<Key, Value>> {
  using type = Collection<Key, Value>;
};
template <class T> using Stored = typename StoredArgument<T>::type;

/// Types whose values stand for something elsewhere, which may change or go without the graph's knowledge.
template <class T> inline constexpr bool points_elsewhere = std::is_pointer_v<T>;
template <class T> inline constexpr bool points_elsewhere<std::reference_wrapper<T>> = true;
template <class T, std::size_t Extent> inline constexpr bool points_elsewhere<std::span<T, Extent>> = true;
template <> inline constexpr bool points_elsewhere<std::string_view> = true;

struct NotTracked {};
template <class T> struct IndexFor { using type = NotTracked; };
template <class Key, class Value> struct IndexFor<Collection<Key, Value>> { using type = ReadIndex<Key>; };

/// The trailing arguments of a mapper: plain values, and collections whose reads are tracked per row and key.
template <class... Args> class Arguments final : public ReadTracker {
 public:
  explicit Arguments(std::tuple<Args...> values) : values_(std::move(values)) {
    std::apply([](const auto&... value) { (prepare_reads(value), ...); }, values_);
  }

  const std::tuple<Args...>& values() const { return values_; }
  bool same(const std::tuple<Args...>& other) const { return same(other, Indices{}); }

  /// The nodes that the owner must be a child of.
  static void append_nodes(const std::tuple<Args...>& values, std::vector<std::shared_ptr<NodeBase>>& nodes) {
    std::apply([&](const auto&... value) { (append_node(value, nodes), ...); }, values);
  }
  static std::size_t hash(const std::tuple<Args...>& values) {
    std::size_t sum = sizeof...(Args);
    std::apply([&](const auto&... value) { ((sum = sum * 31 + hash_argument(value)), ...); }, values);
    return sum;
  }

  /// Whether a collection among the arguments changed in this commit.
  bool changed() const { return changed(Indices{}); }
  /// Calls `visit(row)` for each row that read something that changed; rows may come more than once.
  template <class Visit> void for_each_stale_reader(Visit visit) const { for_each_stale_reader(visit, Indices{}); }

  /// Whether there is a collection among the arguments.
  static constexpr bool kReads = (is_collection<Args> || ...);

  /// Calls `function(args...)` for one row, recording what it reads.
  template <class Function> decltype(auto) call(Slot row, Function&& function) {
    if constexpr (kReads) {
      const Recording recording(*this, row);
      return std::apply(std::forward<Function>(function), values_);
    } else if (current_tracker == this) {
      return std::apply(std::forward<Function>(function), values_);
    } else {
      const TrackerScope scope(*this);
      return std::apply(std::forward<Function>(function), values_);
    }
  }

  /// Calls `visit(node, key)` for each key that was read for `row`, null for all of them.
  template <class Visit> void for_each_read(Slot row, Visit visit) const { for_each_read(row, visit, Indices{}); }
  /// What is wrong with the reads between commits. `has(row)`: whether there is such a row.
  template <class Has> std::optional<std::string> invariant(Has has) const {
    std::optional<std::string> wrong;
    const auto check = [&](const auto& index) {
      if constexpr (!std::is_same_v<std::decay_t<decltype(index)>, NotTracked>) {
        if (!wrong) wrong = index.invariant(has);
      }
    };
    std::apply([&](const auto&... index) { (check(index), ...); }, indexes_);
    return wrong;
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    std::apply([&](const auto&... index) { ((sum += bytes_of(index)), ...); }, indexes_);
    return sum;
  }

  void forget(Slot row) {
    each_index([&](auto& index) { index.forget(row); });
  }
  void settle() {
    each_index([](auto& index) { index.settle(); });
  }
  void roll_back() {
    each_index([](auto& index) { index.roll_back(); });
  }

  void read_key(const NodeBase& node, const void* key) override {
    if (!read_key(node, key, Indices{})) refuse_read(node);
  }
  void read_all(const NodeBase& node) override {
    if (!read_all(node, Indices{})) refuse_read(node);
  }

 private:
  using Indices = std::index_sequence_for<Args...>;

  /// While it lives, reads are recorded for one row; ended also when the mapper throws, so that the row heals.
  class Recording {
   public:
    Recording(Arguments& arguments, Slot row) : arguments_(arguments), row_(row), scope_(arguments) {
      arguments_.each_index([](auto& index) { index.begin(); });
    }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    ~Recording() {
      arguments_.each_index([&](auto& index) { index.end(row_); });
    }

   private:
    Arguments& arguments_;
    Slot row_;
    TrackerScope scope_;
  };

  template <class T> static void prepare_reads(const T& value) {
    if constexpr (is_collection<T>) value.node().space().keep_groups();
  }
  template <class T> static void append_node(const T& value, std::vector<std::shared_ptr<NodeBase>>& nodes) {
    if constexpr (is_collection<T>) nodes.push_back(value.shared_node());
  }
  template <class T> static std::size_t hash_argument(const T& value) {
    if constexpr (is_collection<T>) {
      return value.node().id();
    } else {
      return hash_of(value);
    }
  }
  template <class T> static bool same_argument(const T& a, const T& b) {
    if constexpr (is_collection<T>) {
      return &a.node() == &b.node();
    } else {
      return equal(a, b);
    }
  }
  template <std::size_t... I> bool same(const std::tuple<Args...>& other, std::index_sequence<I...>) const {
    return (same_argument(std::get<I>(values_), std::get<I>(other)) && ...);
  }

  template <class Visit> void each_index(Visit visit) {
    std::apply([&](auto&... index) { (visit_index(index, visit), ...); }, indexes_);
  }
  template <class Index, class Visit> static void visit_index(Index& index, Visit& visit) {
    if constexpr (!std::is_same_v<std::remove_const_t<Index>, NotTracked>) visit(index);
  }

  template <class Visit, std::size_t... I>
  void for_each_read([[maybe_unused]] Slot row, Visit& visit, std::index_sequence<I...>) const {
    (visit_reads(std::get<I>(values_), std::get<I>(indexes_), row, visit), ...);
  }
  template <class T, class Index, class Visit>
  static void visit_reads([[maybe_unused]] const T& value, [[maybe_unused]] const Index& index,
                          [[maybe_unused]] Slot row, [[maybe_unused]] Visit& visit) {
    if constexpr (is_collection<T>) {
      index.for_each_read(row, [&](const void* key) { visit(value.node(), key); });
    }
  }
  template <class Index> static std::size_t bytes_of([[maybe_unused]] const Index& index) {
    if constexpr (std::is_same_v<Index, NotTracked>) {
      return 0;
    } else {
      return index.bytes();
    }
  }

  template <std::size_t... I> bool changed(std::index_sequence<I...>) const {
    return (argument_changed(std::get<I>(values_)) || ...);
  }
  template <class T> static bool argument_changed(const T& value) {
    if constexpr (is_collection<T>) {
      return value.node().has_changes();
    } else {
      return false;
    }
  }

  template <class Visit, std::size_t... I> void for_each_stale_reader(Visit& visit, std::index_sequence<I...>) const {
    (visit_stale_readers(std::get<I>(values_), std::get<I>(indexes_), visit), ...);
  }
  template <class T, class Index, class Visit>
  static void visit_stale_readers(const T& value, const Index& index, Visit& visit) {
    if constexpr (is_collection<T>) {
      const auto& node = value.node();
      if (!node.has_changes()) return;
      for (const auto& delta : node.deltas()) index.for_each_reader(node.space().key(delta.row), visit);
      index.for_each_reader_of_all(visit);
    }
  }

  template <std::size_t... I>
  bool read_key(const NodeBase& node, [[maybe_unused]] const void* key, std::index_sequence<I...>) {
    return (record_key(std::get<I>(values_), std::get<I>(indexes_), node, key) || ...);
  }
  template <class Key, class Value>
  static bool record_key(const Collection<Key, Value>& value, ReadIndex<Key>& index, const NodeBase& node,
                         const void* key) {
    if (&value.node() != &node) return false;
    index.read(*static_cast<const Key*>(key));
    return true;
  }
  template <class T> static bool record_key(const T&, NotTracked&, const NodeBase&, const void*) { return false; }

  template <std::size_t... I> bool read_all(const NodeBase& node, std::index_sequence<I...>) {
    return (record_all(std::get<I>(values_), std::get<I>(indexes_), node) || ...);
  }
  template <class Key, class Value>
  static bool record_all(const Collection<Key, Value>& value, ReadIndex<Key>& index, const NodeBase& node) {
    if (&value.node() != &node) return false;
    index.read_all();
    return true;
  }
  template <class T> static bool record_all(const T&, NotTracked&, const NodeBase&) { return false; }

  [[noreturn]] static void refuse_read(const NodeBase& node) {
    throw Failure(Error{.code = ErrorCode::refused,
                        .primary = "a mapper reads '" + node.name() + "', which is not among its arguments",
                        .hint = "pass the collection as a trailing argument of the verb, so that reads are tracked"});
  }

  std::tuple<Args...> values_;
  std::tuple<typename IndexFor<Args>::type...> indexes_;
};

}  // namespace freshet::detail
