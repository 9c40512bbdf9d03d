// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "freshet/base/result.hpp"

namespace freshet::store::sqlite {

/// What SQLite's extended result code means to whom it hits. `message` is SQLite's own, `path` the file.
Error error_of(int code, std::string_view message, const std::string& path);

/// Whether the file itself is at fault, so that opening it anew may help once somebody has mended it.
bool is_about_file(const Error& error);

}  // namespace freshet::store::sqlite
