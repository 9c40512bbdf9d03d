// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "freshet/net/caller.hpp"

namespace freshet::stream {

/// How many of something each client has.
///
/// A client is a user where it is known who asks, wherever he is, else the address or network that he comes from.
///
/// Lifetime: outlives its shares. Thread safety: belongs to the loop. Cost: an entry for each client that has any.
class ClientCounts {
  using Counts = std::unordered_map<std::string, std::size_t>;

 public:
  /// One of them, until it goes.
  class Share {
   public:
    /// Of nobody.
    Share() = default;
    Share(Share&& other) noexcept
        : counts_(std::exchange(other.counts_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(counts_, other.counts_);
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~Share() {
      if (entry_ != nullptr && --entry_->second == 0) counts_->erase(counts_->find(entry_->first));
    }

   private:
    friend class ClientCounts;
    Share(Counts& counts, Counts::value_type& entry) : counts_(&counts), entry_(&entry) { ++entry.second; }

    Counts* counts_ = nullptr;
    Counts::value_type* entry_ = nullptr;  // does not move while it is in the table
  };

  /// Whether a client has `max` of them already; 0 is no limit, nor has one a caller of whom nothing is known.
  bool reached(const Caller& caller, std::size_t max) const {
    if (max == 0) return false;
    const auto found = counts_.find(name_of(caller));
    return found != counts_.end() && found->second >= max;
  }
  Share take(const Caller& caller) {
    std::string name = name_of(caller);
    if (name.empty()) return {};
    return {counts_, *counts_.try_emplace(std::move(name)).first};
  }
  /// How many clients have any.
  std::size_t size() const { return counts_.size(); }

 private:
  static std::string name_of(const Caller& caller) {
    if (caller.is_known()) return "user " + caller.user;
    return caller.network.empty() ? std::string() : "from " + caller.network;
  }

  Counts counts_;
};

}  // namespace freshet::stream
