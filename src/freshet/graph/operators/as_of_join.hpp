// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/operators/join.hpp"

namespace freshet::detail {

/// The rows of one side of an as-of join: those of each key, by time.
///
/// Changes follow a commit: add() and remove(), then settle() or roll_back(). `Before` orders rows of one time; it is
/// asked about rows that are in the list, or that were until now.
template <class Time> class TimeLists {
 public:
  struct Entry {
    Time time;
    Slot row;
  };

  const Time* time_of(Slot row) const { return times_.find(row); }

  template <class Before> void add(Slot key, Slot row, const Time& time, Before before) {
    undo_.push_back({key, {time, row}, /*added=*/true});
    put(key, {time, row}, before);
  }
  template <class Before> void remove(Slot key, Slot row, Before before) {
    undo_.push_back({key, {times_.at(row), row}, /*added=*/false});
    take(key, undo_.back().entry, before);
  }

  /// How many rows of the key have a time that is not after `time`.
  std::size_t count_until(Slot key, const Time& time) const {
    return count(key, [&](const Entry& entry) { return compare(entry.time, time) <= 0; });
  }
  /// How many rows of the key are before `time`.
  std::size_t count_before(Slot key, const Time& time) const {
    return count(key, [&](const Entry& entry) { return compare(entry.time, time) < 0; });
  }
  /// How many rows of the key are not behind (time, row).
  template <class Before> std::size_t count_until(Slot key, const Time& time, Slot row, Before before) const {
    return count(key, [&](const Entry& entry) { return !is_before({time, row}, entry, before); });
  }
  std::size_t size(Slot key) const { return key != kNoSlot && lists_.has(key) ? lists_.at(key).size() : 0; }
  const Entry& at(Slot key, std::size_t rank) const { return lists_.at(key).at(rank); }

  void settle() { undo_.clear(); }
  template <class Before> void roll_back(Before before) {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
      undo->added ? take(undo->key, undo->entry, before) : put(undo->key, undo->entry, before);
    }
    undo_.clear();
  }

  std::size_t row_count() const { return times_.size(); }
  std::size_t bytes() const {
    std::size_t sum = times_.bytes() + lists_.bytes() + undo_.capacity() * sizeof(Undo);
    lists_.present().for_each(lists_.end(), [&](Slot key) { sum += lists_.at(key).bytes(); });
    return sum;
  }

  /// What is wrong between commits. `key_of(row)` is the key slot of a row.
  template <class KeyOf> std::optional<std::string> invariant(KeyOf key_of) const {
    std::size_t listed = 0;
    std::optional<std::string> wrong;
    lists_.present().for_each(lists_.end(), [&](Slot key) {
      const Entry* last = nullptr;
      lists_.at(key).for_each([&](const Entry& entry) {
        ++listed;
        const Time* time = time_of(entry.row);
        if (time == nullptr || compare(*time, entry.time) != 0) wrong = "has another time for a row than its list";
        if (key_of(entry.row) != key) wrong = "has row " + std::to_string(entry.row) + " in the list of another key";
        if (last != nullptr && compare(entry.time, last->time) < 0) wrong = "has a list out of order";
        last = &entry;
      });
    });
    if (!wrong && listed != times_.size()) wrong = "has times for rows that are in no list";
    return wrong;
  }

 private:
  struct Undo {
    Slot key;
    Entry entry;
    bool added;
  };

  template <class Before> static bool is_before(const Entry& a, const Entry& b, Before& before) {
    const auto order = compare(a.time, b.time);
    return order != 0 ? order < 0 : before(a.row, b.row);
  }
  template <class Before> void put(Slot key, const Entry& entry, Before& before) {
    if (!lists_.has(key)) lists_.emplace(key);
    times_.emplace(entry.row, entry.time);
    lists_.at(key).insert(entry, [&](const Entry& a, const Entry& b) { return is_before(a, b, before); });
  }
  template <class Before> void take(Slot key, const Entry& entry, Before& before) {
    if (!times_.has(entry.row)) return;  // put() was cut short
    lists_.at(key).erase(entry, [&](const Entry& a, const Entry& b) { return is_before(a, b, before); });
    times_.erase(entry.row);
    if (lists_.at(key).empty()) lists_.erase(key);
  }
  /// How many entries there are up to the first for which `holds` is false.
  template <class Holds> std::size_t count(Slot key, Holds holds) const {
    std::size_t low = 0;
    std::size_t high = size(key);
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      holds(at(key, middle)) ? low = middle + 1 : high = middle;
    }
    return low;
  }

  Column<Time> times_;                 // by row
  Column<SortedBlocks<Entry>> lists_;  // by key
  std::vector<Undo> undo_;
};

