// SPDX-License-Identifier: MIT
#include "freshet/model/describe.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// [describe]
namespace weather {

struct Range {
  double low = 0;
  double high = 100;
};
constexpr auto describe(freshet::of<Range>) {
  return freshet::model("range", freshet::field<&Range::low>(), freshet::field<&Range::high>());
}

enum class Level : std::uint8_t { normal, low, high };
constexpr auto describe(freshet::of<Level>) {
  return freshet::enumeration<Level::normal, Level::low, Level::high>("level");
}

struct Reading {
  std::string sensor;
  std::string place = "office";
  double celsius{};
  std::optional<std::string> note;
  std::vector<Range> limits;
  std::map<Level, int> counts;
  Level level{};
  freshet::Timestamp at{};
};
constexpr auto describe(freshet::of<Reading>) {
  return freshet::model(
      "readings", freshet::doc("What a sensor saw."), freshet::key<&Reading::sensor>(freshet::length(1, 8)),
      freshet::field<&Reading::place>(freshet::optional),
      freshet::field<&Reading::celsius>(freshet::range(-50, 150), freshet::doc("In degrees Celsius.")),
      freshet::field<&Reading::note>(freshet::length(0, 100)), freshet::field<&Reading::limits>(),
      freshet::field<&Reading::counts>(), freshet::field<&Reading::level>(freshet::renamed("state")),
      freshet::field<&Reading::at>());
}

}  // namespace weather
// [describe]

namespace freshet {
namespace {

using weather::Reading;

TEST(Describe, takes_names_from_the_members_in_the_order_listed) {
  std::vector<std::string> names;
  for (const Field& field : schema_of<Reading>().fields) names.push_back(field.name);
  EXPECT_EQ(names, (std::vector<std::string>{"sensor", "place", "celsius", "note", "limits", "counts", "state", "at"}));
  EXPECT_EQ(schema_of<Reading>().name, "readings");
  EXPECT_EQ(schema_of<Reading>().doc, "What a sensor saw.");
}

TEST(Describe, knows_where_each_member_lies_and_of_what_type_it_is) {
  Reading reading;
  const Field& celsius = *schema_of<Reading>().find("celsius");
  EXPECT_EQ(celsius.in(&reading), &reading.celsius);
  EXPECT_EQ(*celsius.type, type_of<double>());
  EXPECT_EQ(schema_of<Reading>().find("limits")->type->name(), "list of range");
  EXPECT_EQ(schema_of<Reading>().find("counts")->type->name(), "map of level to int32");
  EXPECT_EQ(schema_of<Reading>().find("at")->type->kind(), Kind::timestamp);
  EXPECT_EQ(schema_of<Reading>().find("no such field"), nullptr);
}

TEST(Describe, tells_keys_from_fields_and_required_from_optional) {
  const Schema& schema = schema_of<Reading>();
  EXPECT_TRUE(schema.find("sensor")->is_key);
  EXPECT_FALSE(schema.find("place")->is_key);
  EXPECT_TRUE(schema.find("celsius")->is_required);
  EXPECT_FALSE(schema.find("place")->is_required);
  EXPECT_FALSE(schema.find("note")->is_required) << "a std::optional is optional by itself";
}

TEST(Describe, keeps_checks_and_documentation) {
  const Field& celsius = *schema_of<Reading>().find("celsius");
  EXPECT_EQ(celsius.checks.minimum, -50);
  EXPECT_EQ(celsius.checks.maximum, 150);
  EXPECT_FALSE(celsius.checks.has_length());
  EXPECT_EQ(celsius.doc, "In degrees Celsius.");
  EXPECT_EQ(schema_of<Reading>().find("sensor")->checks.length_max, 8U);
  EXPECT_FALSE(schema_of<Reading>().find("place")->checks.has_range());
}

TEST(Describe, takes_defaults_from_the_member_initialisers) {
  const Schema& schema = schema_of<Reading>();
  const Field& place = *schema.find("place");
  EXPECT_EQ(place.type->as_string(schema.default_of(place)), "office");
}

struct MonitorParams {
  double threshold = 30;
};
constexpr auto describe(of<MonitorParams>) {
  return model("monitor_params", field<&MonitorParams::threshold>(freshet::optional, range(0, 100)));
}
struct NoParams {};
constexpr auto describe(of<NoParams>) { return model("no_params"); }

TEST(Describe, serves_parameters_with_defaults_and_none_at_all) {
  const Schema& schema = schema_of<MonitorParams>();
  EXPECT_EQ(type_of<double>().read_real(schema.default_of(schema.fields.at(0))), 30);
  EXPECT_TRUE(schema_of<NoParams>().fields.empty());
  EXPECT_TRUE(equal(NoParams{}, NoParams{}));
}

struct Tree {
  std::string name;
  std::vector<Tree> branches;
};
constexpr auto describe(of<Tree>) { return model("tree", field<&Tree::name>(), field<&Tree::branches>()); }

TEST(Describe, allows_a_struct_to_hold_a_list_of_itself) {
  const Tree tree{"a", {{"b", {}}, {"c", {}}}};
  Tree other = tree;
  EXPECT_TRUE(equal(tree, other));
  other.branches[1].name = "d";
  EXPECT_FALSE(equal(tree, other));
  EXPECT_EQ(schema_of<Tree>().find("branches")->type->element(), type_of<Tree>());
}

struct Animal {
  std::string name;
  int legs = 4;
};
struct Dog : Animal {
  bool barks = true;
};
constexpr auto describe(of<Dog>) { return model("dog", key<&Dog::name>(), field<&Dog::legs>(), field<&Dog::barks>()); }

TEST(Describe, lists_the_members_of_a_base_like_its_own) {
  Dog dog;
  dog.legs = 3;
  EXPECT_EQ(schema_of<Dog>().find("legs")->in(&dog), &dog.legs);
  EXPECT_FALSE(equal(dog, Dog{}));
}

struct Cached {
  std::string text;
  std::array<int, 4> buckets{};
  int slots[2][3]{};
  void* pointer = nullptr;
};
constexpr auto describe(of<Cached>) {
  return model("cached", field<&Cached::text>(), ignored<&Cached::buckets>(), ignored<&Cached::slots>(),
               ignored<&Cached::pointer>());
}

TEST(Describe, leaves_an_ignored_member_out_of_schema_and_comparison) {
  Cached cached;
  cached.slots[1][2] = 7;
  EXPECT_TRUE(equal(cached, Cached{}));
  EXPECT_EQ(schema_of<Cached>().fields.size(), 1U);
}

class Sealed {
 public:
  Sealed() = default;
  explicit Sealed(int number) : number_(number) {}
  friend constexpr auto describe(of<Sealed>) {
    return model("sealed", field<&Sealed::number_>(renamed("number")), field<&Sealed::text_>(renamed("text")));
  }

