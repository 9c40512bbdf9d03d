// expect: Freshet: iterate keeps the best value of each key, so values must be ordered
// SPDX-License-Identifier: MIT
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

struct Colour {
  int red = 0;
  bool operator==(const Colour&) const = default;
};

std::pair<int, Colour> next(const Colour& colour) { return {colour.red, colour}; }

void use(const freshet::Collection<int, Colour>& colours) { const auto reached = colours.iterate(next); }
