// expect: Freshet: rows and keys must be hashable; give this type a std::hash or describe it
// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"

struct Point {
  int x = 0;
  bool operator==(const Point&) const = default;
};

void use(const freshet::Collection<int, Point>& points) { const auto once = points.distinct(); }
