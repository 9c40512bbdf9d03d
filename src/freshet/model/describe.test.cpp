// SPDX-License-Identifier: MIT
#include "freshet/model/describe.hpp"

#include <optional>
#include <map>

#include <gtest/gtest.h>

#include "freshet/model/record.hpp"
#include "freshet/model/validate.hpp"

namespace freshet::test_describe {

struct Range { double low = 0, high = 100; };
constexpr auto describe(of<Range>) { return model("range", field<&Range::low>(at_least(0)), field<&Range::high>()); }
enum class Level : std::uint8_t { normal, low, high };
constexpr auto describe(of<Level>) { return enumeration<Level::normal, Level::low, Level::high>("level"); }
struct Reading {
  std::string sensor, place;
  double celsius = 20;
  std::optional<std::string> note;
  std::vector<Range> limits;
  std::map<Level, int> counts;
  Level level{};
};
constexpr auto describe(of<Reading>) {
  return model("readings", doc("What a sensor saw."), key<&Reading::sensor>(length(1, 8)), field<&Reading::place>(optional),
               field<&Reading::celsius>(range(-50, 150), doc("x")), field<&Reading::note>(), field<&Reading::limits>(),
               field<&Reading::counts>(), field<&Reading::level>(renamed("state")));
}
struct R2 : Record { std::string a; double b = 2; void describe(Describer& d) { d.name("r2"); d.key("a", a); d.field("b", b).range(0, 5); } };

TEST(Describe, works) {
  const Schema& s = schema_of<Reading>();
  EXPECT_EQ(s.fields.size(), 7U);
  Reading a, b;
  a.sensor = b.sensor = "s";
  EXPECT_TRUE(equal(a, b));
  EXPECT_EQ(hash_of(a), hash_of(b));
  a.limits.push_back({-1, 2});
  EXPECT_FALSE(equal(a, b));
  EXPECT_EQ(to_string(validate(a).error()), "$.limits[0].low: must be at least 0 (got -1)");
  EXPECT_EQ(schema_of<R2>().fields.size(), 2U);
  EXPECT_TRUE(equal(R2{}, R2{}));
  R2 r; r.b = 3;
  EXPECT_FALSE(equal(r, R2{}));
}
}  // namespace freshet::test_describe