 private:
  int number_ = 0;
  std::string text_;
};

TEST(Describe, reaches_private_members_from_a_friend) {
  EXPECT_EQ(schema_of<Sealed>().fields.at(0).name, "number");
  EXPECT_FALSE(equal(Sealed(1), Sealed(2)));
}

// The compiler says "Freshet: describe(of<T>) forgets a member"; here is the question it asks.
template <class T, auto... Members>
constexpr bool kListsAll = detail::lists_all_members<T, detail::FieldDescription<Members>...>();

TEST(Describe, notices_each_forgotten_member) {
  using weather::Range;
  static_assert(kListsAll<Range, &Range::low, &Range::high>);
  static_assert(!kListsAll<Range, &Range::low>);
  static_assert(!kListsAll<Range, &Range::high>);
  static_assert(!kListsAll<Tree, &Tree::name>);
  static_assert(!kListsAll<Reading, &Reading::sensor, &Reading::place, &Reading::celsius, &Reading::note,
                           &Reading::limits, &Reading::counts, &Reading::level>);
  static_assert(!kListsAll<MonitorParams>);
  static_assert(kListsAll<NoParams>);
}

TEST(Describe, notices_a_forgotten_member_beside_bases_and_arrays) {
  static_assert(!kListsAll<Dog, &Dog::name, &Dog::legs>);
  static_assert(!kListsAll<Animal, &Dog::name>);
  static_assert(kListsAll<Dog, &Dog::name, &Dog::legs, &Dog::barks>);
  static_assert(kListsAll<Cached, &Cached::text, &Cached::buckets, &Cached::slots, &Cached::pointer>);
  static_assert(!kListsAll<Cached, &Cached::text, &Cached::slots, &Cached::pointer>);
  static_assert(!kListsAll<Cached, &Cached::text, &Cached::buckets, &Cached::pointer>);
}

struct Puppy : Animal {
  int weeks = 0;
};
constexpr auto describe(of<Puppy>) { return model("puppy", field<&Puppy::weeks>()); }

TEST(Describe, notices_a_base_that_is_left_out_when_the_schema_is_built) {
  const auto checked = check_description<Puppy>();
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().primary, testing::StartsWith("Freshet: the description of puppy leaves out a member"));
}

class Hidden {
 public:
  friend constexpr auto describe(of<Hidden>) { return model("hidden", field<&Hidden::number_>()); }

 private:
  int number_ = 0;
  std::string text_;
};

TEST(Describe, notices_a_private_member_that_is_left_out_by_the_room_it_takes) {
  const auto checked = check_description<Hidden>();
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().primary, testing::HasSubstr("leaves out a member"));
}

struct TooCold {
  double celsius = -300;
};
constexpr auto describe(of<TooCold>) {
  return model("too_cold", field<&TooCold::celsius>(optional, at_least(-273.15)));
}

TEST(Describe, refuses_a_default_that_fails_its_own_check) {
  const auto checked = check_description<TooCold>();
  ASSERT_FALSE(checked);
  EXPECT_EQ(to_string(checked.error()),
            "Freshet: the description of too_cold lets celsius be absent, but its default value fails its own check; "
            "hint: must be at least -273.15 (got -300)");
}

struct Outer {
  std::vector<TooCold> inner;
};
constexpr auto describe(of<Outer>) { return model("outer", field<&Outer::inner>()); }

TEST(Describe, checks_the_descriptions_inside_a_description) {
  EXPECT_FALSE(check_description<Outer>());
  EXPECT_TRUE(check_description<Reading>());
  EXPECT_TRUE(check_description<Tree>());
}

}  // namespace
}  // namespace freshet
