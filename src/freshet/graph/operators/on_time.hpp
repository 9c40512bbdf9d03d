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

namespace freshet {

namespace detail {

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

/// The log of late rows, by number.
template <class Key, class Value> class LateNode final : public StoredNode<std::uint64_t, LateRow<Key, Value>> {
 public:
  using OnTimeRows = OnTimeNode<Key, Value>;
  using Space = RowSpace<std::uint64_t>;

  LateNode(Core& core, const std::shared_ptr<OnTimeRows>& rows)
      // A child of the source too: a commit may bring nothing but late rows.
      : StoredNode<std::uint64_t, LateRow<Key, Value>>(core, derived_name(*rows, "late"),
                                                       {rows, rows->parents().front()},
                                                       std::make_shared<Space>(Space::Shape::unique)),
        rows_(*rows) {
    newest_ = rows_.late_count();
    for (std::uint64_t number = oldest_kept(newest_); number <= newest_; ++number) add(number, rows_.late(number));
    this->space_->finish();
    settle();
  }

  const OnTimeRows& rows() const { return rows_; }

  void update() override {
    const auto refused = rows_.refused();
    const std::uint64_t newest = newest_ + refused.size();
    const std::uint64_t oldest = oldest_kept(newest);
    for (std::uint64_t number = oldest_kept(newest_); number <= newest_ && number < oldest; ++number) {
      const Slot row = this->space_->keys().find(number);
      this->drop(row);
      this->space_->unlink(row);
    }
    for (std::uint64_t number = std::max(oldest, newest_ + 1); number <= newest; ++number) {
      const auto& late = refused[number - newest_ - 1];
      const auto& source = rows_.source();
      add(number, {source.space().key(late.row), *source.value(late.row), late.at, rows_.watermark_before()});
    }
    this->space_->finish();
    newest_ = newest;
  }
  void settle() override {
    this->settle_values();
    this->space_->settle();
    settled_newest_ = newest_;
  }
  void roll_back() override {
    this->roll_back_values();
    this->space_->roll_back();
    newest_ = settled_newest_;
  }

  std::size_t bytes() const override {
    return StoredNode<std::uint64_t, LateRow<Key, Value>>::bytes() + this->space_->bytes();
  }
  std::optional<std::string> invariant() const override {
    if (newest_ != rows_.late_count() || this->row_count() != newest_ + 1 - oldest_kept(newest_)) {
      return "has not the newest late rows";
    }
    return std::nullopt;
  }

 private:
  std::uint64_t oldest_kept(std::uint64_t newest) const {
    return newest < rows_.options().late_kept ? 1 : newest + 1 - rows_.options().late_kept;
  }
  void add(std::uint64_t number, LateRow<Key, Value> late) { this->store(this->space_->add(number), std::move(late)); }

  const OnTimeRows& rows_;
  std::uint64_t newest_ = 0;
  std::uint64_t settled_newest_ = 0;
};

/// The parents of a node that goes by the watermark: a moved clock moves it while no row changes.
template <class Key, class Value>
std::vector<std::shared_ptr<NodeBase>> watermark_parents(const std::shared_ptr<OnTimeNode<Key, Value>>& rows) {
  std::vector<std::shared_ptr<NodeBase>> parents{rows};
  if (rows->clock()) parents.push_back(rows->clock());
  return parents;
}

/// The watermark as a row.
template <class Key, class Value> class WatermarkNode final : public StoredNode<std::string, Timestamp> {
 public:
  using OnTimeRows = OnTimeNode<Key, Value>;
  using Space = RowSpace<std::string>;

  WatermarkNode(Core& core, const std::shared_ptr<OnTimeRows>& rows)
      : StoredNode(core, derived_name(*rows, "watermark"), watermark_parents(rows),
                   std::make_shared<Space>(Space::Shape::unique)),
        rows_(*rows) {
    update();
    settle();
  }

  const OnTimeRows& rows() const { return rows_; }

  void update() override {
    if (rows_.watermark() == OnTimeRows::kNever) return;
    this->store(this->space_->add("watermark"), rows_.watermark());
    this->space_->finish();
  }
  void settle() override {
    this->settle_values();
    this->space_->settle();
  }
  void roll_back() override {
    this->roll_back_values();
    this->space_->roll_back();
  }

 private:
  const OnTimeRows& rows_;
};

/// Finds or makes the node of type `Node` that has nothing but these rows to be told by.
template <class Node, class Key, class Value>
std::shared_ptr<Node> companion_of(const std::shared_ptr<OnTimeNode<Key, Value>>& rows) {
  Core& core = rows->core();
  return core.find_or_make<Node>(
      hash_of(rows->id()), [&](const Node& node) { return &node.rows() == rows.get(); },
      [&] { return std::make_unique<Node>(core, rows); });
}

}  // namespace detail

/// The rows of a collection that are on time, made by Collection::on_time(). Every view of these rows sees the same
/// ones accepted, in the same commit.
///
/// Lifetime and thread safety: a handle, as Collection.
/// Example: src/freshet/meta/verbs/event_time.test.cpp [windows]
template <class Key, class Value> class Timely : public Collection<Key, Value> {
 public:
  using OnTimeNode = detail::OnTimeNode<Key, Value>;

  explicit Timely(std::shared_ptr<OnTimeNode> node) : Collection<Key, Value>(std::move(node)) {}

  /// The newest of the rows that came too late, numbered from 1 in the order of their coming.
  Collection<std::uint64_t, LateRow<Key, Value>> late() const {
    return Collection<std::uint64_t, LateRow<Key, Value>>(
        detail::companion_of<detail::LateNode<Key, Value>>(shared_timely()));
  }
  /// How many rows came too late, ever.
  std::uint64_t late_count() const { return timely_node().late_count(); }

  /// The watermark; none before the first row. Requires: not inside a mapper, where watermarks() can be read.
  std::optional<Timestamp> watermark() const {
    const Timestamp mark = timely_node().watermark();
    return mark == OnTimeNode::kNever ? std::nullopt : std::optional(mark);
  }
  /// The watermark as a collection of one row, under the key "watermark".
  Collection<std::string, Timestamp> watermarks() const {
    return Collection<std::string, Timestamp>(detail::companion_of<detail::WatermarkNode<Key, Value>>(shared_timely()));
  }

  /// Each row in each window that its time is in, under the key (window, key). What is reduced, joined or counted from
  /// there is so per window; `flat_map` or `key_by` with `windowed.with(other_key)` groups by something else.
  ///
  /// A window is closed when the watermark is past its end by the allowed lateness; with `keep`, its rows go that long
  /// after. Errors: throws Failure for a size, step or offset that makes no windows, or more than 1000 per row.
  /// Cost: O(changed rows x windows that a row is in); O(log rows) more per row with `keep`.
  Collection<Windowed<Key>, Value> window(const Windows& windows, WindowOptions options = {}) const;

  /// Each row in its session: rows of a key that are less than `gap` apart, from one to the next, belong together.
  ///
  /// A row that comes between two sessions makes them one, one that goes may leave two. A session is closed when the
  /// watermark is past its last row by `gap` and the allowed lateness; with `keep`, its rows go that long after.
  /// Cost: O(log rows of the key) for a row that continues a session; else O(rows whose session begins elsewhere now).
  /// Putting a row before others of its key moves 16 bytes for each of these.
  Collection<SessionOf<Key>, Value> session(TimeSpan gap, WindowOptions options = {}) const;

  std::shared_ptr<OnTimeNode> shared_timely() const {
    return std::static_pointer_cast<OnTimeNode>(this->shared_node());
  }

 private:
  const OnTimeNode& timely_node() const { return static_cast<const OnTimeNode&>(this->node()); }
};

namespace detail {

template <class Key, class Value>
Timely<Key, Value> make_on_time(const Collection<Key, Value>& source, EventTimeOf<Value> time, const OnTime& options) {
  using Node = OnTimeNode<Key, Value>;
  require_span("the delay", options.delay, TimeSpan(0));
  require_span("the allowed lateness", options.lateness, TimeSpan(0));
  if (options.lag_max) require_span("lag_max", *options.lag_max, TimeSpan(0));
  Core& core = source.node().core();
  return Timely<Key, Value>(core.find_or_make<Node>(
      hash_of(source.node().id()) + time.hash(),
      [&](const Node& node) { return node.same(source.node(), time, options); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "on_time"), source.shared_node(), time,
                                      options);
      }));
}

}  // namespace detail

template <class Key, class Value> template <class Member>
requires std::is_member_pointer_v<Member>
auto Collection<Key, Value>::on_time(Member at, const OnTime& options) const {
  if constexpr (detail::check_time_member<Value, Member>()) {
    return detail::make_on_time(*this, detail::EventTimeOf<Value>(at), options);
  }
}

}  // namespace freshet
