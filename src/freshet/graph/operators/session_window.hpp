// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/timeline.hpp"
#include "freshet/graph/detail/window_node.hpp"
#include "freshet/graph/operators/window.hpp"

namespace freshet {

namespace detail {

/// Each row in the session that it belongs to; a session is told by the time of its first row.
///
/// Each key has its rows in a line by time, and each row knows where its session starts. A row that comes or goes
/// changes the starts of those behind it in its session at most. All changes of a commit go into the lines first; then
/// each row whose start is another one moves, once.
///
/// Invariants: 1. a row is in the line of its key exactly while it is in the source and its session is not gone; 2. the
/// start of a row in line is that of the row before it, where that is nearer than the gap, else its own time.
template <class Key, class Value> class SessionNode final : public OneWindowNode<Key, SessionOf<Key>, Value> {
 public:
  using Base = OneWindowNode<Key, SessionOf<Key>, Value>;
  using Source = typename Base::Source;

  SessionNode(Core& core, std::string name, const std::shared_ptr<Source>& source, TimeSpan gap,
              const WindowOptions& options)
      : Base(core, std::move(name), source, options), gap_(gap) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      if (const auto at = source->time_of(row)) put_in(source->space().key_slot(row), {*at, row});
    });
    update();
    settle();
  }

  bool same(const Source& source, TimeSpan gap, const WindowOptions& options) const {
    return &source == &this->source() && gap_ == gap && this->basis_.options() == options;
  }

  void update() override {
    const auto deltas = this->source().deltas();
    for (std::size_t i = 0; i < deltas.size(); ++i) follow(deltas[i], this->source().delta_times()[i]);
    if (const Timestamp until = this->basis_.dropped_until(); until != Source::kNever) {
      this->basis_.ends().pop_until(until, valid(), [this](Slot row) { drop_session(row); });
    }
    for (const auto& delta : deltas) {
      publish(delta.row, delta.before);
      moved_bits_.clear(delta.row);
    }
    for (const Slot row : moved_) {
      if (moved_bits_.test(row)) publish(row, this->source().value(row));
      moved_bits_.clear(row);
    }
    moved_.clear();
    this->finish_rows();
  }
  void settle() override {
    this->settle_rows();
    if (this->basis_.options().keep) this->basis_.ends().settle(in_line_, valid());
    drop_empty_lines();
    steps_.clear();
    steps_done_ = 0;
  }
  void roll_back() override {
    for (const Slot row : moved_) moved_bits_.clear(row);
    moved_.clear();
    undoing_ = true;
    for (; steps_done_ > 0; --steps_done_) {
      const Step& step = steps_[steps_done_ - 1];
      step.put ? take_out(step.key, step.entry) : put_in(step.key, step.entry);
    }
    undoing_ = false;
    drop_empty_lines();
    steps_.clear();
    this->roll_back_rows();
  }

  std::size_t bytes() const override {
    std::size_t sum = this->bytes_of_rows() + lines_.bytes() + places_.bytes();
    lines_.present().for_each(lines_.end(), [&](Slot key) { sum += lines_.at(key).bytes(); });
    return sum;
  }
  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong = this->invariant_of_rows();
    std::size_t count = 0;
    lines_.present().for_each(lines_.end(), [&](Slot key) {
      const Timeline& line = lines_.at(key);
      if (line.empty()) wrong = "keeps an empty line";
      for (auto at = line.lower_bound({Timestamp::min(), 0}); line.entry(at) != nullptr; at = line.next(at), ++count) {
        const Entry& entry = *line.entry(at);
        const SessionOf<Key>* here = this->key_of(entry.row);
        if (here == nullptr || here->start != start_after(line.before(at), entry.at)) {
          wrong = "has source row " + std::to_string(entry.row) + " in another session than its line says";
        }
      }
    });
    if (!wrong && (count != in_line_ || count != this->row_count())) wrong = "has lost rows of its lines";
    return wrong;
  }

 private:
  using Entry = Timeline::Entry;
  /// Where a source row is in its key's line.
  struct RowPlace {
    Timestamp at;
    Timestamp start;  // of its session
    bool in_line;
  };
  /// What the commit under way did to a line.
  struct Step {
    Slot key;
    Entry entry;
    bool put;
  };

  bool near(Timestamp earlier, Timestamp later) const { return later - earlier < gap_; }
  Timestamp start_after(const Entry* before, Timestamp at) const {
    return before != nullptr && near(before->at, at) ? places_[before->row].start : at;
  }
  bool in_line(Slot row) const { return places_.reserved(row) && places_[row].in_line; }

  template <class Delta> void follow(const Delta& delta, Timestamp at) {
    const Slot key = this->source().space().key_slot(delta.row);
    const bool was_there = in_line(delta.row);
    if (was_there && delta.after != nullptr && places_[delta.row].at == at) return;
    if (was_there) take_out(key, {places_[delta.row].at, delta.row});
    if (delta.after != nullptr) put_in(key, {at, delta.row});
  }

  void put_in(Slot key, const Entry& entry) {
    if (!undoing_) steps_.push_back({key, entry, true});
    places_.reserve(entry.row);
    Timeline& line = lines_.has(key) ? lines_.at(key) : lines_.emplace(key);
    const auto at = line.lower_bound(entry);
    const Timestamp start = start_after(line.before(at), entry.at);
    const Entry* behind = line.entry(at);
    const bool takes_over = behind != nullptr && near(entry.at, behind->at);
    mark(entry.row);
    if (takes_over) mark_session(line, at, start);
    if (!undoing_) this->basis_.expect(entry.at + gap_, entry.row);
    line.insert(entry);
    places_[entry.row] = {entry.at, start, true};
    ++in_line_;
    if (takes_over) restart(line, line.next(line.lower_bound(entry)), start);
    if (!undoing_) steps_done_ = steps_.size();
  }

  void take_out(Slot key, const Entry& entry) {
    if (!undoing_) steps_.push_back({key, entry, false});
    Timeline& line = lines_.at(key);
    const auto at = line.lower_bound(entry);
    const Entry* before = line.before(at);
    const Entry* behind = line.entry(line.next(at));
    const bool was_between = behind != nullptr && near(entry.at, behind->at);
    const bool was_last = !was_between && before != nullptr && near(before->at, entry.at);
    const bool splits = was_between && (before == nullptr || !near(before->at, behind->at));
    const Timestamp start = splits ? behind->at : Timestamp();
    mark(entry.row);
    if (splits) mark_session(line, line.next(at), start);
    // The row before may end its session now, and its own end may have been passed over already.
    if (!undoing_ && before != nullptr && (was_last || splits)) this->basis_.expect(before->at + gap_, before->row);
    line.erase(entry);
    places_[entry.row].in_line = false;
    --in_line_;
    if (splits) restart(line, line.lower_bound(entry), start);
    if (!undoing_) steps_done_ = steps_.size();
  }

  /// The rows from `at` on that belong together start at `start` now. Those that do already are followed by none that
  /// does not.
  void restart(const Timeline& line, Timeline::Place at, Timestamp start) {
    for_each_to_restart(line, at, start, [&](Slot row) { places_[row].start = start; });
  }
  void mark_session(const Timeline& line, Timeline::Place at, Timestamp start) {
    for_each_to_restart(line, at, start, [&](Slot row) { mark(row); });
  }
  template <class Visit>
  void for_each_to_restart(const Timeline& line, Timeline::Place at, Timestamp start, Visit visit) {
    const Entry* last = nullptr;
    for (const Entry* entry = line.entry(at); entry != nullptr; entry = line.entry(at)) {
      if (places_[entry->row].start == start || (last != nullptr && !near(last->at, entry->at))) return;
      visit(entry->row);
      last = entry;
      at = line.next(at);
    }
  }
  /// The row is to be published anew.
  void mark(Slot row) {
    if (undoing_ || moved_bits_.test(row)) return;
    moved_.push_back(row);
    moved_bits_.set(row);
  }

  /// The time of the session that `row` ends is over, if it does end one.
  void drop_session(Slot row) {
    const Slot key = this->source().space().key_slot(row);
    Timeline& line = lines_.at(key);
    const Entry last{places_[row].at, row};
    const Entry* behind = line.entry(line.next(line.lower_bound(last)));
    if (behind != nullptr && near(last.at, behind->at)) return;
    // From the last to the first, so that undoing continues the session row by row.
    std::optional<Entry> entry = last;
    while (entry) {
      const Entry* before = line.before(line.lower_bound(*entry));
      const auto more = before != nullptr && near(before->at, entry->at) ? std::optional(*before) : std::nullopt;
      take_out(key, *entry);
      entry = more;
    }
  }

  void publish(Slot row, const Value* before) {
    if (in_line(row)) {
      this->put(row, {places_[row].start, this->source().space().key(row)}, before);
    } else {
      this->remove(row, before);
    }
  }
  void drop_empty_lines() {
    for (const Step& step : steps_) {
      if (lines_.has(step.key) && lines_.at(step.key).empty()) lines_.erase(step.key);
    }
  }
  auto valid() const {
    return [this](Timestamp end, Slot row) { return in_line(row) && places_[row].at + gap_ == end; };
  }

  const TimeSpan gap_;
  Column<Timeline> lines_;     // by the source's key slots
  Segments<RowPlace> places_;  // by source row
  std::size_t in_line_ = 0;

  // Of the commit under way.
  std::vector<Step> steps_;
  std::size_t steps_done_ = 0;  // so many were carried out
  std::vector<Slot> moved_;     // rows to be published
  SlotBits moved_bits_;
  bool undoing_ = false;
};

}  // namespace detail

template <class Key, class Value>
Collection<SessionOf<Key>, Value> Timely<Key, Value>::session(TimeSpan gap, WindowOptions options) const {
  detail::require_span("the gap between sessions", gap, TimeSpan(1));
  if (options.keep) detail::require_span("how long sessions are kept", *options.keep, TimeSpan(0));
  return Collection<SessionOf<Key>, Value>(
      detail::make_windows<detail::SessionNode<Key, Value>>(*this, "session", gap, options));
}

}  // namespace freshet
