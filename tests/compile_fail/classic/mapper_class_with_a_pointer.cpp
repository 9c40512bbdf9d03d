// expect: Freshet: an argument of a mapper may not be a pointer, a reference or a span
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Times final : public freshet::OneToOneMapper<int, int, int> {
 public:
  explicit Times(const int* factor) : factor_(factor) {}
  std::optional<int> map_value(const int& number) override { return *factor_ * number; }

 private:
  const int* factor_;
};

void use(const freshet::Collection<int, int>& numbers, const int& factor) {
  const auto multiples = numbers.map<Times>(&factor);
}
