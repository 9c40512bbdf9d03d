// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/stream/rows.hpp"

namespace freshet::stream {

/// Appends the event that tells readers which rows are missing and why:
/// `[{"node":"averages","key":"hall","error":"division by zero"},...]`, with `"error":null` for a row that is well
/// again.
void append_error_event(std::string& out, Version version, const std::vector<ErrorEvent>& events);

/// Rows that could not be written, in the form of the graph's errors: `node` is the collection they were read from.
std::vector<ErrorEvent> error_events(std::string_view node, std::vector<RowFaults::News> news);

}  // namespace freshet::stream
