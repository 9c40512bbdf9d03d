// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace freshet::codec::testing {

/// Asserts what holds for all bytes whatsoever: read as a stream, they give the same events however they are cut;
/// written as event, id and data, they come back as one event with their line ends made LF and their UTF-8 made valid.
void check_sse_properties(std::string_view bytes);

}  // namespace freshet::codec::testing
