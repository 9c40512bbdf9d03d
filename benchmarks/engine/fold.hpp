// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/random.hpp"

namespace freshet::bench {

/// One row of an output as a number. The peers compute the same one.
constexpr std::uint64_t row_hash(std::uint64_t key, std::uint64_t value) {
  return mix(key * 0x9e3779b97f4a7c15u ^ (value + 0x632be59bd9b4e019u) * 0xd6e8feb86659fd93u);
}

/// Two numbers below 2^32 as one value.
constexpr std::uint64_t packed(std::uint64_t high, std::uint64_t low) { return high << 32U | low; }

/// A key of one output of several.
constexpr std::uint64_t tagged(std::uint64_t output, std::uint64_t key) { return output << 56U | key; }

/// What a contender tells: rows that came and rows that went, as a subscriber sees them.
///
/// The sum of the hashes of the rows that are there is the state of the output, whatever the order in which they came
/// and however a change was cut into deltas: so it can be compared, at every prefix, with the sum over rows computed
/// from scratch, and the checksum agrees only if the state was the same after every single flush.
class Fold {
 public:
  void add(std::uint64_t hash) {
    state_ += hash;
    ++deltas_;
  }
  void remove(std::uint64_t hash) { state_ -= hash; }
  void end_of_flush() { checksum_ = mix(checksum_ + state_); }

  std::uint64_t state() const { return state_; }
  std::uint64_t checksum() const { return checksum_; }
  /// Rows that came or changed.
  std::uint64_t deltas() const { return deltas_; }

 private:
  std::uint64_t state_ = 0;
  std::uint64_t checksum_ = 0;
  std::uint64_t deltas_ = 0;
};

/// One row that changed, as a hand-written loop emits it.
struct Delta {
  std::uint64_t key{};
  std::uint64_t before{};
  std::uint64_t after{};
  bool was_there{};
  bool is_there{};
};

/// Where the hand-written loops put their changes: a buffer that goes through a callback when a flush ends.
class Output {
 public:
  using Callback = std::function<void(std::span<const Delta>)>;

  explicit Output(Fold& fold) : callback_([&fold](std::span<const Delta> deltas) { fold_in(fold, deltas); }) {}

  void appeared(std::uint64_t key, std::uint64_t after) { deltas_.push_back({key, 0, after, false, true}); }
  void changed(std::uint64_t key, std::uint64_t before, std::uint64_t after) {
    deltas_.push_back({key, before, after, true, true});
  }
  void vanished(std::uint64_t key, std::uint64_t before) { deltas_.push_back({key, before, 0, true, false}); }
  void end_of_flush() {
    if (!deltas_.empty()) callback_(deltas_);
    deltas_.clear();
  }

 private:
  static void fold_in(Fold& fold, std::span<const Delta> deltas) {
    for (const Delta& delta : deltas) {
      if (delta.was_there) fold.remove(row_hash(delta.key, delta.before));
      if (delta.is_there) fold.add(row_hash(delta.key, delta.after));
    }
  }

  std::vector<Delta> deltas_;
  Callback callback_;
};

/// Folds what a commit changed in a view of Freshet; `hash(key, value)` is the row_hash of one of its rows.
template <class Changes, class Hash> void fold_changes(Fold& fold, const Changes& changes, Hash hash) {
  changes.for_each_row([&](const auto& key, const auto* before, const auto* after) {
    if (before != nullptr) fold.remove(hash(key, *before));
    if (after != nullptr) fold.add(hash(key, *after));
  });
}

}  // namespace freshet::bench
