// expect: Freshet: map_async<Mapper>\(\) takes a class that derives publicly from AsyncMapper or TaskMapper
// SPDX-License-Identifier: MIT
#include <optional>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

class Mapper final : public freshet::OneToOneMapper<int, int, int> {
 public:
  std::optional<int> map_value(const int& value) override { return value; }
};

void use(const freshet::Collection<int, int>& numbers) { (void)numbers.map_async<Mapper>(); }
