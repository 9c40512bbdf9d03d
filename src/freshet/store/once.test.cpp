// SPDX-License-Identifier: MIT
#include "freshet/store/once.hpp"

#include <future>
#include <map>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/store/memory/memory_store.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::Pair, ::testing::UnorderedElementsAre;

struct Band {
  std::string id;
  std::vector<std::string> members;
};
constexpr auto describe(of<Band>) { return model("bands", key<&Band::id>(), field<&Band::members>()); }

struct Player {
  std::string id;
  std::string instrument;
};
constexpr auto describe(of<Player>) { return model("players", key<&Player::id>(), field<&Player::instrument>()); }

struct Instrument {
  std::string id;
  int strings = 0;
};
constexpr auto describe(of<Instrument>) {
  return model("instruments", key<&Instrument::id>(), field<&Instrument::strings>());
}

// [view]
/// How many strings a band has, by references over references.
int strings_of(const std::string&, const Band& band, const Collection<std::string, Player>& players,
               const Collection<std::string, Instrument>& instruments) {
  return std::accumulate(band.members.begin(), band.members.end(), 0, [&](int sum, const std::string& id) {
    const Player* player = players.get(id);
    const Instrument* instrument = player != nullptr ? instruments.get(player->instrument) : nullptr;
    return sum + (instrument != nullptr ? instrument->strings : 0);
  });
}

Collection<std::string, int> strings(Models& models) {
  return testing::map(models.collection<Band>(), strings_of, models.collection<Player>(),
                      models.collection<Instrument>());
}
// [/view]

/// Counts what is asked of a store.
class CountedTransaction final : public store::BackendTransaction {
 public:
  explicit CountedTransaction(BackendTransaction& inner) : inner_(inner) {}
  Result<std::vector<std::optional<store::Row>>> get_many(const store::Table& table,
                                                          std::span<const store::Key> keys) override {
    ++questions[table.name];
    documents[table.name] += keys.size();
    return inner_.get_many(table, keys);
  }
  Result<std::vector<store::Row>> query(const store::Query& query) override {
    ++questions[query.table->name];
    return inner_.query(query);
  }
  Result<std::optional<store::Row>> write(const store::Write& write) override { return inner_.write(write); }

  std::map<std::string, int> questions;
  std::map<std::string, std::size_t> documents;

 private:
  BackendTransaction& inner_;
};

class OnceOverStore : public ::testing::Test {
 protected:
  template <class T> void put(const T& value) {
    const store::Table& table = store::table_of<T>();
    const store::Table* tables[] = {&table};
    ASSERT_TRUE(backend->prepare(tables));
    run([&](store::BackendTransaction& transaction) -> Result<void> {
      auto written = transaction.write({.kind = store::WriteKind::set,
                                        .table = &table,
                                        .key = {.parent = {}, .id = value.id},
                                        .obj_type = table.variants.front().name,
                                        .cells = store::to_cells(table, table.variants.front(), &value).value()});
      return written ? Result<void>() : fail(written.error());
    });
  }
  void run(const store::TransactionBody& body) {
    std::promise<Result<store::Position>> done;
    backend->write(body, [&](Result<store::Position> end) { done.set_value(std::move(end)); });
    const auto end = done.get_future().get();
    ASSERT_TRUE(end) << to_string(end.error());
  }
  void SetUp() override {
    put(Instrument{"violin", 4});
    put(Instrument{"harp", 47});
    put(Player{"ann", "violin"});
    put(Player{"ben", "violin"});
    put(Player{"cat", "harp"});
    put(Band{"duo", {"ann", "ben"}});
    put(Band{"trio", {"ann", "ben", "cat", "nobody"}});
    put(Band{"silence", {}});
  }
  /// What the view says, computed in one transaction, and how much that took.
  template <class Compute> auto compute(Compute compute_it) {
    using Answer = std::invoke_result_t<Compute&, store::BackendTransaction&>;
    std::optional<Answer> answer;
    run([&](store::BackendTransaction& transaction) -> Result<void> {
      CountedTransaction counted(transaction);
      answer.emplace(compute_it(counted));
      questions = counted.questions;
      documents = counted.documents;
      return {};
    });
    return *answer;
  }

  std::unique_ptr<store::Backend> backend = store::open_memory();
  std::map<std::string, int> questions;
  std::map<std::string, std::size_t> documents;
};

TEST_F(OnceOverStore, computes_a_row_from_what_it_refers_to) {
  // [once]
  const Once<int> once(strings);
  const auto row = compute([&](store::BackendTransaction& transaction) { return once.get(transaction, "trio"); });
  EXPECT_EQ(row.value(), 55);
  // [/once]
  EXPECT_THAT(questions, UnorderedElementsAre(Pair("bands", 1), Pair("players", 1), Pair("instruments", 1)));
  EXPECT_THAT(documents, UnorderedElementsAre(Pair("bands", 1), Pair("players", 4), Pair("instruments", 2)));
}

TEST_F(OnceOverStore, says_where_there_is_no_row) {
  const Once<int> once(strings);
  EXPECT_EQ(compute([&](auto& transaction) { return once.get(transaction, "choir"); }).value(), std::nullopt);
  EXPECT_EQ(compute([&](auto& transaction) { return once.get(transaction, "no/id"); }).value(), std::nullopt);
  EXPECT_EQ(compute([&](auto& transaction) { return once.get(transaction, ""); }).value(), std::nullopt);
  EXPECT_EQ(compute([&](auto& transaction) { return once.get(transaction, "silence"); }).value(), 0);
}

