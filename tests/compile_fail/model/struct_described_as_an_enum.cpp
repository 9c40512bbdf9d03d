// SPDX-License-Identifier: MIT
// expect: Freshet: describe a struct with model\(\), an enum with enumeration\(\)
#include "freshet/model/describe.hpp"

enum class Level { low };
struct Limit {};
constexpr auto describe(freshet::of<Limit>) { return freshet::enumeration<Level::low>("limit"); }
const freshet::Schema& schema = freshet::schema_of<Limit>();
