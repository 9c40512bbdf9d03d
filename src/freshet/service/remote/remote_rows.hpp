// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/stream/access.hpp"
#include "freshet/stream/input_port.hpp"

namespace freshet::remote {

/// The input that takes what comes from another server, without its types. Templates end in this interface.
///
/// Thread safety: belongs to the loop of the graph.
class RemoteRows {
 public:
  RemoteRows() = default;
  RemoteRows(const RemoteRows&) = delete;
  RemoteRows& operator=(const RemoteRows&) = delete;
  virtual ~RemoteRows() = default;

  virtual const std::string& name() const = 0;
  /// Takes rows, `[[key,[value,...]],...]`, in one commit: as all there are, or as those that changed.
  ///
  /// What the graph refuses to commit waits, and is taken together with what comes next, or by retry(). Errors: what
  /// refuses the commit; rows that do not fit, with the path, and too_large, where more than `bytes_max` wait: then
  /// nothing waits any more, and only all rows can make up for it. Nothing is changed then.
  Result<Version> take(std::string_view json, bool as_all, Bytes bytes_max);
  /// Tries again to take what waits. Errors: as take().
  Result<Version> retry();
  /// Whether something waits.
  bool waiting() const { return !waiting_.empty(); }
  void forget();

 private:
  /// What could not be taken.
  struct Untaken {
    std::string json;
    bool as_all;
  };

  Result<void> read(std::string_view json, bool as_all);
  Result<void> read_waiting();
  virtual Graph& graph() = 0;
  virtual const stream::InputPort& port() const = 0;
  /// Takes all rows away.
  virtual void erase_all(Transaction& transaction) const = 0;

  std::vector<Untaken> waiting_;
  Bytes waiting_bytes_ = 0;
  // The transaction keeps its memory from one commit to the next.
  Transaction transaction_;
  // No rules: what comes from upstream is nobody's write.
  stream::AccessRules access_;
};

template <class Key, class Value> class TypedRemoteRows final : public RemoteRows {
 public:
  TypedRemoteRows(Graph& graph, Input<Key, Value> input) : graph_(graph), input_(std::move(input)), port_(input_, "") {}

  const std::string& name() const override { return input_.name(); }

 private:
  Graph& graph() override { return graph_; }
  const stream::InputPort& port() const override { return port_; }
  void erase_all(Transaction& transaction) const override {
    input_.for_each([&](const Key& key, const Values<Value>&) { transaction.erase(input_, key); });
  }

  Graph& graph_;
  Input<Key, Value> input_;
  stream::TypedInputPort<Key, Value> port_;
};

}  // namespace freshet::remote
