// expect: Freshet: the function that tells a row's event time is called with the value and gives a freshet::Timestamp
// SPDX-License-Identifier: MIT
#include <cstdint>

#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, std::int64_t>& times) {
  const auto timely = times.on_time([](const std::int64_t& at) { return at; });
}
