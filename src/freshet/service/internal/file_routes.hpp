// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "freshet/net/router.hpp"
#include "freshet/service/static_files.hpp"

namespace freshet::service {

/// Serves each file at `prefix` + its path, and index.html at `prefix` itself. `prefix` begins and ends with '/'.
///
/// Browsers keep the files and ask each time whether they are still the same (ETag), so a new build shows at once.
void add_file_routes(net::Router& router, std::string_view prefix, std::span<const StaticFile> files);

}  // namespace freshet::service
