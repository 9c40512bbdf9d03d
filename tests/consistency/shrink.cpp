// SPDX-License-Identifier: MIT
#include "consistency/shrink.hpp"

#include <algorithm>
#include <utility>

namespace freshet::consistency {
namespace {

class Shrinker {
 public:
  Shrinker(Case what, const std::function<bool(const Case&)>& fails) : best_(std::move(what)), fails_(fails) {}

  Case run() {
    while (shrink_once() && attempts_ < kAttemptsMax) {
    }
    return std::move(best_);
  }

 private:
  static constexpr int kAttemptsMax = 4000;

  /// Keeps `smaller` if it still fails.
  bool keep(Case smaller) {
    if (attempts_ >= kAttemptsMax) return false;
    ++attempts_;
    if (!fails_(smaller)) return false;
    best_ = std::move(smaller);
    return true;
  }

  bool shrink_once() {
    bool shrunk = false;
    shrunk = drop_commits() || shrunk;
    shrunk = drop_steps() || shrunk;
    shrunk = drop_writes() || shrunk;
    shrunk = simplify_writes() || shrunk;
    if (best_.commits_before_declaring > 0) {
      Case smaller = best_;
      smaller.commits_before_declaring = 0;
      shrunk = keep(std::move(smaller)) || shrunk;
    }
    return shrunk;
  }

  /// Runs of commits, long ones first.
  bool drop_commits() {
    bool shrunk = false;
    for (std::size_t length = std::max<std::size_t>(best_.commits.size() / 2, 1); length > 0; length /= 2) {
      for (std::size_t at = best_.commits.size(); at-- > 0;) {
        if (at + length > best_.commits.size()) continue;
        Case smaller = best_;
        const auto first = smaller.commits.begin() + static_cast<std::ptrdiff_t>(at);
        smaller.commits.erase(first, first + static_cast<std::ptrdiff_t>(length));
        const std::size_t declared = smaller.commits_before_declaring;
        if (declared > at) smaller.commits_before_declaring = declared - std::min(length, declared - at);
        shrunk = keep(std::move(smaller)) || shrunk;
      }
    }
    return shrunk;
  }

  /// A view goes; what was computed from it is computed from its source.
  bool drop_steps() {
    bool shrunk = false;
    for (std::size_t at = best_.steps.size(); at-- > 0;) {
      Case smaller = best_;
      const std::size_t view = kInputs + at;
      const std::size_t instead = smaller.steps[at].source;
      smaller.steps.erase(smaller.steps.begin() + static_cast<std::ptrdiff_t>(at));
      const auto moved = [&](std::size_t other) { return other == view ? instead : other > view ? other - 1 : other; };
      for (std::size_t i = at; i < smaller.steps.size(); ++i) {
        smaller.steps[i].source = moved(smaller.steps[i].source);
        smaller.steps[i].other = moved(smaller.steps[i].other);
      }
      shrunk = keep(std::move(smaller)) || shrunk;
    }
    return shrunk;
  }

  bool drop_writes() {
    bool shrunk = false;
    for (std::size_t commit = 0; commit < best_.commits.size(); ++commit) {
      for (std::size_t at = best_.commits[commit].size(); at-- > 0;) {
        Case smaller = best_;
        auto& writes = smaller.commits[commit];
        writes.erase(writes.begin() + static_cast<std::ptrdiff_t>(at));
        shrunk = keep(std::move(smaller)) || shrunk;
      }
    }
    return shrunk;
  }

  bool simplify_writes() {
    bool shrunk = false;
    for (std::size_t commit = 0; commit < best_.commits.size(); ++commit) {
      for (std::size_t at = 0; at < best_.commits[commit].size(); ++at) {
        for (std::size_t i = best_.commits[commit][at].values.size(); i-- > 0;) {
          Case smaller = best_;
          auto& values = smaller.commits[commit][at].values;
          values.erase(values.begin() + static_cast<std::ptrdiff_t>(i));
          shrunk = keep(std::move(smaller)) || shrunk;
        }
        for (std::size_t i = 0; i < best_.commits[commit][at].values.size(); ++i) {
          const std::int64_t value = best_.commits[commit][at].values[i];
          if (value == 0) continue;
          Case smaller = best_;
          smaller.commits[commit][at].values[i] = value / 2;
          shrunk = keep(std::move(smaller)) || shrunk;
        }
      }
    }
    return shrunk;
  }

  Case best_;
  const std::function<bool(const Case&)>& fails_;
  int attempts_ = 0;
};

}  // namespace

Case shrink(Case what, const std::function<bool(const Case&)>& fails) { return Shrinker(std::move(what), fails).run(); }

}  // namespace freshet::consistency
