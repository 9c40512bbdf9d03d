// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/row_operator.hpp"

namespace freshet::detail {

/// A node whose rows are what a user's function gives: one or none for each unit of the source, at the unit's slot.
///
/// A unit is a row of the source for map and a key for reduce; `Input` is what the function sees of it.
template <class Key, class In, class Input, class Out, class Call, class... Args>
class FunctionNode : public StoredNode<Key, Out> {
 public:
  using Source = CollectionNode<Key, In>;

  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void settle() final {
    this->settle_values();
    function_.settle();
  }
  void roll_back() final {
    this->roll_back_values();
    function_.roll_back();
  }
  std::size_t bytes() const override { return StoredNode<Key, Out>::bytes() + function_.bytes(); }
  void reads(Slot row, const NodeBase::VisitRead& visit) const final { function_.reads(row, visit); }
  bool has_failure_changes() const final { return function_.failures().has_changes(); }

 protected:
  FunctionNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, std::tuple<Args...> args,
               std::shared_ptr<RowSpace<Key>> space)
      : StoredNode<Key, Out>(core, std::move(name), parents_of(source, args), std::move(space)),
        function_(*this, *source, std::move(call), std::move(args)) {}

  /// Makes what the function gives for `input` the unit's row.
  void compute(Slot unit, const Input& input) {
    const bool called = function_.call(this->counters_, unit, this->space_->key(unit), input,
                                       [&](auto&& result) { put(unit, std::forward<decltype(result)>(result)); });
    if (!called) this->drop(unit);
  }
  /// The unit is gone.
  void forget(Slot unit) {
    function_.forget(unit);
    this->drop(unit);
  }

  RowFunction<Key, In, Call, Args...> function_;

 private:
  void put(Slot unit, Out&& value) { this->store(unit, std::move(value)); }
  void put(Slot unit, std::optional<Out>&& value) {
    if (value) {
      this->store(unit, std::move(*value));
    } else {
      this->drop(unit);
    }
  }
};

}  // namespace freshet::detail
