// SPDX-License-Identifier: MIT
#include <random>
#include <sstream>

#include <gmock/gmock.h>

#include "freshet/store/testing/conformance.hpp"

namespace freshet::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Random = std::mt19937;

const Table& cities() { return table_of<City>(); }
std::size_t at(std::string_view column) { return cities().find(column); }

std::size_t below(Random& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}
template <class T> const T& one_of(Random& random, const std::vector<T>& choices) {
  return choices[below(random, choices.size())];
}

const std::vector<std::string> kTexts = {"", "a", "A", "b", "ab", "é", "z", "🌁", "a b", "%", "_"};
const std::vector<double> kReals = {-1.5, 0, 0.1, 2, 1e300};
const std::vector<std::string> kParents = {"", "users/a", "users/b", "users/a/City/x"};

// Values are few, so that many rows have equal ones.
City random_city(Random& random, int number) {
  City made = city("c" + std::to_string(number), one_of(random, kTexts), one_of(random, kTexts), below(random, 2) == 0);
  made.people = static_cast<std::int64_t>(below(random, 5)) - 2;
  made.area = one_of(random, kReals);
  made.size = below(random, 2) == 0 ? Size::small : Size::large;
  made.founded = Timestamp(std::chrono::seconds(below(random, 4)) - std::chrono::seconds(2));
  if (below(random, 3) != 0) made.state = one_of(random, kTexts);
  if (below(random, 3) != 0) made.metro_lines = static_cast<std::int64_t>(below(random, 4));
  for (std::size_t i = below(random, 4); i > 0; --i) made.regions.push_back(one_of(random, kTexts));
  for (std::size_t i = below(random, 4); i > 0; --i) made.codes.push_back(static_cast<std::int64_t>(below(random, 4)));
  if (below(random, 2) == 0) made.mayor = Mayor{.name = one_of(random, kTexts)};
  return made;
}

Condition random_condition(Random& random, const std::vector<Row>& rows) {
  using enum Comparison;
  static const std::vector<std::string_view> kColumns = {"name", "country", "capital", "people",     "area",
                                                         "size", "founded", "state",   "metro_lines"};
  const std::size_t which = below(random, 12);
  if (which == 0) return {at("regions"), contains, {Cell(one_of(random, kTexts))}};
  if (which == 1) return {at("codes"), contains, {Cell(static_cast<std::int64_t>(below(random, 5)))}};
  if (which == 2) return {at("mayor"), below(random, 2) == 0 ? equal : not_equal, {Cell()}};
  const std::size_t column = which == 3 ? Table::kId : at(one_of(random, kColumns));
  // Operands are cells of rows, so that conditions often hold.
  const auto operand = [&] {
    const Row& row = one_of(random, rows);
    return column == Table::kId ? Cell(row.key.id) : row.cells[column];
  };
  static const std::vector<Comparison> kComparisons = {equal, not_equal, less, less_equal, greater, greater_equal, in};
  Condition condition{.column = column, .comparison = one_of(random, kComparisons)};
  const std::size_t count = condition.comparison == in ? below(random, 6) : 1;
  while (condition.operands.size() < count) {
    Cell cell = operand();
    if (is_null(cell) && condition.comparison != not_equal) condition.comparison = equal;
    if (is_null(cell) && condition.operands.empty()) return {column, condition.comparison, {Cell()}};
    if (!is_null(cell)) condition.operands.push_back(std::move(cell));
    if (condition.comparison == equal) condition.operands.resize(1);
    if (condition.comparison == equal) break;
  }
  return condition;
}

Cursor random_cursor(Random& random, const Query& query, const std::vector<Row>& rows) {
  const Row& row = one_of(random, rows);
  Cursor cursor{.inclusive = below(random, 2) == 0};
  const std::size_t count = query.orders.empty() ? 0 : 1 + below(random, query.orders.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t column = query.orders[i].column;
    cursor.cells.push_back(column == Table::kId ? Cell(row.key.id) : row.cells[column]);
  }
  if (count == query.orders.size() && (count == 0 || below(random, 2) == 0)) cursor.key = row.key;
  return cursor;
}

