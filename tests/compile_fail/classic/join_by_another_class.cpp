// expect: Freshet: join<Mapper>\(\) takes a class that derives publicly from JoinMapper or JoinByMapper
// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"

struct Doubling final : freshet::OneToOneMapper<int, int, int> {
  std::optional<int> map_value(const int& value) override { return 2 * value; }
};

void use(const freshet::Collection<int, int>& numbers) { const auto all = numbers.join<Doubling>(numbers); }
