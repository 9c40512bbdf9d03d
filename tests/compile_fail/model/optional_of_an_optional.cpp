// SPDX-License-Identifier: MIT
// expect: Freshet: JSON has one null only
#include <optional>

#include "freshet/model/describe.hpp"

const freshet::Type& type = freshet::type_of<std::optional<std::optional<int>>>();