/// Each row of the left side with the last row of the right side, under the same key, whose time is not after its own.
///
/// A row here is at the slot of its left row. Both sides are kept by time, so that a right row that comes, goes or
/// moves leads to just the left rows that it is, or was, the last one for.
template <class Key, class Left, class Right, class Time, class Out, class LeftTime, class RightTime, class Call,
          class... Args>
class AsOfJoinNode final : public StoredNode<Key, Out> {
 public:
  using LeftNode = CollectionNode<Key, Left>;
  using RightNode = CollectionNode<Key, Right>;

  AsOfJoinNode(Core& core, std::string name, const std::shared_ptr<LeftNode>& left,
               const std::shared_ptr<RightNode>& right, LeftTime left_time, RightTime right_time, Call call,
               std::tuple<Args...> args)
      : StoredNode<Key, Out>(core, std::move(name), parents(left, right, args), left->shared_space()),
        left_(*left),
        right_(*right),
        left_time_(std::move(left_time)),
        right_time_(std::move(right_time)),
        function_(*this, *left, std::move(call), std::move(args)) {
    right_.present().for_each(right_.space().end(), [&](Slot row) {
      place_right({row, nullptr, right_.value(row)});
      rights_.settle();
      moved_.clear();
    });
    std::size_t joined = 0;
    left_.present().for_each(left_.space().end(), [&](Slot row) {
      place_left({row, nullptr, left_.value(row)});
      if (++joined % kFirstBlock == 0) settle();
    });
    settle();
  }

  bool same(const LeftNode& left, const RightNode& right, const LeftTime& left_time, const RightTime& right_time,
            const Call& call, const std::tuple<Args...>& args) const {
    return &right == &right_ && left_time.same(left_time_) && right_time.same(right_time_) &&
           function_.same(left, call, args);
  }

  void update() override {
    revisits_ = !right_.deltas().empty() || function_.arguments_changed();
    for (const auto& delta : right_.deltas()) place_right(delta);
    for (const auto& delta : left_.deltas()) place_left(delta);
    for (const Moved& moved : moved_) join_from(moved);
    if (function_.arguments_changed()) update_readers();
    forget_visits();
  }
  void settle() override {
    this->settle_values();
    lefts_.settle();
    rights_.settle();
    right_failures_.settle();
    function_.settle();
  }
  void roll_back() override {
    forget_visits();
    this->roll_back_values();
    lefts_.roll_back(by_slot);
    rights_.roll_back(right_order());
    right_failures_.roll_back();
    function_.roll_back();
  }

