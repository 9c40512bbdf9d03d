// SPDX-License-Identifier: MIT
#include "freshet/classic/verbs.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/model/record.hpp"

namespace freshet {
namespace {

using ::testing::IsEmpty;

struct Sale : Record {
  std::string item;
  std::int64_t pieces = 0;
  bool paid = false;

  void describe(Describer& d) {
    d.name("sale");
    d.field("item", item);
    d.field("pieces", pieces);
    d.field("paid", paid);
  }
};

Sale sale(std::string item, std::int64_t pieces, bool paid = false) {
  Sale sale;
  sale.item = std::move(item);
  sale.pieces = pieces;
  sale.paid = paid;
  return sale;
}

template <class Key, class Value> using Rows = std::map<Key, std::vector<Value>>;

template <class Key, class Value> Rows<Key, Value> rows_of(const Collection<Key, Value>& collection) {
  Rows<Key, Value> rows;
  collection.for_each([&](const Key& key, const auto& values) { rows[key] = values.to_vector(); });
  return rows;
}

/// What the mapper of a view says about the row of a key; nothing if it is well.
template <class Value> std::string error_of(const Collection<std::string, Value>& view, const std::string& key) {
  const auto errors = view.errors();
  const RowError* error = errors.get(key);
  return error == nullptr ? "" : error->message;
}

using Numbers = Rows<std::string, std::int64_t>;
using Words = Rows<std::string, std::string>;
using Prices = Collection<std::string, std::int64_t>;

class ClassicVerbs : public ::testing::Test {
 protected:
  void set(const std::string& shop, std::vector<Sale> sales) {
    Transaction transaction;
    transaction.set_all(sales_, shop, std::move(sales));
    ASSERT_TRUE(graph_.commit(transaction));
  }
  void set_price(const std::string& item, std::int64_t price) {
    Transaction transaction;
    transaction.set(prices_, item, price);
    ASSERT_TRUE(graph_.commit(transaction));
  }
  std::uint64_t calls() const { return graph_.stats().mapper_calls; }

  Graph graph_;
  Input<std::string, Sale> sales_ = graph_.input<std::string, Sale>("sales");
  Input<std::string, std::int64_t> prices_ = graph_.input<std::string, std::int64_t>("prices");
};

class PiecesMapper final : public OneToOneMapper<std::string, Sale, std::int64_t> {
 public:
  std::optional<std::int64_t> map_value(const Sale& sale) override {
    if (sale.pieces < 0) throw std::domain_error("less than nothing");
    return sale.pieces;
  }
};

class PaidPiecesMapper final : public OneToOneMapper<std::string, Sale, std::int64_t> {
 public:
  std::optional<std::int64_t> map_value(const Sale& sale) override {
    if (!sale.paid) return std::nullopt;
    return sale.pieces;
  }
};

class LabelMapper final : public OneToOneMapper<std::string, Sale, std::string> {
 public:
  LabelMapper(std::string between, std::int64_t factor) : between_(std::move(between)), factor_(factor) {}
  std::optional<std::string> map_value(const Sale& sale) override {
    return key() + between_ + sale.item + " x " + std::to_string(sale.pieces * factor_);
  }

 private:
  std::string between_;
  std::int64_t factor_;
};

class TotalPriceMapper final : public OneToOneMapper<std::string, Sale, std::int64_t> {
 public:
  explicit TotalPriceMapper(Prices prices) : prices_(std::move(prices)) {}
  std::optional<std::int64_t> map_value(const Sale& sale) override {
    const auto* price = prices_.get(sale.item);
    if (price == nullptr) return std::nullopt;
    return sale.pieces * *price;
  }

 private:
  Prices prices_;
};

class BigShopMapper final : public ManyToOneMapper<std::string, Sale, std::string> {
 public:
  explicit BigShopMapper(std::size_t least) : least_(least) {}
  std::optional<std::string> map_values(std::span<const Sale> sales) override {
    if (sales.size() < least_) return std::nullopt;
    return key() + " begins with " + sales.front().item;
  }

 private:
  std::size_t least_;
};

class ByItemMapper final : public OneToManyMapper<std::string, Sale, std::string, std::int64_t> {
 public:
  std::vector<std::pair<std::string, std::int64_t>> map_value(const Sale& sale) override {
    if (!sale.paid) return {{sale.item, sale.pieces}};
    return {{sale.item, sale.pieces}, {"paid in " + key(), sale.pieces}};
  }
};

class AtLeastFilter final : public FilterMapper<std::string, Sale> {
 public:
  explicit AtLeastFilter(std::int64_t least) : least_(least) {}
  bool keep(const Sale& sale) override { return sale.pieces >= least_; }

