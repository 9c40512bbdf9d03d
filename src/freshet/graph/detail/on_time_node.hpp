// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/event_time_of.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/detail/time_node.hpp"
#include "freshet/graph/event_time.hpp"

namespace freshet::detail {

/// The rows that are on time, and the watermark that says so.
///
/// The rule, per row of the source and commit: 1. a value whose time is older than watermark - lateness, with the
/// watermark as the commits before left it, is late: the row keeps the value that was accepted before, if it had one,
/// and the late value goes to the log. 2. Any other value is accepted. 3. A row that leaves the source leaves here. So
/// nothing comes into the past that has been closed, and a row's owner can always take it away.
///
/// It keeps copies of the values, because the source may have gone on to one that was refused.
template <class Key, class Value> class OnTimeNode final : public StoredNode<Key, Value> {
 public:
  using Source = CollectionNode<Key, Value>;
  using Late = LateRow<Key, Value>;

  /// A late row of the commit under way.
  struct Refused {
    Slot row;
    Timestamp at;
  };

  OnTimeNode(Core& core, std::string name, const std::shared_ptr<Source>& source, EventTimeOf<Value> time,
             OnTime options)
      : StoredNode<Key, Value>(core, std::move(name), parents_for(core, source, options), source->shared_space()),
        function_(*this, *source, time, {}),
        time_(time),
        options_(options),
        clock_(options.lag_max ? time_node_of(core) : nullptr) {
    source->present().for_each(source->space().end(), [&](Slot row) { judge(row, *source->value(row), kNever); });
    move_watermark();
    settle();
  }

  bool same(const Source& source, const EventTimeOf<Value>& time, const OnTime& options) const {
    return function_.same(source, time, {}) && options_ == options;
  }

  /// As it is after the commit under way; kNever before the first row.
  Timestamp watermark() const { return watermark_; }
  static constexpr Timestamp kNever = Timestamp::min();
  /// Windows that ended at or before this are closed: no row can come into them any more.
  Timestamp closed_until() const { return watermark_ == kNever ? kNever : watermark_ - options_.lateness; }
  /// The event times of deltas(), one each; for rows that are gone it means nothing.
  std::span<const Timestamp> delta_times() const { return delta_times_; }
  /// The event time of a row that is here; none if the function fails now that it is asked again.
  std::optional<Timestamp> time_of(Slot row) const {
    try {
      return time_(this->space_->key(row), this->own_.at(row));
    } catch (...) {
      return std::nullopt;
    }
  }
  /// What moves the watermark besides rows: null if nothing does. Nodes that go by the watermark are its children too.
  const std::shared_ptr<TimeNode>& clock() const { return clock_; }

  const OnTime& options() const { return options_; }
  const Source& source() const { return function_.source(); }
  /// The late rows of the commit under way, in the order of the rows.
  std::span<const Refused> refused() const { return refused_; }
  Timestamp watermark_before() const { return settled_watermark_; }
  /// How many rows have ever been late, as of the last commit; the number of the newest late row.
  std::uint64_t late_count() const { return late_count_; }
  /// A late row by its number. Requires: it is one of the newest `late_kept`.
  const Late& late(std::uint64_t number) const { return late_[(number - 1) % options_.late_kept]; }

  void update() override {
    const Timestamp bound = closed_until();
    delta_times_.reserve(source().deltas().size());
    function_.for_each_stale(
        [&](Slot row, const Value* value) { value != nullptr ? judge(row, *value, bound) : forget(row); },
        [this](Slot row, int step) {
          if (step == 0) this->own_.prefetch(row);
        });
    move_watermark();
    std::sort(refused_.begin(), refused_.end(),
              [this](const Refused& a, const Refused& b) { return this->space_->before(a.row, b.row); });
  }
  void settle() override {
    this->settle_values();
    function_.settle();
    for (const Refused& late : refused_) log(late);
    refused_.clear();
    delta_times_.clear();
    settled_greatest_ = greatest_;
    settled_watermark_ = watermark_;
  }
  void roll_back() override {
    this->roll_back_values();
    function_.roll_back();
    refused_.clear();
    delta_times_.clear();
    greatest_ = settled_greatest_;
    watermark_ = settled_watermark_;
  }

  bool has_failure_changes() const override { return function_.failures().has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    function_.collect_row_failures(news, all_standing);
  }

  std::size_t bytes() const override { return StoredNode<Key, Value>::bytes() + late_.capacity() * sizeof(Late); }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(source(), row); }
  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong;
    this->own_.present().for_each(this->own_.end(), [&](Slot row) {
      if (!source().present().test(row)) wrong = "has row " + std::to_string(row) + ", which the source has not";
      if (time_of(row).value_or(kNever) > greatest_) wrong = "has row " + std::to_string(row) + " ahead of its time";
    });
    if (late_.size() > options_.late_kept) wrong = "keeps too many late rows";
    return wrong;
  }

 private:
  static std::vector<std::shared_ptr<NodeBase>> parents_for(Core& core, const std::shared_ptr<Source>& source,
                                                            const OnTime& options) {
    std::vector<std::shared_ptr<NodeBase>> parents{source};
    if (options.lag_max) parents.push_back(time_node_of(core));
    return parents;
  }

  void judge(Slot row, const Value& value, Timestamp bound) {
    const bool known = function_.call(this->counters_, row, this->space_->key(row), value, [&](Timestamp at) {
      if (at < bound) {
        refused_.push_back({row, at});
        return;
      }
      greatest_ = std::max(greatest_, at);
      if (this->store(row, Value(value))) delta_times_.push_back(at);
    });
    if (!known && this->drop(row)) delta_times_.push_back(kNever);
  }
  void forget(Slot row) {
    function_.forget(row);
    if (this->drop(row)) delta_times_.push_back(kNever);
  }
  void move_watermark() {
    if (greatest_ != kNever) watermark_ = std::max(watermark_, greatest_ - options_.delay);
    if (clock_ && clock_->now() != kNever) watermark_ = std::max(watermark_, clock_->now() - *options_.lag_max);
  }
  void log(const Refused& late) {
    ++late_count_;
    if (options_.late_kept == 0) return;
    Late entry{this->space_->key(late.row), *source().value(late.row), late.at, settled_watermark_};
    if (late_.size() < options_.late_kept) {
      late_.push_back(std::move(entry));
    } else {
      late_[(late_count_ - 1) % options_.late_kept] = std::move(entry);
    }
  }

  RowFunction<Key, Value, EventTimeOf<Value>> function_;
  const EventTimeOf<Value> time_;
  const OnTime options_;
  const std::shared_ptr<TimeNode> clock_;  // owners: the graph, and the nodes that go by it

  Timestamp greatest_ = kNever;  // event time seen
  Timestamp watermark_ = kNever;
  Timestamp settled_greatest_ = kNever;
  Timestamp settled_watermark_ = kNever;
  std::uint64_t late_count_ = 0;
  std::vector<Late> late_;  // a ring: row n is at (n - 1) % late_kept

  // Of the commit under way.
  std::vector<Timestamp> delta_times_;
  std::vector<Refused> refused_;
};

}  // namespace freshet::detail