  bool has_failure_changes() const override {
    return function_.failures().has_changes() || right_failures_.has_changes();
  }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    std::vector<FailureNews> found;
    function_.collect_row_failures(found, all_standing);
    const auto collect = [&](Slot row) {
      const std::string* message = right_failures_.find(row);
      found.push_back({key_text(right_.space().key(row)), message ? *message : "", message ? 1 : 0});
    };
    all_standing ? right_failures_.for_each_standing(collect) : right_failures_.for_each_changed(collect);
    combine_news(found, news);
  }

  std::size_t bytes() const override {
    return StoredNode<Key, Out>::bytes() + lefts_.bytes() + rights_.bytes() + right_failures_.bytes() +
           function_.bytes();
  }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override { function_.reads(row, visit); }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    visit(left_, row);
    if (const Slot partner = partner_of(row); partner != kNoSlot) visit(right_, partner);
  }
  std::optional<std::string> invariant() const override {
    if (auto wrong = lefts_.invariant([&](Slot row) { return left_.space().key_slot(row); })) return wrong;
    if (auto wrong = rights_.invariant([&](Slot row) { return right_.space().key_slot(row); })) return wrong;
    if (auto wrong = function_.row_invariant()) return wrong;
    std::optional<std::string> wrong;
    this->own_.present().for_each(this->own_.end(), [&](Slot row) {
      if (!left_.present().test(row) || partner_of(row) == kNoSlot) {
        wrong = "row " + std::to_string(row) + " is without one of its sides";
      }
    });
    return wrong;
  }

 private:
  static constexpr std::size_t kFirstBlock = 1024;  // rows that are joined at once when the node is made

  /// A place in the list of a right key that a row came to, left, or changed at.
  struct Moved {
    Slot key;
    Slot row;
    Time time;
  };

  static std::vector<std::shared_ptr<NodeBase>> parents(const std::shared_ptr<LeftNode>& left,
                                                        const std::shared_ptr<RightNode>& right,
                                                        const std::tuple<Args...>& args) {
    auto all = parents_of(left, args);
    if (static_cast<NodeBase*>(right.get()) != left.get()) all.insert(all.begin() + 1, right);
    return all;
  }
  static bool by_slot(Slot a, Slot b) { return a < b; }
  auto right_order() const {
    return [this](Slot a, Slot b) { return right_.space().before(a, b); };
  }

  /// The time of a row, or what its function threw.
  template <class TimeOf, class Value>
  static std::optional<Time> time_of(const TimeOf& function, const Key& key, const Value& value, std::string& error) {
    NoReads no_reads;
    const TrackerScope refused(no_reads);
    try {
      return function(key, value);
    } catch (const std::exception& thrown) {
      error = thrown.what();
    } catch (...) {
      error = "the time function threw something that is not a std::exception";
    }
    return std::nullopt;
  }

  void place_right(const RowDelta<Right>& delta) {
    const Slot key = right_.space().key_slot(delta.row);
    std::string error;
    std::optional<Time> time;
    if (delta.after != nullptr) time = time_of(right_time_, right_.space().keys().key(key), *delta.after, error);
    if (const Time* before = rights_.time_of(delta.row)) {
      moved_.push_back({key, delta.row, *before});
      if (time && compare(*time, *before) == 0) return;
      rights_.remove(key, delta.row, right_order());
    }
    right_failures_.clear(delta.row);
    if (time) {
      moved_.push_back({key, delta.row, *time});
      rights_.add(key, delta.row, *time, right_order());
    } else if (delta.after != nullptr) {
      ++this->counters_.failures;
      if (this->strict()) this->core().refuse({this->name(), key_text(right_.space().keys().key(key)), error});
      right_failures_.set(delta.row, std::move(error));
    }
  }

  void place_left(const RowDelta<Left>& delta) {
    const Slot key = left_.space().key_slot(delta.row);
    std::string error;
    std::optional<Time> time;
    if (delta.after != nullptr) time = time_of(left_time_, left_.space().keys().key(key), *delta.after, error);
    const Time* before = lefts_.time_of(delta.row);
    if (before == nullptr || !time || compare(*time, *before) != 0) {
      if (before != nullptr) lefts_.remove(key, delta.row, by_slot);
      if (time) lefts_.add(key, delta.row, *time, by_slot);
    }
    first_visit(delta.row);
    if (time) return join(delta.row, partner_of(delta.row));
    leave_out(delta.row);
    if (delta.after != nullptr) {
      function_.fail(this->counters_, delta.row, this->space_->key(delta.row), std::move(error));
    }
  }

  /// Joins the left rows that have the place as the last one before them.
  void join_from(const Moved& moved) {
    const Slot left_key = left_.space().keys().find(right_.space().keys().key(moved.key));
    if (lefts_.size(left_key) == 0) return;
    const std::size_t behind = rights_.count_until(moved.key, moved.time, moved.row, right_order());
    const Slot partner = behind == 0 ? kNoSlot : rights_.at(moved.key, behind - 1).row;
    const std::size_t end = behind == rights_.size(moved.key)
                                ? lefts_.size(left_key)
                                : lefts_.count_before(left_key, rights_.at(moved.key, behind).time);
    for (std::size_t rank = lefts_.count_before(left_key, moved.time); rank < end; ++rank) {
      const Slot row = lefts_.at(left_key, rank).row;
      if (first_visit(row)) join(row, partner);
    }
  }

  /// The right row that a left row with a time has, or kNoSlot.
  Slot partner_of(Slot left_row) const {
    const Time* time = lefts_.time_of(left_row);
    if (time == nullptr) return kNoSlot;
    const Slot key = right_.space().keys().find(left_.space().key(left_row));
    const std::size_t behind = key == kNoSlot ? 0 : rights_.count_until(key, *time);
    return behind == 0 ? kNoSlot : rights_.at(key, behind - 1).row;
  }

  void join(Slot row, Slot partner) {
    if (partner == kNoSlot) return leave_out(row);
    const JoinedRow<Left, Right> joined{*left_.value(row), right_.value(partner)};
    const bool called = function_.call(this->counters_, row, this->space_->key(row), joined,
                                       [&](auto&& result) { put(row, std::forward<decltype(result)>(result)); });
    if (!called) this->drop(row);
  }
  void leave_out(Slot row) {
    function_.forget(row);
    this->drop(row);
  }
  void put(Slot row, Out&& value) { this->store(row, std::move(value)); }
  void put(Slot row, std::optional<Out>&& value) {
    if (value) {
      this->store(row, std::move(*value));
    } else {
      this->drop(row);
    }
  }

  void update_readers() {
    stale_.clear();
    function_.for_each_reader([this](Slot row) { stale_.push_back(row); });
    for (const Slot row : stale_) {
      if (first_visit(row)) join(row, partner_of(row));
    }
  }

  bool first_visit(Slot row) {
    if (!revisits_) return true;
    if (!visited_.claim(row)) return false;
    visits_.push_back(row);
    return true;
  }
  void forget_visits() {
    for (const Slot row : visits_) visited_.clear(row);
    visits_.clear();
    moved_.clear();
  }

  const LeftNode& left_;
  const RightNode& right_;
  LeftTime left_time_;
  RightTime right_time_;
  TimeLists<Time> lefts_, rights_;
  Failures right_failures_;  // of the right rows' times
  RowFunction<Key, Left, Call, Args...> function_;

  // Of the commit under way, but for what they keep in memory.
  bool revisits_ = false;  // a row may be asked for twice
  SlotBits visited_;
  std::vector<Slot> visits_, stale_;
  std::vector<Moved> moved_;
};

template <class Key, class Left, class Right, class LeftTime, class RightTime, class Call, class... Args>
auto make_as_of_join(const Collection<Key, Left>& left, const Collection<Key, Right>& right, LeftTime left_time,
                     RightTime right_time, Call call, std::tuple<Args...> args) {
  using Time = std::decay_t<std::invoke_result_t<const LeftTime&, const Key&, const Left&>>;
  using Out = MapResult<Key, JoinedRow<Left, Right>, Call, Args...>;
  using Node = AsOfJoinNode<Key, Left, Right, Time, Out, LeftTime, RightTime, Call, Args...>;
  Core& core = left.node().core();
  FRESHET_ASSERT(&right.node().core() == &core && "joined collections belong to one graph");
  const std::size_t hash = (signature(left.node(), call, args) * 31 + right.node().id()) * 31 + left_time.hash();
  const auto same = [&](const Node& node) {
    return node.same(left.node(), right.node(), left_time, right_time, call, args);
  };
  return Collection<Key, Out>(core.find_or_make<Node>(hash, same, [&] {
    return std::make_unique<Node>(core, derived_name(left.node(), "as_of_join"), left.shared_node(),
                                  right.shared_node(), left_time, right_time, call, args);
  }));
}

}  // namespace freshet::detail