 private:
  std::int64_t least_;
};

class LongestName final : public Reducer<Sale, std::map<std::size_t, int>, std::int64_t> {
 public:
  void add(State& state, const Sale& sale) override { ++state[sale.item.size()]; }
  void remove(State& state, const Sale& sale) override {
    if (--state[sale.item.size()] == 0) state.erase(sale.item.size());
  }
  std::int64_t result(const State& state) override { return static_cast<std::int64_t>(state.rbegin()->first); }
};

TEST_F(ClassicVerbs, map_one_to_one) {
  set("north", {sale("tea", 3)});
  EXPECT_EQ(rows_of(sales_.map<PiecesMapper>()), (Numbers{{"north", {3}}}));
}

TEST_F(ClassicVerbs, leave_a_row_out_for_an_empty_optional) {
  const auto view = sales_.map<PaidPiecesMapper>();
  set("north", {sale("tea", 3, true), sale("tin", 4)});
  set("south", {sale("tin", 5)});
  EXPECT_EQ(rows_of(view), (Numbers{{"north", {3}}}));
  EXPECT_THAT(rows_of(view.errors()), IsEmpty());
}

TEST_F(ClassicVerbs, contain_what_a_mapper_throws_and_heal) {
  const auto view = sales_.map<PiecesMapper>();
  set("north", {sale("tea", -1)});
  EXPECT_THAT(rows_of(view), IsEmpty());
  EXPECT_EQ(error_of(view, "north"), "less than nothing");
  set("north", {sale("tea", 1)});
  EXPECT_EQ(rows_of(view), (Numbers{{"north", {1}}}));
  EXPECT_THAT(rows_of(view.errors()), IsEmpty());
}

TEST_F(ClassicVerbs, give_the_arguments_to_the_constructor_and_the_key_to_the_mapper) {
  set("north", {sale("tea", 3)});
  EXPECT_EQ(rows_of(sales_.map<LabelMapper>(" sells ", 7)), (Words{{"north", {"north sells tea x 21"}}}));
}

TEST_F(ClassicVerbs, map_many_to_one_by_map_or_reduce) {
  set("north", {sale("tea", 3), sale("tin", 4)});
  set("south", {sale("tin", 5)});
  const auto big = sales_.map<BigShopMapper>(2U);
  EXPECT_EQ(rows_of(big), (Words{{"north", {"north begins with tea"}}}));
  EXPECT_EQ(big, sales_.reduce<BigShopMapper>(2U));
  set("north", {});
  EXPECT_THAT(rows_of(big), IsEmpty());
}

TEST_F(ClassicVerbs, map_one_to_many_by_map_or_flat_map) {
  set("north", {sale("tea", 3, true), sale("tin", 4)});
  set("south", {sale("tin", 5)});
  const auto by_item = sales_.map<ByItemMapper>();
  EXPECT_EQ(rows_of(by_item), (Numbers{{"paid in north", {3}}, {"tea", {3}}, {"tin", {4, 5}}}));
  EXPECT_EQ(by_item, sales_.flat_map<ByItemMapper>());
}

TEST_F(ClassicVerbs, filter_by_map_or_filter) {
  set("north", {sale("tea", 3), sale("tin", 30)});
  const auto many = sales_.filter<AtLeastFilter>(5);
  EXPECT_EQ(rows_of(many.map<PiecesMapper>()), (Numbers{{"north", {30}}}));
  EXPECT_EQ(many, sales_.map<AtLeastFilter>(5));
}

TEST_F(ClassicVerbs, reduce_by_a_class_that_is_told_of_single_rows) {
  const auto longest = sales_.reduce<LongestName>();
  set("north", {sale("tea", 3), sale("biscuit", 4)});
  EXPECT_EQ(rows_of(longest), (Numbers{{"north", {7}}}));
  set("north", {sale("tea", 3)});
  EXPECT_EQ(rows_of(longest), (Numbers{{"north", {3}}}));
  EXPECT_EQ(longest, sales_.reduce<LongestName>());
}

TEST_F(ClassicVerbs, reduce_by_the_reducers_that_come_along) {
  set("north", {sale("tea", 3), sale("tin", 4)});
  EXPECT_EQ(rows_of(sales_.reduce<Count>()), (Numbers{{"north", {2}}}));
  EXPECT_EQ(rows_of(sales_.reduce<SumOf<&Sale::pieces>>()), (Numbers{{"north", {7}}}));
  EXPECT_EQ(rows_of(sales_.reduce<MinOf<&Sale::pieces>>()), (Numbers{{"north", {3}}}));
  EXPECT_EQ(rows_of(sales_.reduce<MaxOf<&Sale::pieces>>()), (Numbers{{"north", {4}}}));
  EXPECT_EQ(rows_of(sales_.reduce<AverageOf<&Sale::pieces>>()), (Rows<std::string, double>{{"north", {3.5}}}));
}

TEST_F(ClassicVerbs, give_one_node_for_the_same_class_with_equal_arguments) {
  EXPECT_EQ(sales_.map<PiecesMapper>(), sales_.map<PiecesMapper>());
  EXPECT_EQ(sales_.map<LabelMapper>("-", 2), sales_.map<LabelMapper>(std::string("-"), 1 + 1));
  EXPECT_EQ(sales_.map<TotalPriceMapper>(prices_), sales_.map<TotalPriceMapper>(static_cast<const Prices&>(prices_)));
  EXPECT_EQ(sales_.reduce<Count>(), sales_.reduce<Count>());
}

TEST_F(ClassicVerbs, give_different_nodes_for_different_classes_arguments_or_sources) {
  EXPECT_FALSE(sales_.map<PiecesMapper>() == sales_.map<PaidPiecesMapper>());
  EXPECT_FALSE(sales_.map<LabelMapper>("-", 2) == sales_.map<LabelMapper>("-", 3));
  EXPECT_FALSE(sales_.map<LabelMapper>("-", 2) == sales_.map<LabelMapper>("+", 2));
  EXPECT_FALSE(sales_.filter<AtLeastFilter>(5).map<PiecesMapper>() == sales_.map<PiecesMapper>());
  const auto other_prices = graph_.input<std::string, std::int64_t>("other prices");
  EXPECT_FALSE(sales_.map<TotalPriceMapper>(prices_) == sales_.map<TotalPriceMapper>(other_prices));
}

TEST_F(ClassicVerbs, call_the_mapper_once_for_equal_views) {
  const auto one = sales_.map<LabelMapper>("-", 2);
  const auto two = sales_.map<LabelMapper>("-", 2);
  set("north", {sale("tea", 3)});
  EXPECT_EQ(calls(), 1U);
  EXPECT_EQ(rows_of(one), rows_of(two));
}

TEST_F(ClassicVerbs, compute_again_only_the_rows_that_read_what_changed) {
  set("east", {sale("tea", 2)});
  set("north", {sale("tea", 3)});
  set("south", {sale("tin", 5)});
  const auto totals = sales_.map<TotalPriceMapper>(prices_);
  EXPECT_THAT(rows_of(totals), IsEmpty());
  auto before = calls();
  set_price("tin", 10);
  EXPECT_EQ(calls() - before, 1U);
  EXPECT_EQ(rows_of(totals), (Numbers{{"south", {50}}}));
  before = calls();
  set_price("tea", 100);
  EXPECT_EQ(calls() - before, 2U);
  EXPECT_EQ(rows_of(totals), (Numbers{{"east", {200}}, {"north", {300}}, {"south", {50}}}));
  before = calls();
  set_price("coffee", 1);
  EXPECT_EQ(calls() - before, 0U);
}

class StealthyMapper final : public OneToOneMapper<std::string, Sale, std::int64_t> {
 public:
  static inline const Prices* prices = nullptr;
  std::optional<std::int64_t> map_value(const Sale& sale) override { return prices->get(sale.item) != nullptr; }
};

TEST_F(ClassicVerbs, refuse_to_read_a_collection_that_is_no_argument) {
  const Prices& prices = prices_;
  StealthyMapper::prices = &prices;
  const auto view = sales_.map<StealthyMapper>();
  set("north", {sale("tea", 3)});
  EXPECT_THAT(rows_of(view), IsEmpty());
  EXPECT_THAT(error_of(view, "north"), ::testing::HasSubstr("not among its arguments"));
}

class FussyMapper final : public OneToOneMapper<std::string, Sale, std::int64_t> {
 public:
  explicit FussyMapper(std::int64_t most) {
    if (most < 0) throw std::invalid_argument("less than nothing is not to be had");
  }
  std::optional<std::int64_t> map_value(const Sale& sale) override { return sale.pieces; }
};

TEST_F(ClassicVerbs, contain_what_a_constructor_throws) {
  set("north", {sale("tea", 3)});
  const auto view = sales_.map<FussyMapper>(-1);
  EXPECT_THAT(rows_of(view), IsEmpty());
  EXPECT_EQ(error_of(view, "north"), "less than nothing is not to be had");
}

}  // namespace
}  // namespace freshet
