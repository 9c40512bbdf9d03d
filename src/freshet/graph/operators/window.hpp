// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/window_node.hpp"
#include "freshet/graph/operators/flat_map.hpp"

namespace freshet {

namespace detail {

/// The starts of the windows that a time is in, from the first to the last, `every` apart.
struct WindowStarts {
  Timestamp first;
  Timestamp last;

  /// Leaves out windows that ended at or before `dropped_until`.
  WindowStarts(const Windows& windows, Timestamp at, Timestamp dropped_until)
      : first(latest_start(windows, at - windows.size) + windows.every), last(latest_start(windows, at)) {
    if (dropped_until != Timestamp::min()) {
      first = std::max(first, latest_start(windows, dropped_until - windows.size) + windows.every);
    }
  }
  bool empty() const { return last < first; }

 private:
  /// The latest start that is not after `at`.
  static Timestamp latest_start(const Windows& windows, Timestamp at) {
    const auto since = (at - windows.offset).time_since_epoch();
    auto steps = since / windows.every;
    if (since % windows.every < TimeSpan(0)) --steps;
    return Timestamp(steps * windows.every + windows.offset);
  }
};

/// Windows that do not overlap: a row is in one or, where they leave gaps, in none. Values stay where the source has
/// them.
template <class Key, class Value> class TumblingNode final : public OneWindowNode<Key, Windowed<Key>, Value> {
 public:
  using Base = OneWindowNode<Key, Windowed<Key>, Value>;
  using Source = typename Base::Source;

  TumblingNode(Core& core, std::string name, const std::shared_ptr<Source>& source, const Windows& windows,
               const WindowOptions& options)
      : Base(core, std::move(name), source, options), windows_(windows) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      if (const auto at = source->time_of(row)) place(row, source->value(row), *at);
    });
    this->finish_rows();
    settle();
  }

  bool same(const Source& source, const Windows& windows, const WindowOptions& options) const {
    return &source == &this->source() && windows_ == windows && this->basis_.options() == options;
  }

  void update() override {
    const auto deltas = this->source().deltas();
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (deltas[i].after != nullptr) {
        place(deltas[i].row, deltas[i].before, this->source().delta_times()[i]);
      } else {
        this->remove(deltas[i].row, deltas[i].before);
      }
    }
    if (const Timestamp until = this->basis_.dropped_until(); until != Source::kNever) {
      this->basis_.ends().pop_until(until, valid(), [this](Slot row) { this->remove(row, this->source().value(row)); });
    }
    this->finish_rows();
  }
  void settle() override {
    this->settle_rows();
    if (this->basis_.options().keep) this->basis_.ends().settle(this->row_count(), valid());
  }
  void roll_back() override { this->roll_back_rows(); }

  std::size_t bytes() const override { return this->bytes_of_rows(); }
  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong = this->invariant_of_rows();
    this->source().present().for_each(this->source().space().end(), [&](Slot row) {
      const auto at = this->source().time_of(row);
      if (!at) return;
      const WindowStarts starts(windows_, *at, this->basis_.dropped_until());
      const Windowed<Key>* here = this->key_of(row);
      if (starts.empty() ? here != nullptr : here == nullptr || here->start != starts.last) {
        wrong = "has source row " + std::to_string(row) + " in another window than its time says";
      }
    });
    return wrong;
  }

 private:
  void place(Slot row, const Value* before, Timestamp at) {
    const WindowStarts starts(windows_, at, this->basis_.dropped_until());
    if (starts.empty()) return this->remove(row, before);
    const Timestamp end = starts.last + windows_.size;
    if (this->put(row, {starts.last, end, this->source().space().key(row)}, before)) this->basis_.expect(end, row);
  }
  auto valid() const {
    return [this](Timestamp end, Slot row) {
      const Windowed<Key>* here = this->key_of(row);
      return here != nullptr && here->end == end;
    };
  }

  const Windows windows_;
};

