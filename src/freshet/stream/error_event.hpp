// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/stream/event.hpp"
#include "freshet/stream/rows.hpp"

namespace freshet::stream {

/// Writes which rows are missing and why, for readers:
/// `[{"node":"averages","key":"hall","error":"division by zero"},...]`, with `"error":null` for a row that is well
/// again. An item of the event is one of them; what identifies it is its node and key.
void write_errors(EventDraft& draft, const std::vector<ErrorEvent>& events);

/// Rows that could not be written, in the form of the graph's errors: `node` is the collection they were read from.
std::vector<ErrorEvent> error_events(std::string_view node, std::vector<RowFaults::News> news);

}  // namespace freshet::stream
