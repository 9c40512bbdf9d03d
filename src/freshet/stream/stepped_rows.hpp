// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/model/compare.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/stream/rows.hpp"

namespace freshet::stream {

/// All rows of a source, written some at a time, while commits go on in between; what comes out is the source at one
/// version all the same, that of the last commit before finish().
///
/// Requires: after each commit that changes the source, replace() for each key that it changed.
class SteppedRows {
 public:
  struct Step {
    std::size_t rows = 0;  ///< looked at or encoded
    bool done = false;
  };

  virtual ~SteppedRows() = default;
  /// Looks at or encodes up to `rows` rows, at least one key.
  virtual Step step(std::size_t rows) = 0;
  /// A commit changed this key; `row` is what its update says of it, empty if it cannot be written.
  virtual void replace(const void* key, std::string_view row) = 0;
  /// `[[key,[value,...]],...]`, in key order. Requires: done.
  virtual std::string finish() = 0;
};

namespace detail {

/// Collects the keys in the order of their slots, which commits do not move, as sorted runs; then merges the runs and
/// encodes what they lead to. What commits change meanwhile is taken from their updates in the end.
///
/// Memory: the keys, their places and the text, until finish().
template <class Key, class Value> class CollectionSteps final : public SteppedRows {
 public:
  CollectionSteps(Collection<Key, Value> rows, RowFaults& faults)
      : collection_(std::move(rows)),
        slots_end_(collection_.node().space().end()),
        writer_(type_of<Key>(), type_of<Value>(), text_, faults, &places_) {}

  Step step(std::size_t rows) override {
    if (next_slot_ < slots_end_) return {collect(rows), false};
    const std::size_t encoded = encode(rows);
    return {encoded, waiting_.empty()};
  }

  void replace(const void* key, std::string_view row) override {
    const Key& typed = *static_cast<const Key*>(key);
    const bool is_there = !row.empty() && !collection_.values(typed).empty();
    replaced_.insert_or_assign(typed, is_there ? std::optional<std::string>(row) : std::nullopt);
  }

  std::string finish() override {
    if (!replaced_.empty()) return merge();
    writer_.finish();
    return std::move(text_);
  }

 private:
  /// Keys in order, taken from the front.
  struct Run {
    std::vector<Key> keys;
    std::size_t at = 0;
    const Key& front() const { return keys[at]; }
  };

  std::size_t collect(std::size_t rows) {
    constexpr freshet::detail::Slot kSlotsPerRow = 32;  // empty slots are looked at quickly
    const auto& node = collection_.node();
    const std::size_t last = std::min<std::size_t>(slots_end_, next_slot_ + kSlotsPerRow * rows);
    Run run;
    for (; next_slot_ < last && run.keys.size() < rows; ++next_slot_) {
      if (node.present().test(next_slot_)) run.keys.push_back(node.space().key(next_slot_));
    }
    std::sort(run.keys.begin(), run.keys.end(), Less());
    const std::size_t count = run.keys.size();
    if (count != 0) runs_.push_back(std::move(run));
    if (next_slot_ >= slots_end_) begin_merge();
    return std::max<std::size_t>(count, 1);
  }
  void begin_merge() {
    for (std::size_t run = 0; run < runs_.size(); ++run) waiting_.push_back(run);
    std::make_heap(waiting_.begin(), waiting_.end(), later());
  }
  /// Orders runs so that the one with the least key is the greatest: the heap's top.
  auto later() const {
    return
        [this](std::size_t left, std::size_t right) { return compare(runs_[right].front(), runs_[left].front()) < 0; };
  }
  Key take_least() {
    std::pop_heap(waiting_.begin(), waiting_.end(), later());
    Run& run = runs_[waiting_.back()];
    Key key = std::move(run.keys[run.at++]);
    if (run.at < run.keys.size()) {
      std::push_heap(waiting_.begin(), waiting_.end(), later());
    } else {
      run.keys = {};
      waiting_.pop_back();
    }
    return key;
  }

  std::size_t encode(std::size_t rows) {
    constexpr std::size_t kPassedPerRow = 16;  // keys that need no encoding are passed over quickly
    std::size_t encoded = 0;
    for (std::size_t looked = 0; !waiting_.empty() && encoded < rows && looked < kPassedPerRow * rows; ++looked) {
      const Key& next = runs_[waiting_.front()].front();
      const auto values = collection_.values(next);
      if (encoded != 0 && encoded + values.size() > rows) break;
      const Key key = take_least();
      // A key has several rows, or had to be replaced in between.
      if (values.empty() || (!keys_.empty() && equal(keys_.back(), key)) || replaced_.contains(key)) continue;
      writer_.begin_row(&key);
      for (const Value& value : values) writer_.value(&value);
      writer_.end_row();
      encoded += values.size();
      keys_.push_back(key);
    }
    return std::max<std::size_t>(encoded, 1);
  }

  /// What was encoded, with what commits replaced meanwhile in its place.
  std::string merge() const {
    std::string merged;
    merged.reserve(text_.size());
    merged += '[';
    const auto add = [&](std::string_view row) {
      if (row.empty()) return;
      if (merged.size() > 1) merged += ',';
      merged += row;
    };
    auto news = replaced_.begin();
    const auto add_news = [&] {
      if (news->second) add(*news->second);
      ++news;
    };
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      while (news != replaced_.end() && compare(news->first, keys_[i]) < 0) add_news();
      const bool is_replaced = news != replaced_.end() && equal(news->first, keys_[i]);
      is_replaced ? add_news() : add(std::string_view(text_).substr(places_[i].begin, places_[i].size));
    }
    while (news != replaced_.end()) add_news();
    return merged += ']';
  }

  const Collection<Key, Value> collection_;
  freshet::detail::Slot next_slot_ = 0;
  const freshet::detail::Slot slots_end_;  // rows at later slots are new, and told by replace()

  std::vector<Run> runs_;
  std::vector<std::size_t> waiting_;  // the runs that are not empty, as a heap

  // What was encoded: each key, and where its row is in the text.
  std::vector<Key> keys_;
  std::vector<ItemAt> places_;
  std::string text_;
  RowWriter writer_;
  // What the commits since then say, by key; none: the key is gone.
  std::map<Key, std::optional<std::string>, Less> replaced_;
};

}  // namespace detail
}  // namespace freshet::stream
