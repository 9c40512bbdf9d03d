// expect: Freshet: on_time<Mapper>\(\) and keep_for<Mapper>\(\) take a class that derives publicly from EventTimeMapper
// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>

#include "freshet/classic/verbs.hpp"

class Double final : public freshet::OneToOneMapper<int, std::int64_t, std::int64_t> {
 public:
  std::optional<std::int64_t> map_value(const std::int64_t& value) override { return value * 2; }
};

void use(const freshet::Collection<int, std::int64_t>& numbers) { const auto timely = numbers.on_time<Double>(); }
