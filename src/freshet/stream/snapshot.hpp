// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "freshet/graph/stats.hpp"
#include "freshet/stream/source.hpp"

namespace freshet {
class Graph;
}

namespace freshet::stream {

/// The state of a source at one version.
struct Snapshot {
  Version version = 0;
  /// `[[key,[value,...]],...]`, in key order.
  std::string rows;
  /// How many rows are missing: those that a mapper fails on, and those that JSON cannot express.
  std::size_t missing_rows = 0;
};

/// All rows of `source` as they are now.
Snapshot take_snapshot(const Graph& graph, const Source& source);

/// The row of one key, or none. Requires: `key` points to a value of the source's key type.
Snapshot take_row(const Graph& graph, const Source& source, const void* key);

}  // namespace freshet::stream
