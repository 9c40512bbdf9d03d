// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "freshet/graph/detail/grouped_node.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/operators/flat_map.hpp"

namespace freshet::detail {

/// The rows of the source under the keys that a function gives; none leaves a row out. The values stay where the source
/// has them.
template <class SourceKey, class Value, class Key, class Call, class... Args>
class KeyByNode final : public GroupedNode<SourceKey, Key, Value> {
 public:
  using Base = GroupedNode<SourceKey, Key, Value>;
  using typename Base::Source;
  using typename Base::Space;

  KeyByNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, std::tuple<Args...> args)
      : Base(core, std::move(name), parents_of(source, args), std::make_shared<Space>(source->shared_space())),
        rekeyed_space_(static_cast<Space&>(*this->space_)),
        function_(*this, *source, std::move(call), std::move(args)) {
    this->share_values(*source, 1);
    this->present_ = &rekeyed_space_.linked();
    source->present().for_each(source->space().end(), [&](Slot row) {
      const Value* value = source->value(row);
      place(row, value, value);
    });
    rekeyed_space_.finish();
    settle();
  }

  const Source& source() const override { return function_.source(); }
  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return function_.same(source, call, args);
  }

  void update() override {
    const auto& source = function_.source();
    // The first visits are the source's own changes, in their order; what the row was before is in there.
    std::size_t next = 0;
    const auto visit = [&](Slot row, const Value* value) {
      const Value* before = next < source.deltas().size() ? source.deltas()[next++].before : value;
      if (value != nullptr) return place(row, before, value);
      function_.forget(row);
      remove(rekeyed_space_.find_row(row), before);
    };
    const auto prefetch = [this](Slot row, int step) {
      if (step == 0) return rekeyed_space_.prefetch(row * 2);
      if (const Slot mine = rekeyed_space_.find_row(row); mine != kNoSlot) rekeyed_space_.prefetch_key(mine);
    };
    function_.for_each_stale(visit, prefetch);
    rekeyed_space_.finish();
    this->prefetch_below();
  }
  void settle() override {
    this->counters_.changes += this->deltas_.size();
    this->deltas_.clear();
    this->end_routing();
    rekeyed_space_.settle();
    function_.settle();
  }
  void roll_back() override {
    for (const auto& delta : this->deltas_) {
      if (delta.before == nullptr) --row_count_;
      if (delta.after == nullptr) ++row_count_;
    }
    this->deltas_.clear();
    this->end_routing();
    rekeyed_space_.roll_back();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t row_count() const override { return row_count_; }
  std::size_t bytes() const override {
    return this->buffer_bytes() + rekeyed_space_.bytes() + function_.bytes() + this->routing_bytes();
  }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override {
    function_.reads(Space::source_row(row), visit);
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    visit(function_.source(), Space::source_row(row));
  }
  std::optional<std::string> invariant() const override {
    if (!this->deltas_.empty()) return "holds on to changes of a commit that is over";
    if (auto broken = rekeyed_space_.invariant()) return broken;
    std::size_t count = 0;
    std::optional<std::string> wrong = function_.row_invariant();
    rekeyed_space_.linked().for_each(rekeyed_space_.end(), [&](Slot row) {
      ++count;
      if (this->value(row) == nullptr || !function_.source().present().test(Space::source_row(row))) {
        wrong = "has row " + std::to_string(row) + ", which the source has not";
      }
      if (rekeyed_space_.linked().test(row ^ 1)) wrong = "has source row " + std::to_string(row >> 1) + " twice";
    });
    if (!wrong && count != row_count_) wrong = "miscounts its rows";
    return wrong;
  }

 private:
  /// Puts the source row where the function says.
  void place(Slot source_row, const Value* before, const Value* value) {
    const Slot row = rekeyed_space_.find_row(source_row);
    const SourceKey& source_key = function_.source().space().key(source_row);
    const bool called = function_.call(this->counters_, source_row, source_key, *value, [&](auto&& key) {
      if (const Key* wanted = as_key(key)) {
        move_to(source_row, row, *wanted, before, value);
      } else {
        remove(row, before);
      }
    });
    if (!called) remove(row, before);
  }
  void move_to(Slot source_row, Slot row, const Key& key, const Value* before, const Value* value) {
    if (row != kNoSlot && equal(rekeyed_space_.key(row), key)) {
      if (before != value) this->deltas_.push_back({row, before, value});
      return;
    }
    const Slot moved = rekeyed_space_.add_row(source_row, row, key, hash_of(key));
    remove(row, before);
    this->deltas_.push_back({moved, nullptr, value});
    ++row_count_;
  }
  void remove(Slot row, const Value* before) {
    if (row == kNoSlot) return;
    this->deltas_.push_back({row, before, nullptr});
    --row_count_;
    rekeyed_space_.unlink(row);
  }

  static const Key* as_key(const Key& key) { return &key; }
  static const Key* as_key(const std::optional<Key>& key) { return key ? &*key : nullptr; }

  Space& rekeyed_space_;
  RowFunction<SourceKey, Value, Call, Args...> function_;
  std::size_t row_count_ = 0;
};

/// The same as a flat_map, which numbers its rows anew.
template <class Key, class Value, class Call> struct KeyedPairCall {
  Call call;

  template <class SourceKey, class... Args>
  std::optional<std::pair<Key, Value>> operator()(const SourceKey& source_key, const Value& value,
                                                  const Args&... args) {
    return paired(call(source_key, value, args...), value);
  }
  bool same(const KeyedPairCall& other) const { return call.same(other.call); }
  std::size_t hash() const { return call.hash(); }

 private:
  static std::optional<std::pair<Key, Value>> paired(Key key, const Value& value) {
    return std::pair(std::move(key), value);
  }
  static std::optional<std::pair<Key, Value>> paired(std::optional<Key> key, const Value& value) {
    if (!key) return std::nullopt;
    return std::pair(std::move(*key), value);
  }
  template <class T> static std::optional<std::pair<Key, Value>> paired(Result<T> key, const Value& value) {
    if (!key) throw Failure(std::move(key.error()));
    return paired(std::move(*key), value);
  }
};

/// Each key_by over another one doubles the slots; two are cheaper than a copy, more are not.
inline constexpr unsigned kSlotFactorMax = 4;

template <class SourceKey, class Value, class Call, class... Args>
auto make_key_by_node(const Collection<SourceKey, Value>& source, Call call, std::tuple<Args...> args) {
  using Key = MapResult<SourceKey, Value, Call, Args...>;
  using Node = KeyByNode<SourceKey, Value, Key, Call, Args...>;
  Core& core = source.node().core();
  return core.find_or_make<Node>(
      signature(source.node(), call, args), [&](const Node& node) { return node.same(source.node(), call, args); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "key_by"), source.shared_node(), call, args);
      });
}

template <class SourceKey, class Value, class Call, class... Args>
auto make_key_by(const Collection<SourceKey, Value>& source, Call call, std::tuple<Args...> args) {
  using Key = MapResult<SourceKey, Value, Call, Args...>;
  if (source.node().space().slot_factor() * 2 > kSlotFactorMax) {
    return make_flat_map(source, KeyedPairCall<Key, Value, Call>{std::move(call)}, std::move(args));
  }
  return Collection<Key, Value>(make_key_by_node(source, std::move(call), std::move(args)));
}

}  // namespace freshet::detail
