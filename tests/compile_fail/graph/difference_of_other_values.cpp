// expect: Freshet: difference\(\) takes a collection with the same key and value types
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/graph/graph.hpp"

void use(const freshet::Collection<int, int>& numbers, const freshet::Collection<int, std::string>& texts) {
  const auto rest = numbers.difference(texts);
}
