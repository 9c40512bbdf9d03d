// SPDX-License-Identifier: MIT
#include "freshet/model/compare.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/base/ids.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/record.hpp"
#include "freshet/model/value.hpp"

namespace freshet {
namespace {

using Random = std::mt19937_64;

enum class Level { low, high };

struct Range {
  double low = 0;
  std::optional<int> high;
};
constexpr auto describe(of<Range>) { return model("range", field<&Range::low>(), field<&Range::high>()); }

struct Row {
  std::string name;
  std::vector<Range> ranges;
  std::map<int, double> by_floor;
  std::pair<int, bool> pair;
  Level level{};
};
constexpr auto describe(of<Row>) {
  return model("row", key<&Row::name>(), field<&Row::ranges>(), field<&Row::by_floor>(), ignored<&Row::pair>(),
               ignored<&Row::level>());
}

struct Entry : Record {
  int number = 0;
  double real = 0;
  void describe(Describer& d) {
    d.name("entry");
    d.key("number", number);
    d.field("real", real);
  }
};

// Few distinct values, so that equal ones are frequent.
void fill(int& value, Random& random) { value = static_cast<int>(random() % 3) - 1; }
void fill(std::uint64_t& value, Random& random) { value = random() % 3; }
void fill(bool& value, Random& random) { value = random() % 2 == 0; }
void fill(Level& value, Random& random) { value = random() % 2 == 0 ? Level::low : Level::high; }
void fill(double& value, Random& random) {
  const double values[] = {0.0, -0.0, 1.5, std::nan(""), -std::nan("1"), std::numeric_limits<double>::infinity()};
  value = values[random() % 6];
}
void fill(std::string& value, Random& random) { value = std::string(random() % 3, "ab"[random() % 2]); }
void fill(Value& value, Random& random) {
  const Value values[] = {nullptr, true, 0, 7U, 0.0, std::nan(""), "", "a", Value::List{1}, Value::Object{{"a", 1}}};
  value = values[random() % 10];
}
template <class T> void fill(std::optional<T>& value, Random& random) {
  value.reset();
  if (random() % 3 != 0) fill(value.emplace(), random);
}
template <class T> void fill(std::vector<T>& value, Random& random) {
  value.clear();
  for (auto count = random() % 3; count > 0; --count) fill(value.emplace_back(), random);
}
template <class K, class V> void fill(std::map<K, V>& value, Random& random) {
  value.clear();
  for (auto count = random() % 3; count > 0; --count) {
    K key{};
    fill(key, random);
    fill(value[key], random);
  }
}
template <class A, class B> void fill(std::pair<A, B>& value, Random& random) {
  fill(value.first, random);
  fill(value.second, random);
}
void fill(std::tuple<int, std::string>& value, Random& random) {
  fill(std::get<0>(value), random);
  fill(std::get<1>(value), random);
}
void fill(std::array<double, 2>& value, Random& random) {
  for (double& element : value) fill(element, random);
}
void fill(Id<Level>& value, Random& random) { value = Id<Level>(random() % 3); }
void fill(Range& value, Random& random) {
  fill(value.low, random);
  fill(value.high, random);
}
void fill(Row& value, Random& random) {
  fill(value.name, random);
  fill(value.ranges, random);
  fill(value.by_floor, random);
}
void fill(Entry& value, Random& random) {
  fill(value.number, random);
  fill(value.real, random);
}

template <class T> class CompareLaws : public testing::Test {};
using Compared =
    testing::Types<int, std::uint64_t, bool, Level, double, std::string, Value, std::optional<double>,
                   std::vector<double>, std::map<std::string, std::vector<double>>, std::pair<double, std::string>,
                   std::tuple<int, std::string>, std::array<double, 2>, Id<Level>, Range, Row, Entry>;
TYPED_TEST_SUITE(CompareLaws, Compared);

TYPED_TEST(CompareLaws, hold_for_random_values) {
  Random random(20240601);
  int equal_count = 0;
  for (int round = 0; round < 3000; ++round) {
    TypeParam a{}, b{}, c{};
    fill(a, random);
    fill(b, random);
    fill(c, random);
    ASSERT_TRUE(equal(a, a));
    ASSERT_TRUE(equal(a, TypeParam(a)));
    ASSERT_EQ(equal(a, b), equal(b, a));
    ASSERT_EQ(equal(a, b), compare(a, b) == 0);
    ASSERT_EQ(compare(a, b) < 0, compare(b, a) > 0);
    if (compare(a, b) <= 0 && compare(b, c) <= 0) {
      ASSERT_TRUE(compare(a, c) <= 0);
    }
    if (equal(a, b)) {
      ++equal_count;
      ASSERT_EQ(hash_of(a), hash_of(b));
      ASSERT_EQ(equal(b, c), equal(a, c));
    }
  }
  EXPECT_GT(equal_count, 10) << "the values must be equal now and then";
}

TEST(Compare, takes_nan_for_itself_and_sorts_it_last) {
  const double nan = std::nan("");
  EXPECT_TRUE(equal(nan, -nan));
  EXPECT_TRUE(compare(std::numeric_limits<double>::infinity(), nan) < 0);
  EXPECT_EQ(hash_of(nan), hash_of(-nan));
  EXPECT_EQ(hash_of(0.0), hash_of(-0.0));
  EXPECT_TRUE(equal(std::vector<double>{nan}, std::vector<double>{nan}));
  EXPECT_TRUE(equal(Range{nan, {}}, Range{nan, {}}));
}

TEST(Compare, orders_lists_by_element_and_then_by_length) {
  EXPECT_TRUE(compare(std::vector<int>{1, 2}, std::vector<int>{1, 3}) < 0);
  EXPECT_TRUE(compare(std::vector<int>{1}, std::vector<int>{1, 0}) < 0);
  EXPECT_TRUE(compare(std::vector<int>{2}, std::vector<int>{1, 9}) > 0);
  EXPECT_TRUE(compare(std::optional<int>(), std::optional<int>(-5)) < 0);
}

TEST(Compare, orders_a_struct_by_its_members_as_listed) {
  EXPECT_TRUE(compare(Range{1, 9}, Range{2, 0}) < 0);
  EXPECT_TRUE(compare(Range{1, 9}, Range{1, 0}) > 0);
}

struct Folded {
  std::string text;
  friend bool operator==(const Folded& left, const Folded& right) { return left.text.size() == right.text.size(); }
  friend std::weak_ordering operator<=>(const Folded& left, const Folded& right) {
    return left.text.size() <=> right.text.size();
  }
};
constexpr auto describe(of<Folded>) { return model("folded", field<&Folded::text>()); }

TEST(Compare, lets_a_types_own_comparison_win) {
  EXPECT_TRUE(equal(Folded{"a"}, Folded{"b"}));
  EXPECT_TRUE(compare(Folded{"a"}, Folded{"b"}) == 0);
  EXPECT_TRUE(compare(Folded{"a"}, Folded{"bb"}) < 0);
  EXPECT_EQ(schema_of<Folded>().fields.size(), 1U);
}

struct OldFashioned {
  int number;
  bool operator<(const OldFashioned& other) const { return number < other.number; }
};

TEST(Compare, orders_by_less_where_there_is_nothing_newer) {
  EXPECT_TRUE(compare(OldFashioned{1}, OldFashioned{2}) < 0);
  EXPECT_TRUE(compare(OldFashioned{2}, OldFashioned{1}) > 0);
  EXPECT_TRUE(compare(OldFashioned{1}, OldFashioned{1}) == 0);
}

TEST(Compare, knows_times_and_durations) {
  using namespace std::chrono_literals;
  EXPECT_EQ(hash_of(Timestamp(5s)), hash_of(Timestamp(5000ms)));
  EXPECT_TRUE(equal(5s, 5s));
  EXPECT_NE(hash_of(5s), hash_of(6s));
  EXPECT_TRUE(compare(Timestamp(1s), Timestamp(2s)) < 0);
}

TEST(Compare, serves_containers_as_function_objects) {
  std::set<Range, Less> ordered{{2, {}}, {1, {}}, {1, {}}};
  EXPECT_EQ(ordered.size(), 2U);
  EXPECT_EQ(ordered.begin()->low, 1);
  std::unordered_set<Range, Hash, Equal> hashed{{2, {}}, {1, {}}, {1, {}}};
  EXPECT_EQ(hashed.size(), 2U);
}

TEST(Compare, is_a_constant_expression_for_plain_structs) {
  static_assert(equal(Range{1, 2}, Range{1, 2}));
  static_assert(compare(Range{1, 2}, Range{1, 3}) < 0);
  static_assert(hash_of(Range{1, 2}) == hash_of(Range{1, 2}));
}

TEST(Hash, spreads_neighbouring_numbers) {
  std::set<std::size_t> low_bits;
  for (int i = 0; i < 256; ++i) low_bits.insert(hash_of(i) & 0xFFFFU);
  EXPECT_GT(low_bits.size(), 250U);
}

TEST(Hash, depends_on_the_order_of_elements) {
  EXPECT_NE(hash_of(std::vector<int>{1, 2}), hash_of(std::vector<int>{2, 1}));
  EXPECT_NE(hash_of(std::vector<int>{}), hash_of(std::vector<int>{0}));
  EXPECT_NE((hash_of(std::pair<int, int>{1, 2})), (hash_of(std::pair<int, int>{2, 1})));
}

}  // namespace
}  // namespace freshet
