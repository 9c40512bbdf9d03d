// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

#include "freshet/base/backoff.hpp"

namespace freshet::store::postgres {

/// How long to wait before the next attempt to reach the server, by how many failed in a row.
class Backoff {
 public:
  std::chrono::milliseconds next() { return delays_.after(++failures_); }
  void reset() { failures_ = 0; }

 private:
  freshet::Backoff delays_{{.delay_min = std::chrono::milliseconds(20), .delay_max = std::chrono::milliseconds(2000)},
                           random_seed()};
  std::size_t failures_ = 0;
};

}  // namespace freshet::store::postgres
