// expect: Freshet: variance needs numbers
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, std::string>& texts) { const auto spread = texts.reduce(freshet::variance()); }
