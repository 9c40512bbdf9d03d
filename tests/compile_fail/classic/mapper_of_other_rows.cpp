// expect: Freshet: the key and value types of the mapper class are not those of the collection it is applied to
// SPDX-License-Identifier: MIT
#include <optional>
#include <string>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Twice final : public freshet::OneToOneMapper<int, int, int> {
 public:
  std::optional<int> map_value(const int& number) override { return 2 * number; }
};

void use(const freshet::Collection<std::string, int>& numbers) { const auto doubles = numbers.map<Twice>(); }
