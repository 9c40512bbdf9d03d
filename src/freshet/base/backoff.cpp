// SPDX-License-Identifier: MIT
#include "freshet/base/backoff.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "freshet/base/ids.hpp"

namespace freshet {

std::uint64_t Backoff::next() {
  // SplitMix64 (Steele, Lea, Flood 2014): one atomic addition, so that threads need no lock.
  constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15U;
  std::uint64_t bits = random_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31U);
}

std::chrono::milliseconds Backoff::up_to(std::chrono::milliseconds most) {
  if (most.count() <= 0) return std::chrono::milliseconds(0);
  const auto range = static_cast<std::uint64_t>(most.count()) + 1;
  return std::chrono::milliseconds(static_cast<std::int64_t>(next() % range));
}

std::chrono::milliseconds Backoff::after(std::size_t failures) {
  std::chrono::milliseconds delay = options_.delay_min;
  for (std::size_t i = 1; i < failures && delay < options_.delay_max; ++i) delay *= 2;
  delay = std::min(delay, options_.delay_max);
  return delay / 2 + up_to(delay - delay / 2);
}

std::uint64_t random_seed() {
  const std::string token = random_token();
  std::uint64_t seed = 0;
  std::from_chars(token.data(), token.data() + 16, seed, 16);
  return seed;
}

}  // namespace freshet
