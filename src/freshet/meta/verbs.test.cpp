// SPDX-License-Identifier: MIT
#include "freshet/meta/verbs.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

using ::testing::IsEmpty;

struct Sale {
  std::string item;
  std::int64_t pieces{};
  bool paid{};

  std::int64_t dozens() const { return pieces / 12; }
  bool operator==(const Sale&) const = default;
};

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

class MetaVerbs : public ::testing::Test {
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

std::int64_t pieces_of(const Sale& sale) { return sale.pieces; }
std::int64_t pieces_quietly(const Sale& sale) noexcept { return sale.pieces; }
std::string label_of(const std::string& shop, const Sale& sale) { return shop + "/" + sale.item; }
std::int64_t times(const Sale& sale, std::int64_t factor) { return sale.pieces * factor; }
std::string join(const std::string& shop, const Sale& sale, std::string_view between, std::string_view after) {
  return shop + std::string(between) + sale.item + std::string(after);
}
std::optional<std::int64_t> paid_pieces(const Sale& sale) {
  if (!sale.paid) return std::nullopt;
  return sale.pieces;
}
Result<std::int64_t> pieces_if_any(const Sale& sale) {
  if (sale.pieces < 0) return fail(ErrorCode::out_of_range, "less than nothing");
  return sale.pieces;
}
Result<std::optional<std::int64_t>> paid_pieces_if_any(const Sale& sale) {
  if (sale.pieces < 0) return fail(ErrorCode::out_of_range, "less than nothing");
  return paid_pieces(sale);
}
std::optional<std::int64_t> total_price(const Sale& sale, const Prices& prices) {
  const auto* price = prices.get(sale.item);
  if (price == nullptr) return std::nullopt;
  return sale.pieces * *price;
}

struct Doubled {
  std::int64_t operator()(const Sale& sale) const { return 2 * sale.pieces; }
};

// --- What can be called, and how.

TEST_F(MetaVerbs, call_functions_of_the_value_or_of_key_and_value) {
  set("north", {{"tea", 3}});
  EXPECT_EQ(rows_of(sales_.map(pieces_of)), (Numbers{{"north", {3}}}));
  EXPECT_EQ(rows_of(sales_.map(&pieces_quietly)), (Numbers{{"north", {3}}}));
  EXPECT_EQ(rows_of(sales_.map(label_of)), (Words{{"north", {"north/tea"}}}));
}

TEST_F(MetaVerbs, pass_the_arguments_behind_the_row) {
  set("north", {{"tea", 3}});
  EXPECT_EQ(rows_of(sales_.map(times, 7)), (Numbers{{"north", {21}}}));
  EXPECT_EQ(rows_of(sales_.map(join, " sells ", std::string("!"))), (Words{{"north", {"north sells tea!"}}}));
}

TEST_F(MetaVerbs, call_lambdas_and_function_objects_without_state) {
  set("north", {{"tea", 3}});
  EXPECT_EQ(rows_of(sales_.map([](const Sale& sale) { return sale.pieces + 1; })), (Numbers{{"north", {4}}}));
  EXPECT_EQ(
      rows_of(sales_.map([](const auto& shop, const auto&, auto number) { return number + std::ssize(shop); }, 1L)),
      (Numbers{{"north", {6}}}));
  EXPECT_EQ(rows_of(sales_.map(Doubled())), (Numbers{{"north", {6}}}));
}

TEST_F(MetaVerbs, call_pointers_to_members) {
  set("north", {{"tea", 25, true}});
  set("south", {{"tin", 5, false}});
  EXPECT_EQ(rows_of(sales_.map(&Sale::item)), (Words{{"north", {"tea"}}, {"south", {"tin"}}}));
  EXPECT_EQ(rows_of(sales_.map(&Sale::dozens)), (Numbers{{"north", {2}}, {"south", {0}}}));
  EXPECT_EQ(sales_.filter(&Sale::paid).key_count(), 1U);
}

TEST_F(MetaVerbs, keep_what_an_argument_refers_to) {
  set("north", {{"tea", 3}});
  std::string between = " sells ";
  const auto view = sales_.map(join, std::string_view(between), "");
  between = " forgets ";
  set("south", {{"tin", 1}});
  EXPECT_EQ(rows_of(view), (Words{{"north", {"north sells tea"}}, {"south", {"south sells tin"}}}));
}

// --- What may be returned.

TEST_F(MetaVerbs, leave_a_row_out_for_an_empty_optional) {
  const auto view = sales_.map(paid_pieces);
  set("north", {{"tea", 3, true}, {"tin", 4, false}});
  set("south", {{"tin", 5, false}});
  EXPECT_EQ(rows_of(view), (Numbers{{"north", {3}}}));
  set("south", {{"tin", 5, true}});
  EXPECT_EQ(rows_of(view), (Numbers{{"north", {3}}, {"south", {5}}}));
  EXPECT_THAT(rows_of(view.errors()), IsEmpty());
}

TEST_F(MetaVerbs, contain_a_failed_result_and_heal) {
  const auto view = sales_.map(pieces_if_any);
  set("north", {{"tea", -1}});
  set("south", {{"tin", 5}});
  EXPECT_EQ(rows_of(view), (Numbers{{"south", {5}}}));
  EXPECT_THAT(error_of(view, "north"), ::testing::HasSubstr("less than nothing"));
  set("north", {{"tea", 1}});
  EXPECT_EQ(rows_of(view), (Numbers{{"north", {1}}, {"south", {5}}}));
  EXPECT_THAT(rows_of(view.errors()), IsEmpty());
}

TEST_F(MetaVerbs, tell_a_failed_result_from_an_empty_optional) {
  const auto view = sales_.map(paid_pieces_if_any);
  set("east", {{"tea", 1, true}});
  set("north", {{"tea", -1, true}});
  set("south", {{"tin", 5, false}});
  EXPECT_EQ(rows_of(view), (Numbers{{"east", {1}}}));
  EXPECT_EQ(view.errors().key_count(), 1U);
  EXPECT_NE(error_of(view, "north"), "");
}

TEST_F(MetaVerbs, contain_what_a_function_throws) {
  const auto view = sales_.map([](const Sale& sale) {
    if (sale.pieces < 0) throw std::domain_error("less than nothing");
    return sale.pieces;
  });
  set("north", {{"tea", -1}});
  EXPECT_THAT(rows_of(view), IsEmpty());
  EXPECT_EQ(error_of(view, "north"), "less than nothing");
}

// --- The other verbs.

TEST_F(MetaVerbs, filter_by_functions_results_and_arguments) {
  set("north", {{"tea", 3, true}, {"tin", 30, true}});
  set("south", {{"tin", 5, false}});
  const auto many = sales_.filter([](const Sale& sale, std::int64_t least) { return sale.pieces >= least; }, 5);
  EXPECT_EQ(rows_of(many.map(&Sale::item)), (Words{{"north", {"tin"}}, {"south", {"tin"}}}));
  const auto northern = sales_.filter([](const std::string& shop, const Sale&) { return shop == "north"; });
  EXPECT_EQ(northern.size(), 2U);
  const auto careful = sales_.filter([](const Sale& sale) -> Result<bool> {
    if (sale.pieces == 30) return fail(ErrorCode::refused, "cannot say");
    return sale.paid;
  });
  EXPECT_EQ(rows_of(careful.map(&Sale::item)), (Words{{"north", {"tea"}}}));
  EXPECT_NE(error_of(careful, "north"), "");
}

TEST_F(MetaVerbs, rekey_by_pairs_optional_pairs_and_containers_of_pairs) {
  using Pair = std::pair<std::string, std::int64_t>;
  set("north", {{"tea", 3, true}, {"tin", 4}});
  set("south", {{"tin", 5, true}});
  EXPECT_EQ(rows_of(sales_.flat_map([](const Sale& sale) { return Pair(sale.item, sale.pieces); })),
            (Numbers{{"tea", {3}}, {"tin", {4, 5}}}));
  EXPECT_EQ(rows_of(sales_.flat_map([](const Sale& sale) {
              return sale.paid ? std::optional(Pair(sale.item, sale.pieces)) : std::nullopt;
            })),
            (Numbers{{"tea", {3}}, {"tin", {5}}}));
  EXPECT_EQ(rows_of(sales_.flat_map([](const std::string& shop, const Sale& sale) {
              return std::map<std::string, std::int64_t>{{sale.item, sale.pieces}, {"in " + shop, 1}};
            })),
            (Numbers{{"in north", {1, 1}}, {"in south", {1}}, {"tea", {3}}, {"tin", {4, 5}}}));
  const auto careful = sales_.flat_map(
      [](const Sale& sale, std::int64_t most) -> Result<std::vector<Pair>> {
        if (sale.pieces > most) return fail(ErrorCode::refused, "too many");
        return std::vector<Pair>(2, {sale.item, sale.pieces});
      },
      4);
  EXPECT_EQ(rows_of(careful), (Numbers{{"tea", {3, 3}}, {"tin", {4, 4}}}));
  EXPECT_NE(error_of(careful, "south"), "");
}

TEST_F(MetaVerbs, reduce_all_values_of_a_key_by_a_plain_function) {
  set("north", {{"tea", 3}, {"tin", 4}});
  set("south", {{"tin", 5}});
  const auto first_items = sales_.reduce([](std::span<const Sale> sales) { return sales.front().item; });
  EXPECT_EQ(rows_of(first_items), (Words{{"north", {"tea"}}, {"south", {"tin"}}}));
  const auto big_shops = sales_.reduce(
      [](const std::string& shop, std::span<const Sale> sales, std::size_t least) {
        return sales.size() < least ? std::nullopt : std::optional(shop + " is big");
      },
      2);
  EXPECT_EQ(rows_of(big_shops), (Words{{"north", {"north is big"}}}));
  set("north", {});
  set("south", {{"tin", 5}, {"tea", 1}});
  EXPECT_EQ(rows_of(first_items), (Words{{"south", {"tin"}}}));
  EXPECT_EQ(rows_of(big_shops), (Words{{"south", {"south is big"}}}));
}

TEST_F(MetaVerbs, reduce_by_incremental_reducers) {
  set("north", {{"tea", 3}, {"tin", 4}});
  set("south", {{"tin", 5}});
  EXPECT_EQ(rows_of(sales_.reduce(count())), (Numbers{{"north", {2}}, {"south", {1}}}));
  EXPECT_EQ(rows_of(sales_.reduce(sum<&Sale::pieces>())), (Numbers{{"north", {7}}, {"south", {5}}}));
  EXPECT_EQ(rows_of(sales_.reduce(min<&Sale::pieces>())), (Numbers{{"north", {3}}, {"south", {5}}}));
  EXPECT_EQ(rows_of(sales_.reduce(max<&Sale::pieces>())), (Numbers{{"north", {4}}, {"south", {5}}}));
  EXPECT_EQ(rows_of(sales_.reduce(average<&Sale::pieces>())),
            (Rows<std::string, double>{{"north", {3.5}}, {"south", {5}}}));
}

struct LongestName {
  using State = std::map<std::size_t, std::int64_t>;
  static void add(State& state, const Sale& sale) { ++state[sale.item.size()]; }
  static void remove(State& state, const Sale& sale) {
    if (--state[sale.item.size()] == 0) state.erase(sale.item.size());
  }
  static std::int64_t result(const State& state) { return static_cast<std::int64_t>(state.rbegin()->first); }
};

TEST_F(MetaVerbs, reduce_by_a_reducer_of_ones_own) {
  const auto longest = sales_.reduce(LongestName());
  set("north", {{"tea", 3}, {"biscuit", 4}});
  EXPECT_EQ(rows_of(longest), (Numbers{{"north", {7}}}));
  set("north", {{"tea", 3}});
  EXPECT_EQ(rows_of(longest), (Numbers{{"north", {3}}}));
}

// --- Equal views are one.

TEST_F(MetaVerbs, give_one_node_for_equal_functions_and_arguments) {
  EXPECT_EQ(sales_.map(pieces_of), sales_.map(&pieces_of));
  EXPECT_EQ(sales_.map(times, 7), sales_.map(times, 3 + 4));
  EXPECT_EQ(sales_.map(&Sale::item), sales_.map(&Sale::item));
  EXPECT_EQ(sales_.map(total_price, prices_), sales_.map(total_price, static_cast<const Prices&>(prices_)));
  EXPECT_EQ(sales_.map(join, " sells ", ""), sales_.map(join, std::string(" sells "), std::string_view()));
  const auto twice = [](const Sale& sale) { return 2 * sale.pieces; };
  EXPECT_EQ(sales_.map(twice), sales_.map(twice));
  EXPECT_EQ(sales_.filter(&Sale::paid), sales_.filter(&Sale::paid));
  EXPECT_EQ(sales_.reduce(count()), sales_.reduce(count()));
  EXPECT_EQ(sales_.map(pieces_of).reduce(sum()), sales_.map(pieces_of).reduce(sum()));
}

TEST_F(MetaVerbs, give_different_nodes_for_different_functions_arguments_or_sources) {
  EXPECT_FALSE(sales_.map(pieces_of) == sales_.map(&Sale::pieces));
  EXPECT_FALSE(sales_.map(pieces_of) == sales_.map(pieces_quietly));
  EXPECT_FALSE(sales_.map(times, 7) == sales_.map(times, 8));
  EXPECT_FALSE(sales_.filter(&Sale::paid).map(pieces_of) == sales_.map(pieces_of));
  EXPECT_FALSE(sales_.map([](const Sale& sale) { return sale.pieces; }) ==
               sales_.map([](const Sale& sale) { return sale.pieces; }));
  const auto other_prices = graph_.input<std::string, std::int64_t>("other prices");
  EXPECT_FALSE(sales_.map(total_price, prices_) == sales_.map(total_price, other_prices));
}

TEST_F(MetaVerbs, call_the_function_once_for_equal_views) {
  const auto one = sales_.map(times, 7);
  const auto two = sales_.map(times, 7);
  set("north", {{"tea", 3}});
  EXPECT_EQ(calls(), 1U);
  EXPECT_EQ(rows_of(one), rows_of(two));
}

TEST_F(MetaVerbs, drop_a_node_that_nobody_holds) {
  set("north", {{"tea", 3}});
  const auto nodes = graph_.stats().node_count;
  {
    const auto view = sales_.map(times, 7);
    EXPECT_EQ(graph_.stats().node_count, nodes + 1);
  }
  EXPECT_EQ(graph_.stats().node_count, nodes);
}

// --- Dependencies are arguments, tracked by key.

TEST_F(MetaVerbs, compute_again_only_the_rows_that_read_what_changed) {
  set("east", {{"tea", 2}});
  set("north", {{"tea", 3}});
  set("south", {{"tin", 5}});
  const auto totals = sales_.map(total_price, prices_);
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

TEST_F(MetaVerbs, follow_a_row_that_starts_to_read_another_key) {
  set("north", {{"tea", 3}});
  set_price("tea", 1);
  set_price("tin", 2);
  const auto totals = sales_.map(total_price, prices_);
  set("north", {{"tin", 3}});
  EXPECT_EQ(rows_of(totals), (Numbers{{"north", {6}}}));
  const auto before = calls();
  set_price("tea", 50);
  EXPECT_EQ(calls() - before, 0U);
  set_price("tin", 50);
  EXPECT_EQ(calls() - before, 1U);
  EXPECT_EQ(rows_of(totals), (Numbers{{"north", {150}}}));
}

TEST_F(MetaVerbs, track_reads_in_filter_flat_map_and_reduce) {
  set("north", {{"tea", 3}});
  set("south", {{"tin", 5}});
  const auto priced =
      sales_.filter([](const Sale& sale, const Prices& prices) { return prices.get(sale.item) != nullptr; }, prices_);
  const auto by_price = sales_.flat_map(
      [](const Sale& sale, const Prices& prices) -> std::optional<std::pair<std::int64_t, std::string>> {
        const auto* price = prices.get(sale.item);
        return price == nullptr ? std::nullopt : std::optional(std::pair(*price, sale.item));
      },
      prices_);
  const auto turnover = sales_.reduce(
      [](std::span<const Sale> sales, const Prices& prices) {
        std::int64_t sum = 0;
        for (const auto& sale : sales) {
          for (const std::int64_t price : prices.values(sale.item)) sum += price * sale.pieces;
        }
        return sum;
      },
      prices_);
  const auto before = calls();
  set_price("tin", 10);
  EXPECT_EQ(calls() - before, 3U);
  EXPECT_EQ(rows_of(priced.map(&Sale::item)), (Words{{"south", {"tin"}}}));
  EXPECT_EQ(rows_of(by_price), (Rows<std::int64_t, std::string>{{10, {"tin"}}}));
  EXPECT_EQ(rows_of(turnover), (Numbers{{"north", {0}}, {"south", {50}}}));
}

TEST_F(MetaVerbs, compute_again_all_rows_that_read_all_of_a_collection) {
  set("north", {{"tea", 3}});
  set("south", {{"tin", 5}});
  const auto counts = sales_.map(
      [](const Sale&, const Prices& prices) { return std::ssize(prices.values("tea")) + std::ssize(prices); }, prices_);
  const auto before = calls();
  set_price("coffee", 1);
  EXPECT_EQ(calls() - before, 2U);
  EXPECT_EQ(rows_of(counts), (Numbers{{"north", {1}}, {"south", {1}}}));
}

TEST_F(MetaVerbs, refuse_to_read_a_collection_that_is_no_argument) {
  static const Prices* captured = nullptr;
  const Prices& prices = prices_;
  captured = &prices;
  const auto view = sales_.map([](const Sale& sale) { return captured->get(sale.item) != nullptr; });
  set("north", {{"tea", 3}});
  EXPECT_THAT(rows_of(view), IsEmpty());
  EXPECT_THAT(error_of(view, "north"), ::testing::HasSubstr("not among its arguments"));
}

// --- Verbs after verbs.

TEST_F(MetaVerbs, propagate_through_a_chain_only_as_far_as_something_changes) {
  const auto small = sales_.map([](const Sale& sale) { return sale.pieces / 10; });
  const auto text = small.map([](std::int64_t tens) { return std::to_string(tens); });
  set("north", {{"tea", 31}});
  auto before = calls();
  set("north", {{"tea", 39}});
  EXPECT_EQ(calls() - before, 1U);
  before = calls();
  set("north", {{"tea", 40}});
  EXPECT_EQ(calls() - before, 2U);
  EXPECT_EQ(rows_of(text), (Words{{"north", {"4"}}}));
}

TEST_F(MetaVerbs, merge_views_and_inputs) {
  set("north", {{"tea", 3, true}});
  set("south", {{"tin", 5}});
  set_price("north", 1000);
  const auto merged = prices_.merge(sales_.map(pieces_of), sales_.filter(&Sale::paid).map(&Sale::dozens));
  EXPECT_EQ(rows_of(merged), (Numbers{{"north", {1000, 3, 0}}, {"south", {5}}}));
}

}  // namespace
}  // namespace freshet
