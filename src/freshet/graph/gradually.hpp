// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace freshet {

/// How the rows of Collection::gradually() come.
struct Gradually {
  /// So many in each step of Graph::run_backfill().
  std::size_t rows_per_step = 10'000;

  bool operator==(const Gradually&) const = default;
};

}  // namespace freshet