/// Windows that overlap: a row is in several, with a copy of its value in each.
template <class Key, class Value> class HoppingNode final : public StoredNode<Windowed<Key>, Value> {
 public:
  using Source = OnTimeNode<Key, Value>;
  using Space = EmittedSpace<Key, Windowed<Key>>;

  HoppingNode(Core& core, std::string name, const std::shared_ptr<Source>& source, const Windows& windows,
              const WindowOptions& options)
      : StoredNode<Windowed<Key>, Value>(core, std::move(name), watermark_parents(source),
                                         std::make_shared<Space>(source->shared_space())),
        basis_(*source, options),
        windows_(windows),
        windowed_space_(static_cast<Space&>(*this->space_)) {
    source->present().for_each(source->space().end(), [&](Slot row) {
      if (const auto at = source->time_of(row)) place(row, source->value(row), *at);
    });
    windowed_space_.finish();
    settle();
  }
  ~HoppingNode() override {
    for (Slot row = 0; row < rows_end_; ++row) {
      if (rows_of_.reserved(row)) rows_of_[row].reset();
    }
  }

  bool same(const Source& source, const Windows& windows, const WindowOptions& options) const {
    return &source == &basis_.source() && windows_ == windows && basis_.options() == options;
  }

  void update() override {
    const auto deltas = basis_.source().deltas();
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      place(deltas[i].row, deltas[i].after, basis_.source().delta_times()[i]);
    }
    if (const Timestamp until = basis_.dropped_until(); until != Source::kNever) {
      basis_.ends().pop_until(until, valid(), [&](Slot row) { drop_ended(row, until); });
    }
    windowed_space_.finish();
  }
  void settle() override {
    this->settle_values();
    windowed_space_.settle();
    if (basis_.options().keep) basis_.ends().settle(this->row_count(), valid());
    undo_.clear();
    undo_rows_.clear();
  }
  void roll_back() override {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
      before_.assign(undo_rows_.begin() + static_cast<std::ptrdiff_t>(undo->first),
                     undo_rows_.begin() + static_cast<std::ptrdiff_t>(undo->first + undo->count));
      rows_of_[undo->source_row].assign(before_);
    }
    undo_.clear();
    undo_rows_.clear();
    basis_.ends().roll_back();
    this->roll_back_values();
    windowed_space_.roll_back();
  }

  std::size_t bytes() const override {
    return StoredNode<Windowed<Key>, Value>::bytes() + windowed_space_.bytes() + rows_of_.bytes() + source_of_.bytes() +
           basis_.ends().bytes();
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(basis_.source(), source_of_[row]); }
  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong;
    std::size_t count = 0;
    basis_.source().present().for_each(basis_.source().space().end(), [&](Slot row) {
      const auto at = basis_.source().time_of(row);
      if (!at) return;
      const WindowStarts starts(windows_, *at, basis_.dropped_until());
      std::size_t i = 0;
      for (Timestamp start = starts.first; start <= starts.last; start += windows_.every, ++i) {
        const bool here = row < rows_end_ && rows_of_.reserved(row) && i < rows_of_[row].size();
        if (!here || this->space_->key(rows_of_[row][i]).start != start) {
          wrong = "has source row " + std::to_string(row) + " in other windows than its time says";
        }
      }
      count += i;
    });
    if (!wrong && count != this->row_count()) wrong = "has rows of none";
    return wrong;
  }

 private:
  /// What a source row had before the commit changed it, in undo_rows_.
  struct Undo {
    Slot source_row;
    std::size_t first, count;
  };

  /// Puts a source row in the windows that it belongs to now (null: none). Its rows here are in the order of windows.
  void place(Slot source_row, const Value* value, Timestamp at) {
    rows_of_.reserve(source_row);
    if (source_row >= rows_end_) rows_end_ = source_row + 1;
    rows_of_[source_row].copy_to(before_);
    after_.clear();
    std::size_t old = 0;
    if (value != nullptr) {
      const WindowStarts starts(windows_, at, basis_.dropped_until());
      for (Timestamp start = starts.first; start <= starts.last; start += windows_.every) {
        while (old < before_.size() && start_of(before_[old]) < start) remove(before_[old++]);
        const bool stays = old < before_.size() && start_of(before_[old]) == start;
        after_.push_back(stays ? before_[old++] : add(source_row, start));
        this->store(after_.back(), Value(*value));
      }
    }
    while (old < before_.size()) remove(before_[old++]);
    replace_list(source_row);
  }
  /// Takes a source row out of the windows that are gone: the first ones of those that it is in.
  void drop_ended(Slot source_row, Timestamp until) {
    rows_of_[source_row].copy_to(before_);
    after_ = before_;
    while (!after_.empty() && this->space_->key(after_.front()).end <= until) {
      remove(after_.front());
      after_.erase(after_.begin());
    }
    replace_list(source_row);
  }
  /// Makes after_ the list of the source row in place of before_.
  void replace_list(Slot source_row) {
    if (before_ == after_) return;
    const std::size_t first = undo_rows_.size();
    undo_rows_.insert(undo_rows_.end(), before_.begin(), before_.end());
    undo_.push_back({source_row, first, before_.size()});
    rows_of_[source_row].assign(after_);
  }
  Timestamp start_of(Slot row) const { return this->space_->key(row).start; }
  Slot add(Slot source_row, Timestamp start) {
    const Timestamp end = start + windows_.size;
    basis_.expect(end, source_row);
    const Slot row = windowed_space_.add_emitted({start, end, basis_.source().space().key(source_row)}, source_row, 0);
    source_of_.reserve(row);
    source_of_[row] = source_row;
    return row;
  }
  void remove(Slot row) {
    this->drop(row);
    windowed_space_.unlink(row);
  }
  auto valid() const {
    return [this](Timestamp end, Slot row) {
      if (row >= rows_end_ || !rows_of_.reserved(row)) return false;
      const SlotList& list = rows_of_[row];
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (this->space_->key(list[i]).end == end) return true;
      }
      return false;
    };
  }

  WindowBasis<Key, Value> basis_;
  const Windows windows_;
  Space& windowed_space_;
  Segments<SlotList> rows_of_;  // by source row, in the order of windows
  Segments<Slot> source_of_;    // by row
  Slot rows_end_ = 0;
  std::vector<Undo> undo_;
  std::vector<Slot> undo_rows_;
  std::vector<Slot> before_, after_;  // buffers
};

