// SPDX-License-Identifier: MIT
#include "freshet/model/json_schema.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"

namespace freshet {
namespace {

using Object = Value::Object;
using List = Value::List;

enum class Level { normal, high };
constexpr auto describe(of<Level>) { return enumeration<Level::normal, Level::high>("level"); }

struct Range {
  double low = 0;
  double high = 100;
};
constexpr auto describe(of<Range>) {
  return model("range", field<&Range::low>(optional), field<&Range::high>(optional, at_most(100)));
}

struct Lax {
  double high = 100;
};
constexpr auto describe(of<Lax>) { return model("range", field<&Lax::high>()); }

struct Reading {
  std::string sensor;
  std::optional<double> celsius;
  std::uint8_t percent = 50;
  Range range;
  std::vector<Level> levels;
  std::map<int, Lax> by_floor;
  Timestamp at{};
  Value anything;
  std::vector<Reading> history;
};
constexpr auto describe(of<Reading>) {
  return model("readings", doc("What a sensor saw."), key<&Reading::sensor>(length(1, 8), doc("Its name.")),
               field<&Reading::celsius>(range(-50, 150)), field<&Reading::percent>(optional, at_most(100)),
               field<&Reading::range>(optional), field<&Reading::levels>(length(0, 3)), field<&Reading::by_floor>(),
               field<&Reading::at>(optional), field<&Reading::anything>(), field<&Reading::history>());
}

const Value& property(const Value& schema, std::string_view name) { return *schema.find("properties")->find(name); }

// [json_schema]
struct MonitorParams {
  double threshold = 30;
};
constexpr auto describe(of<MonitorParams>) {
  return model("monitor_params",
               field<&MonitorParams::threshold>(optional, range(0, 100), doc("Degrees above which it is too hot.")));
}

TEST(JsonSchema, shows_parameters_with_their_defaults) {
  const Value expected =
      Object{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
             {"title", "monitor_params"},
             {"type", "object"},
             {"additionalProperties", false},
             {"properties", Object{{"threshold", Object{{"type", "number"},
                                                        {"minimum", 0},
                                                        {"maximum", 100},
                                                        {"default", 30.0},
                                                        {"description", "Degrees above which it is too hot."}}}}}};
  EXPECT_EQ(json_schema_of<MonitorParams>(), expected);
}
// [json_schema]

TEST(JsonSchema, tells_required_fields_and_keys) {
  const Value schema = json_schema_of<Reading>();
  EXPECT_EQ(*schema.find("required"), Value(List{"sensor", "levels", "by_floor", "anything", "history"}));
  EXPECT_EQ(*schema.find("x-freshet-key"), Value(List{"sensor"}));
  EXPECT_EQ(*schema.find("description"), Value("What a sensor saw."));
}

TEST(JsonSchema, writes_each_kind_with_its_checks) {
  const Value schema = json_schema_of<Reading>();
  EXPECT_EQ(property(schema, "sensor"),
            Value(Object{{"type", "string"}, {"minLength", 1}, {"maxLength", 8}, {"description", "Its name."}}));
  EXPECT_EQ(property(schema, "celsius"),
            Value(Object{{"anyOf", List{Object{{"type", "number"}, {"minimum", -50}, {"maximum", 150}},
                                        Object{{"type", "null"}}}},
                         {"default", nullptr}}));
  EXPECT_EQ(property(schema, "percent"),
            Value(Object{{"type", "integer"}, {"format", "uint8"}, {"minimum", 0}, {"maximum", 100}, {"default", 50}}));
  EXPECT_EQ(property(schema, "levels"),
            Value(Object{{"type", "array"},
                         {"items", Object{{"type", "string"}, {"enum", List{"normal", "high"}}}},
                         {"maxItems", 3}}));
  EXPECT_EQ(property(schema, "at"), Value(Object{{"type", "string"}, {"format", "date-time"}}));
  EXPECT_EQ(property(schema, "anything"), Value(Object()));
}

TEST(JsonSchema, refers_to_structs_by_the_name_of_their_model) {
  const Value schema = json_schema_of<Reading>();
  EXPECT_EQ(property(schema, "range"),
            Value(Object{{"$ref", "#/$defs/range"}, {"default", Object{{"low", 0.0}, {"high", 100.0}}}}));
  EXPECT_EQ(property(schema, "by_floor"), Value(Object{{"type", "object"},
                                                       {"additionalProperties", Object{{"$ref", "#/$defs/range_2"}}},
                                                       {"propertyNames", Object{{"pattern", "^(0|-?[1-9][0-9]*)$"}}}}));
  EXPECT_EQ(property(schema, "history"), Value(Object{{"type", "array"}, {"items", Object{{"$ref", "#"}}}}));
  EXPECT_EQ(schema.find("$defs")->if_object()->size(), 2U);
}

TEST(JsonSchema, describes_what_is_no_struct) {
  EXPECT_EQ(*json_schema_of<std::vector<std::uint64_t>>().find("items")->find("maximum"),
            Value(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(*json_schema_of<bool>().find("type"), Value("boolean"));
  const Value by_level = json_schema_of<std::map<Level, std::string>>();
  EXPECT_EQ(*by_level.find("propertyNames")->find("enum"), Value(List{"normal", "high"}));
}

}  // namespace
}  // namespace freshet
