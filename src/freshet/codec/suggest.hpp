// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace freshet::codec {

/// A hint for a name that is not among `known`: the nearest one if it is near, else all of them as far as they are few.
std::string suggest(std::string_view name, std::span<const std::string_view> known);

}  // namespace freshet::codec