Query random_query(Random& random, const std::vector<Row>& rows) {
  static const std::vector<std::string_view> kOrdered = {"name",    "capital", "people",     "area",
                                                         "founded", "state",   "metro_lines"};
  Query query{.table = &cities()};
  query.parent = below(random, 2) == 0 ? std::nullopt : std::optional(one_of(random, kParents));
  for (std::size_t i = below(random, 3); i > 0; --i) query.conditions.push_back(random_condition(random, rows));
  for (std::size_t i = below(random, 3); i > 0; --i) {
    const std::size_t column = below(random, 6) == 0 ? Table::kId : at(one_of(random, kOrdered));
    query.orders.push_back({.column = column, .descending = below(random, 2) == 0});
  }
  if (below(random, 3) == 0) query.start = random_cursor(random, query, rows);
  if (below(random, 3) == 0) query.end = random_cursor(random, query, rows);
  if (below(random, 4) == 0) query.offset = below(random, 10);
  if (below(random, 3) == 0) query.limit = below(random, 20);
  return query;
}

void describe_cells(std::ostream& out, const Cells& cells) {
  for (const Cell& cell : cells) {
    std::visit(
        [&](const auto& value) {
          using Held = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Held, std::monostate>)
            out << " null";
          else if constexpr (std::is_same_v<Held, Timestamp>)
            out << " @" << value.time_since_epoch().count();
          else if constexpr (std::is_same_v<Held, Json>)
            out << " json " << value.text;
          else
            out << " '" << value << "'";
        },
        cell);
  }
}

std::string describe(const Query& query) {
  std::ostringstream out;
  const auto name = [&](std::size_t column) { return column == Table::kId ? "id" : cities().columns[column].name; };
  out << "in " << query.parent.value_or("any");
  for (const Condition& condition : query.conditions) {
    out << "; " << name(condition.column) << " comparison " << static_cast<int>(condition.comparison);
    describe_cells(out, condition.operands);
  }
  for (const Order& order : query.orders) out << "; by " << name(order.column) << (order.descending ? " down" : "");
  for (const auto& [what, cursor] : {std::pair("start", query.start), std::pair("end", query.end)}) {
    if (!cursor) continue;
    out << "; " << what << (cursor->inclusive ? " at" : " beyond");
    describe_cells(out, cursor->cells);
    if (cursor->key) out << " key " << cursor->key->parent << " " << cursor->key->id;
  }
  out << "; offset " << query.offset << " limit " << static_cast<long long>(query.limit);
  return out.str();
}

std::vector<Key> keys(const std::vector<Row>& rows) {
  std::vector<Key> result;
  for (const Row& row : rows) result.push_back(row.key);
  return result;
}

std::vector<Key> expected_keys(const Query& query, const std::vector<Row>& rows) {
  const Matcher matcher(query);
  std::vector<const Row*> matching;
  for (const Row& row : rows) {
    if (matcher(row)) matching.push_back(&row);
  }
  std::vector<Key> result;
  for (const Row* row : arrange(query, matching)) result.push_back(row->key);
  return result;
}

TEST_P(StoreConformance, answers_random_queries_as_their_meaning_says) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  ASSERT_TRUE(commit([&](BackendTransaction& transaction) -> Result<void> {
                for (int i = 0; i < 120; ++i) {
                  auto ok = transaction.write(
                      write_of(WriteKind::set, random_city(random, i % 60), one_of(random, kParents)));
                  if (!ok) return fail(std::move(ok.error()));
                }
                return {};
              }).has_value());
  const std::vector<Row> rows = query({.table = &cities(), .parent = std::nullopt});
  ASSERT_GT(rows.size(), 60U);
  std::size_t found = 0;
  for (int i = 0; i < 600; ++i) {
    const Query asked = random_query(random, rows);
    ASSERT_TRUE(check(asked).has_value()) << describe(asked) << ": " << to_string(check(asked).error());
    const std::vector<Row> answer = query(asked);
    ASSERT_EQ(keys(answer), expected_keys(asked, rows)) << describe(asked);
    found += answer.size();
  }
  EXPECT_GT(found, 600U) << "most queries find something";
}

