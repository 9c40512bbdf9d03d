// SPDX-License-Identifier: MIT
#include "freshet/model/type.hpp"

#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/model/value.hpp"

namespace freshet {
namespace {

enum class Level : std::uint8_t { low = 1, high = 200 };
constexpr auto describe(of<Level>) { return enumeration<Level::low, Level::high>("level"); }

// [type]
/// An ordinary function over types: counts the numbers in anything.
std::size_t count_numbers(const Type& type, const void* object) {
  std::size_t count = 0;
  switch (type.kind()) {
    case Kind::integer:
    case Kind::real:
      return 1;
    case Kind::optional:
      if (const void* content = type.inspect(object)) count = count_numbers(type.element(), content);
      return count;
    case Kind::list:
      for (std::size_t i = 0; i < type.list_size(object); ++i) {
        count += count_numbers(type.element(), type.list_at(object, i));
      }
      return count;
    case Kind::map:
      type.map_visit(object, [&](const void*, const void* value) {
        count += count_numbers(type.element(), value);
        return true;
      });
      return count;
    default:
      return 0;
  }
}

TEST(Type, reads_any_object_by_its_address) {
  const std::map<std::string, std::vector<std::optional<int>>> numbers{{"a", {1, std::nullopt, 3}}, {"b", {4}}};
  EXPECT_EQ(count_numbers(type_of<std::remove_cv_t<decltype(numbers)>>(), &numbers), 3U);
}
// [type]

TEST(Type, is_one_object_for_each_type) {
  EXPECT_EQ(&type_of<std::vector<int>>(), &type_of<std::vector<int>>());
  EXPECT_FALSE(type_of<int>() == type_of<unsigned>());
  EXPECT_EQ(&type_of<std::vector<int>>().element(), &type_of<int>());
}

TEST(Type, has_a_name_for_humans) {
  EXPECT_EQ(type_of<std::int32_t>().name(), "int32");
  EXPECT_EQ(type_of<std::uint8_t>().name(), "uint8");
  EXPECT_EQ((type_of<std::map<Level, std::optional<double>>>().name()), "map of level to optional number");
  EXPECT_EQ(type_of<std::deque<Timestamp>>().name(), "list of timestamp");
  EXPECT_EQ(type_of<Value>().name(), "value");
}

template <class Integer> class TypeOfInteger : public testing::Test {};
using Integers = testing::Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, long long, std::uint8_t,
                                std::uint16_t, std::uint32_t, std::uint64_t, unsigned long long>;
TYPED_TEST_SUITE(TypeOfInteger, Integers);

TYPED_TEST(TypeOfInteger, holds_exactly_what_fits) {
  using Limits = std::numeric_limits<TypeParam>;
  const Type& type = type_of<TypeParam>();
  TypeParam number = 42;
  EXPECT_EQ(type.is_signed(), Limits::is_signed);
  EXPECT_EQ(type.integer_max(), static_cast<std::uint64_t>(Limits::max()));
  EXPECT_EQ(type.integer_min(), static_cast<std::int64_t>(Limits::min()));
  EXPECT_TRUE(type.write_unsigned(&number, Limits::max()));
  EXPECT_EQ(number, Limits::max());
  EXPECT_TRUE(type.write_signed(&number, static_cast<std::int64_t>(Limits::min())));
  EXPECT_EQ(number, Limits::min());
  if (sizeof(TypeParam) < 8) {
    EXPECT_FALSE(type.write_signed(&number, static_cast<std::int64_t>(Limits::max()) + 1));
    EXPECT_FALSE(type.write_signed(&number, static_cast<std::int64_t>(Limits::min()) - 1));
  } else if (Limits::is_signed) {
    EXPECT_FALSE(type.write_unsigned(&number, std::uint64_t{1} << 63U));
  } else {
    EXPECT_FALSE(type.write_signed(&number, -1));
  }
  EXPECT_EQ(number, Limits::min()) << "a number that does not fit changes nothing";
}

TYPED_TEST(TypeOfInteger, reads_back_what_it_wrote) {
  const Type& type = type_of<TypeParam>();
  for (const TypeParam number :
       {std::numeric_limits<TypeParam>::min(), TypeParam{0}, TypeParam{1}, std::numeric_limits<TypeParam>::max()}) {
    if (type.is_signed()) {
      EXPECT_EQ(type.read_signed(&number), static_cast<std::int64_t>(number));
    } else {
      EXPECT_EQ(type.read_unsigned(&number), static_cast<std::uint64_t>(number));
    }
    TypeParam back = 7;
    EXPECT_TRUE(type.read_key_text(&back, type.key_text(&number)));
    EXPECT_EQ(back, number);
  }
}

TEST(Type, reads_keys_in_one_spelling_only) {
  int number = 5;
  for (const char* text : {"", "+7", "07", "-0", "-07", "7 ", " 7", "0x7", "7.0", "1e3", "-", "99999999999", "seven"}) {
    EXPECT_FALSE(type_of<int>().read_key_text(&number, text)) << text;
  }
  EXPECT_EQ(number, 5);
  EXPECT_TRUE(type_of<int>().read_key_text(&number, "-12"));
  EXPECT_EQ(number, -12);
  Level level = Level::low;
  EXPECT_TRUE(type_of<Level>().read_key_text(&level, "high"));
  EXPECT_EQ(type_of<Level>().key_text(&level), "high");
  bool flag = false;
  EXPECT_TRUE(type_of<bool>().read_key_text(&flag, "true"));
  EXPECT_FALSE(type_of<bool>().read_key_text(&flag, "1"));
  EXPECT_TRUE(flag);
}

TEST(Type, does_not_let_a_float_overflow) {
  float number = 1;
  EXPECT_FALSE(type_of<float>().write_real(&number, 1e300));
  EXPECT_EQ(number, 1);
  EXPECT_TRUE(type_of<float>().write_real(&number, 0.5));
  EXPECT_EQ(type_of<float>().read_real(&number), 0.5);
  EXPECT_TRUE(type_of<float>().write_real(&number, std::numeric_limits<double>::infinity()));
}

TEST(Type, fills_and_empties_an_optional) {
  std::optional<std::string> text;
  const Type& type = type_of<decltype(text)>();
  EXPECT_EQ(type.inspect(&text), nullptr);
  type.element().as_string(type.emplace(&text)) = "here";
  EXPECT_EQ(text, "here");
  EXPECT_EQ(type.inspect(&text), &*text);
  type.reset(&text);
  EXPECT_FALSE(text.has_value());
}

TEST(Type, appends_to_a_list_in_place) {
  std::vector<std::string> texts{"old"};
  const Type& type = type_of<decltype(texts)>();
  type.list_clear(&texts);
  type.element().as_string(type.list_append(&texts)) = "new";
  EXPECT_EQ(texts, std::vector<std::string>{"new"});
  EXPECT_EQ(type.list_at(&texts, 0), &texts[0]);
}

TEST(Type, inserts_into_a_map_once_per_key_and_visits_in_order) {
  std::map<int, double> numbers;
  const Type& type = type_of<decltype(numbers)>();
  for (const int key : {30, 10, 20}) *static_cast<double*>(type.map_insert(&numbers, &key)) = key / 10;
  const int again = 10;
  EXPECT_EQ(type.map_insert(&numbers, &again), nullptr);
  std::string seen;
  EXPECT_FALSE(type.map_visit(&numbers, [&](const void* key, const void*) {
    seen += type.key().key_text(key) + " ";
    return seen.size() < 6;
  }));
  EXPECT_EQ(seen, "10 20 ");
  type.map_clear(&numbers);
  EXPECT_EQ(type.map_size(&numbers), 0U);
}

TEST(Type, treats_an_id_as_what_it_is_made_of) {
  using NodeId = Id<struct NodeTag, std::uint32_t>;
  NodeId id;
  EXPECT_EQ(type_of<NodeId>().kind(), Kind::integer);
  EXPECT_TRUE(type_of<NodeId>().write_unsigned(&id, 7));
  EXPECT_EQ(id, NodeId(7));
}

TEST(Type, knows_times_and_dynamic_values) {
  Timestamp time;
  type_of<Timestamp>().write_timestamp(&time, Timestamp(std::chrono::seconds(5)));
  EXPECT_EQ(type_of<Timestamp>().read_timestamp(&time), time);
  Value value;
  type_of<Value>().as_value(&value) = 7;
  EXPECT_EQ(value, Value(7));
}

TEST(TypeDeathTest, refuses_operations_of_another_kind) {
  int number = 0;
  EXPECT_DEATH(type_of<int>().as_string(&number), "assertion failed: kind\\(\\) == Kind::string");
  const std::vector<int> list;
  EXPECT_DEATH(type_of<std::vector<int>>().list_at(&list, 0), "with 0 < 0");
  EXPECT_DEATH((void)type_of<int>().element(), "assertion failed");
}

}  // namespace
}  // namespace freshet
