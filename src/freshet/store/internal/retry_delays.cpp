// SPDX-License-Identifier: MIT
#include "freshet/store/internal/retry_delays.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "freshet/base/ids.hpp"

namespace freshet::store {

RetryDelays::RetryDelays(const RetryLimits& limits) : limits_(limits) {}

std::optional<std::chrono::nanoseconds> RetryDelays::next() {
  if (attempts_ >= limits_.attempts_max) return std::nullopt;
  // Most transactions never come here, and then cost no random bits.
  if (attempts_ == 1) random_.seed(static_cast<unsigned>(std::hash<std::string>()(random_token())));
  using std::chrono::nanoseconds;
  constexpr std::size_t kDoublingsMax = 20;
  const auto doubled = nanoseconds(limits_.delay_min) * (std::int64_t{1} << std::min(attempts_ - 1, kDoublingsMax));
  const auto delay = std::min(doubled, nanoseconds(limits_.delay_max));
  ++attempts_;
  return nanoseconds(std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(delay.count(), 0))(random_));
}

}  // namespace freshet::store