inline void require_windows(const Windows& windows, const WindowOptions& options) {
  constexpr std::int64_t kWindowsPerRowMax = 1000;
  require_span("the size of a window", windows.size, TimeSpan(1));
  require_span("the step between windows", windows.every, TimeSpan(1));
  require_span("the offset of windows", windows.offset, -kTimeSpanMax);
  if (options.keep) require_span("how long windows are kept", *options.keep, TimeSpan(0));
  if (windows.size / windows.every <= kWindowsPerRowMax) return;
  throw Failure(Error{.code = ErrorCode::limit_exceeded,
                      .primary = "a row would be in " + std::to_string(windows.size / windows.every) + " windows",
                      .detail = "the limit is " + std::to_string(kWindowsPerRowMax),
                      .hint = "let windows begin less often"});
}

template <class Node, class Key, class Value, class... Args>
auto make_windows(const Timely<Key, Value>& source, const char* verb, const Args&... args) {
  const auto rows = source.shared_timely();
  Core& core = rows->core();
  return core.find_or_make<Node>(
      hash_of(rows->id()), [&](const Node& node) { return node.same(*rows, args...); },
      [&] { return std::make_unique<Node>(core, derived_name(*rows, verb), rows, args...); });
}

}  // namespace detail

template <class Key, class Value>
Collection<Windowed<Key>, Value> Timely<Key, Value>::window(const Windows& windows, WindowOptions options) const {
  detail::require_windows(windows, options);
  using View = Collection<Windowed<Key>, Value>;
  if (windows.size <= windows.every) {
    return View(detail::make_windows<detail::TumblingNode<Key, Value>>(*this, "window", windows, options));
  }
  return View(detail::make_windows<detail::HoppingNode<Key, Value>>(*this, "window", windows, options));
}

}  // namespace freshet
