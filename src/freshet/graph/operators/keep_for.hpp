// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/event_time_of.hpp"
#include "freshet/graph/detail/expiry_heap.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/detail/selection_node.hpp"
#include "freshet/graph/detail/time_node.hpp"

namespace freshet {

namespace detail {

/// The rows whose time is not yet `span` ago by the graph's time.
template <class Key, class Value> class KeepForNode final : public SelectionNode<Key, Value> {
 public:
  using Base = SelectionNode<Key, Value>;
  using Source = CollectionNode<Key, Value>;

  KeepForNode(Core& core, std::string name, const std::shared_ptr<Source>& source, TimeSpan span,
              EventTimeOf<Value> time)
      : Base(core, std::move(name), {source, time_node_of(core)}, *source),
        function_(*this, *source, time, {}),
        span_(span),
        clock_(time_node_of(core)) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      const Value* value = source->value(row);
      decide(row, value, value);
    });
    settle();
  }

  bool same(const Source& source, TimeSpan span, const EventTimeOf<Value>& time) const {
    return function_.same(source, time, {}) && span_ == span;
  }

  void update() override {
    const Source& source = function_.source();
    for (const auto& delta : source.deltas()) {
      if (delta.after != nullptr) {
        decide(delta.row, delta.before, delta.after);
      } else {
        function_.forget(delta.row);
        this->select(delta.row, delta.before, nullptr);
      }
    }
    ends_.pop_until(clock_->now(), valid(), [&](Slot row) { this->select(row, source.value(row), nullptr); });
  }
  void settle() override {
    this->settle_selection();
    function_.settle();
    ends_.settle(this->row_count(), valid());
    times_before_.clear();
  }
  void roll_back() override {
    for (auto undo = times_before_.rbegin(); undo != times_before_.rend(); ++undo) times_[undo->row] = undo->at;
    times_before_.clear();
    ends_.roll_back();
    this->roll_back_selection();
    function_.roll_back();
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t bytes() const override { return Base::bytes() + times_.bytes() + ends_.bytes(); }
  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong = Base::invariant();
    this->present().for_each(this->space_->end(), [&](Slot row) {
      if (times_[row] + span_ <= clock_->now()) wrong = "keeps row " + std::to_string(row) + " beyond its time";
    });
    if (ends_.size() < this->row_count()) wrong = "does not know when all of its rows end";
    return wrong;
  }

 private:
  struct TimeBefore {
    Slot row;
    Timestamp at;
  };

  void decide(Slot row, const Value* before, const Value* value) {
    bool kept = false;
    function_.call(this->counters_, row, this->space_->key(row), *value, [&](Timestamp at) {
      const Timestamp end = at + span_;
      kept = end > clock_->now();
      if (!kept) return;
      times_.reserve(row);
      times_before_.push_back({row, times_[row]});
      ends_.push(end, row);
      times_[row] = at;
    });
    this->select(row, before, kept ? value : nullptr);
  }
  auto valid() const {
    return [this](Timestamp end, Slot row) { return this->selected(row) && times_[row] + span_ == end; };
  }

  RowFunction<Key, Value, EventTimeOf<Value>> function_;
  const TimeSpan span_;
  const std::shared_ptr<TimeNode> clock_;  // owners: the graph, and the nodes that go by it
  Segments<Timestamp> times_;              // by row; of those that are kept
  ExpiryHeap ends_;
  std::vector<TimeBefore> times_before_;  // of the commit under way
};

template <class Key, class Value>
Collection<Key, Value> make_keep_for(const Collection<Key, Value>& source, TimeSpan span, EventTimeOf<Value> time) {
  using Node = KeepForNode<Key, Value>;
  require_span("how long rows are kept", span, TimeSpan(0));
  Core& core = source.node().core();
  return Collection<Key, Value>(core.find_or_make<Node>(
      hash_of(source.node().id()) + time.hash(), [&](const Node& node) { return node.same(source.node(), span, time); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "keep_for"), source.shared_node(), span, time);
      }));
}

}  // namespace detail

template <class Key, class Value> template <class Member>
requires std::is_member_pointer_v<Member>
auto Collection<Key, Value>::keep_for(TimeSpan span, Member at) const {
  if constexpr (detail::check_time_member<Value, Member>()) {
    return detail::make_keep_for(*this, span, detail::EventTimeOf<Value>(at));
  }
}

}  // namespace freshet