TEST_P(StoreConformance, gives_whole_documents_to_queries) {
  City object = city("SF", "San Francisco");
  object.regions = {"west"};
  object.mayor = Mayor{.name = "M", .since = 3};
  const Row stored = *create(object, "users/a");
  const auto found = query({.table = &cities(), .parent = std::nullopt});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(same(found.front(), stored));
}

TEST_P(StoreConformance, asks_for_many_values_at_once) {
  for (int i = 0; i < 50; ++i) create(Counter{.id = i * 250, .count = i});
  Query by_id{.table = &table_of<Counter>()};
  Condition among{.column = Table::kId, .comparison = Comparison::in};
  for (int i = 0; i < 10'000; ++i) among.operands.emplace_back(std::to_string(i));
  by_id.conditions = {among};
  EXPECT_EQ(query(by_id).size(), 40U);
  Condition counts{.column = 0, .comparison = Comparison::in};
  for (std::int64_t i = 0; i < 10'000; ++i) counts.operands.emplace_back(i + 10);
  by_id.conditions.push_back(counts);
  EXPECT_EQ(query(by_id).size(), 30U);
  by_id.parent = std::nullopt;
  EXPECT_EQ(query(by_id).size(), 30U);
}

TEST_P(StoreConformance, reads_a_collection_page_by_page) {
  for (int i = 0; i < 25; ++i) create(city("c" + std::to_string(i), "x", i % 2 == 0 ? "even" : "odd"));
  Query page{.table = &cities(), .orders = {{at("country"), true}}, .limit = 4};
  std::vector<std::string> seen;
  for (int pages = 0; pages < 20; ++pages) {
    const auto rows = query(page);
    for (const std::string& id : ids(rows)) seen.push_back(id);
    if (rows.size() < page.limit) break;
    page.start = Cursor{.cells = {rows.back().cells[at("country")]}, .key = rows.back().key, .inclusive = false};
  }
  EXPECT_EQ(seen, ids(query({.table = &cities(), .orders = {{at("country"), true}}})));
  EXPECT_EQ(seen.size(), 25U);
}

TEST_P(StoreConformance, tells_variants_of_a_model_apart) {
  static const Table kTowns = changed_table([](Table& table) {
    table.name = "Places";
    table.variants.push_back(table.variants.front());
    table.variants.back().name = "Town";
    table.variants.push_back(table.variants.front());
    table.variants.back().name = "Hamlet";
  });
  prepare({&kTowns});
  const auto put = [&](WriteKind kind, std::string id, std::string obj_type) {
    Write write = write_of(kind, city(std::move(id), "x"));
    write.table = &kTowns;
    write.obj_type = std::move(obj_type);
    return this->write(write);
  };
  put(WriteKind::create, "SF", "City");
  put(WriteKind::create, "TOK", "Town");
  put(WriteKind::create, "BJ", "Town");
  put(WriteKind::create, "GR", "Hamlet");
  EXPECT_THAT(ids(query({.table = &kTowns})), ElementsAre("BJ", "GR", "SF", "TOK"));
  EXPECT_THAT(ids(query({.table = &kTowns, .obj_types = {"Town"}})), ElementsAre("BJ", "TOK"));
  EXPECT_THAT(ids(query({.table = &kTowns, .obj_types = {"Town", "Hamlet"}, .limit = 2})), ElementsAre("BJ", "GR"));
  EXPECT_EQ(put(WriteKind::set, "SF", "Town")->revision, 2) << "another variant is a change";
  EXPECT_THAT(ids(query({.table = &kTowns, .obj_types = {"City"}})), IsEmpty());
}

TEST_P(StoreConformance, refuses_queries_that_make_no_sense) {
  Query asked{.table = &cities(), .conditions = {{at("people"), Comparison::equal, {Cell(std::string("x"))}}}};
  const auto outcome = read([&](BackendTransaction& transaction) -> Result<void> {
    auto rows = transaction.query(asked);
    if (!rows) return fail(std::move(rows.error()));
    return {};
  });
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(to_string(outcome.error()), ::testing::HasSubstr("City.people"));
}

}  // namespace
}  // namespace freshet::store::testing
