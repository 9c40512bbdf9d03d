// expect: Freshet: the function of a join cannot be called as function\(left, right, args\.\.\.\)
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/meta/verbs.hpp"

void use(const freshet::Collection<int, int>& numbers, const freshet::Collection<int, std::string>& texts) {
  const auto all = numbers.join(texts, [](const std::string& text) { return text; });
}
