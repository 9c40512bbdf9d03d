// expect: Freshet: map<Mapper>\(\) takes a class that derives publicly from OneToOneMapper
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Times final : freshet::OneToOneMapper<int, int, int> {
 public:
  explicit Times(int factor) : factor_(factor) {}
  std::optional<int> map_value(const int& number) override { return factor_ * number; }

 private:
  int factor_;
};

void use(const freshet::Collection<int, int>& numbers) { const auto multiples = numbers.map<Times>(2); }