TEST_F(OnceOverStore, many_rows_take_no_more_queries_than_one) {
  for (int i = 0; i < 500; ++i) put(Band{"band" + std::to_string(i), {"ann", "cat"}});
  const Once<int> once(strings);
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) keys.push_back("band" + std::to_string(i));
  const auto rows = compute([&](auto& transaction) { return once.get_many(transaction, keys); });
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 500U);
  EXPECT_EQ(rows->at(7).second, 51);
  EXPECT_THAT(questions, UnorderedElementsAre(Pair("bands", 1), Pair("players", 1), Pair("instruments", 1)));
  EXPECT_EQ(documents["players"], 2U) << "each document is read once, however many refer to it";
}

TEST_F(OnceOverStore, a_query_says_which_rows) {
  const Once<int> once(strings);
  store::Query query{.table = &store::table_of<Band>()};
  query.conditions.push_back({.column = store::table_of<Band>().find("members"),
                              .comparison = store::Comparison::contains,
                              .operands = {std::string("cat")}});
  EXPECT_THAT(compute([&](auto& transaction) { return once.query(transaction, query); }).value(),
              ElementsAre(Pair("trio", 55)));
  EXPECT_THAT(questions, UnorderedElementsAre(Pair("bands", 1), Pair("players", 1), Pair("instruments", 1)));
}

TEST_F(OnceOverStore, reads_what_the_transaction_has_written) {
  const Once<int> once(strings);
  const auto row = compute([&](store::BackendTransaction& transaction) {
    const store::Table& table = store::table_of<Instrument>();
    const Instrument lyre{"violin", 7};
    const auto written = transaction.write({.kind = store::WriteKind::set,
                                            .table = &table,
                                            .key = {.parent = {}, .id = "violin"},
                                            .obj_type = table.variants.front().name,
                                            .cells = store::to_cells(table, table.variants.front(), &lyre).value()});
    EXPECT_TRUE(written);
    return once.get(transaction, "duo");
  });
  EXPECT_EQ(row.value(), 14);
}

bool is_loud(const std::string&, const int& count) { return count > 10; }
std::string as_text(const std::string&, const int& count) { return std::to_string(count); }
std::string rival_of(const std::string&, const Band&, const Collection<std::string, std::string>& others) {
  const std::string* other = others.get("trio");
  return other != nullptr ? *other : "none";
}

TEST_F(OnceOverStore, views_of_views_are_followed_to_the_documents) {
  const Once<std::string> once([](Models& models) {
    return testing::map(models.collection<Band>(), rival_of,
                        testing::map(testing::filter(strings(models), is_loud), as_text));
  });
  EXPECT_EQ(compute([&](auto& transaction) { return once.get(transaction, "duo"); }).value(), "55");
  EXPECT_EQ(questions["bands"], 2) << "first the wanted one, then the one that it reads";
}

std::size_t count_of(const std::string&, const Band&, const Collection<std::string, Player>& players) {
  return players.size();
}
std::string first_member(const std::string&, const Band& band) { return band.members.front(); }

TEST_F(OnceOverStore, refuses_views_that_do_not_say_what_they_need) {
  const Once<std::size_t> all(
      [](Models& models) { return testing::map(models.collection<Band>(), count_of, models.collection<Player>()); });
  const auto read_all = compute([&](auto& transaction) { return all.get(transaction, "duo"); });
  EXPECT_EQ(read_all.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(read_all.error().detail, HasSubstr("reads all of players"));

  const Once<Band> rekeyed([](Models& models) { return testing::key_by(models.collection<Band>(), first_member); });
  const auto by_other_key = compute([&](auto& transaction) { return rekeyed.get(transaction, "ann"); });
  EXPECT_EQ(by_other_key.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(by_other_key.error().detail, HasSubstr("key_by"));
}

Result<int> strict_strings(const std::string&, const Band& band, const Collection<std::string, Player>& players) {
  for (const std::string& member : band.members) {
    if (players.get(member) == nullptr) return fail(ErrorCode::not_found, "who is " + member + "?");
  }
  return 1;
}

TEST_F(OnceOverStore, a_mapper_that_fails_for_want_of_a_document_is_asked_again_when_it_is_there) {
  const Once<int> once([](Models& models) {
    return testing::map(models.collection<Band>(), strict_strings, models.collection<Player>());
  });
  EXPECT_EQ(compute([&](auto& transaction) { return once.get(transaction, "duo"); }).value(), 1);
  const auto failed = compute([&](auto& transaction) { return once.get(transaction, "trio"); });
  EXPECT_THAT(failed.error().primary, HasSubstr("who is nobody?"));
}

TEST_F(OnceOverStore, has_limits) {
  const Once<int> few(strings, {.documents_max = 3});
  EXPECT_EQ(compute([&](auto& transaction) { return few.get(transaction, "trio"); }).error().code,
            ErrorCode::limit_exceeded);
  const Once<int> shallow(strings, {.rounds_max = 2});
  EXPECT_EQ(compute([&](auto& transaction) { return shallow.get(transaction, "trio"); }).error().code,
            ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace freshet
