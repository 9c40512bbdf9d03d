// SPDX-License-Identifier: MIT
// expect: Freshet: describe\(of<Enum>\) forgets an enumerator
#include "freshet/model/describe.hpp"

enum class Level { low, high };
constexpr auto describe(freshet::of<Level>) { return freshet::enumeration<Level::low>("level"); }
