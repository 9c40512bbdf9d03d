// SPDX-License-Identifier: MIT
// expect: Freshet: enumeration\(\) lists a value that is no enumerator
#include "freshet/model/describe.hpp"

enum class Level { low, high };
constexpr auto describe(freshet::of<Level>) { return freshet::enumeration<Level::low, Level::high, Level{7}>("level"); }
