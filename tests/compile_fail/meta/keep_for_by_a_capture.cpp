// expect: Freshet: the function that tells a row's event time may not capture
// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdint>

#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, std::int64_t>& times, std::int64_t offset) {
  const auto recent = times.keep_for(std::chrono::hours(1), [=](const std::int64_t& at) {
    return freshet::Timestamp(std::chrono::seconds(at + offset));
  });
}
