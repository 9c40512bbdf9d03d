// expect: Freshet: order_by<Mapper>\(\) takes a class that derives publicly from SortMapper
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Half final : public freshet::OneToOneMapper<int, int, int> {
 public:
  std::optional<int> map_value(const int& number) override { return number / 2; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto sorted = numbers.order_by<Half>(); }
