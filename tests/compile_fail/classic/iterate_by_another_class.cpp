// expect: Freshet: iterate<Mapper>\(\) takes a class that derives publicly from DeriveMapper
// SPDX-License-Identifier: MIT
#include <utility>
#include <vector>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Next final : public freshet::OneToManyMapper<int, int, int, int> {
 public:
  std::vector<std::pair<int, int>> map_value(const int& number) override { return {{number + 1, number}}; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto reached = numbers.iterate<Next>(); }
