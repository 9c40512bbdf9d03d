// expect: Freshet: the event time is a member of the row, or a const member function, of type freshet::Timestamp
// SPDX-License-Identifier: MIT
#include <cstdint>

#include "freshet/graph/graph.hpp"

struct Reading {
  std::int64_t at_ms{};
  bool operator==(const Reading&) const = default;
};

void use(const freshet::Collection<int, Reading>& readings) { const auto timely = readings.on_time(&Reading::at_ms); }
