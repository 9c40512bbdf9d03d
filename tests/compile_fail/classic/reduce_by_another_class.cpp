// expect: Freshet: reduce<Mapper>\(\) takes a class that derives publicly from ManyToOneMapper or Reducer
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Twice final : public freshet::OneToOneMapper<int, int, int> {
 public:
  std::optional<int> map_value(const int& number) override { return 2 * number; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto doubles = numbers.reduce<Twice>(); }
