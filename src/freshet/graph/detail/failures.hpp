// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

/// The rows of a node whose mapper failed, with what it said. Costs nothing while nothing fails.
class Failures {
 public:
  void set(Slot row, std::string message) {
    auto [at, is_new] = standing_.try_emplace(row);
    changes_.push_back({row, is_new ? std::nullopt : std::optional(std::move(at->second))});
    at->second = std::move(message);
  }
  void clear(Slot row) {
    if (standing_.empty()) return;
    const auto at = standing_.find(row);
    if (at == standing_.end()) return;
    changes_.push_back({row, std::move(at->second)});
    standing_.erase(at);
  }

  /// What is wrong in here between commits. `has(row)`: whether there is such a row to fail.
  template <class Has> std::optional<std::string> invariant(Has has) const {
    if (!changes_.empty()) return "holds on to errors of a commit that is over";
    for (const auto& [row, message] : standing_) {
      if (!has(row)) return "keeps an error of row " + std::to_string(row) + ", which is gone";
    }
    return std::nullopt;
  }
  std::size_t bytes() const {
    std::size_t sum = standing_.bucket_count() * sizeof(void*);
    for (const auto& [row, message] : standing_) {
      sum += sizeof(row) + sizeof(void*) + sizeof(std::string) + message.capacity();
    }
    return sum;
  }

  bool empty() const { return standing_.empty(); }
  const std::string* find(Slot row) const {
    const auto at = standing_.find(row);
    return at == standing_.end() ? nullptr : &at->second;
  }
  bool has_changes() const { return !changes_.empty(); }
  template <class Visit> void for_each_changed(Visit visit) const {
    for (const Change& change : changes_) visit(change.row);
  }
  template <class Visit> void for_each_standing(Visit visit) const {
    for (const auto& [row, message] : standing_) visit(row);
  }

  void settle() { changes_.clear(); }
  void roll_back() {
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->before) {
        standing_[change->row] = std::move(*change->before);
      } else {
        standing_.erase(change->row);
      }
    }
    changes_.clear();
  }

 private:
  struct Change {
    Slot row;
    std::optional<std::string> before;
  };
  std::unordered_map<Slot, std::string> standing_;
  std::vector<Change> changes_;  // of the commit under way
};

}  // namespace freshet::detail
