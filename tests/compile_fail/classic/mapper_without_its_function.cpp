// expect: Freshet: the mapper class does not override the mapping function of its base
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Twice : public freshet::OneToOneMapper<int, int, int> {
 public:
  std::optional<int> map_value(int number) { return 2 * number; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto doubles = numbers.map<Twice>(); }
