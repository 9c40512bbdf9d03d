// SPDX-License-Identifier: MIT
// expect: Freshet: name the values of this enum
#include "freshet/model/describe.hpp"

enum class Level { low };
const freshet::Type& type = freshet::type_of<Level>();
