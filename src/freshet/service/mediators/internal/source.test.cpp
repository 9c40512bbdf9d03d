// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/model/describe.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::mediators {
namespace {

struct Job {
  std::string id;
  std::string state;
};
constexpr auto describe(of<Job>) { return model("jobs", key<&Job::id>(), field<&Job::state>()); }

store::Row row(const std::string& state, Revision revision = 1) {
  const store::Table& table = store::table_of<Job>();
  const Job job{"j1", state};
  return {.key = {"", "j1"},
          .obj_type = table.variants.front().name,
          .revision = revision,
          .cells = store::to_cells(table, table.variants.front(), &job).value()};
}

/// The jobs in state "new".
store::Query new_jobs() {
  store::Query query{.table = &store::table_of<Job>()};
  query.conditions.push_back(
      {.column = query.table->find("state"), .comparison = store::Comparison::equal, .operands = {std::string("new")}});
  return query;
}

TEST(Source, tells_apart_what_happened_to_a_document_that_is_followed) {
  const store::Query query = new_jobs();
  EXPECT_EQ(trigger_of(query, std::nullopt, row("new")), Trigger::create);
  EXPECT_EQ(trigger_of(query, row("old"), row("new")), Trigger::create);  // it fulfils the query now
  EXPECT_EQ(trigger_of(query, row("new"), row("new", 2)), Trigger::update);
  EXPECT_EQ(trigger_of(query, row("new"), std::nullopt), Trigger::remove);
  EXPECT_EQ(trigger_of(query, row("new"), row("old")), Trigger::leave);
}

TEST(Source, passes_over_what_never_fulfilled_the_query) {
  const store::Query query = new_jobs();
  EXPECT_EQ(trigger_of(query, std::nullopt, row("old")), std::nullopt);
  EXPECT_EQ(trigger_of(query, row("old"), row("older")), std::nullopt);
  EXPECT_EQ(trigger_of(query, row("old"), std::nullopt), std::nullopt);
}

TEST(Source, shows_no_version_from_outside_of_the_query_as_the_one_before) {
  const auto entered = event_of(new_jobs(), {.kind = store::ChangeKind::update,
                                             .table = &store::table_of<Job>(),
                                             .key = {"", "j1"},
                                             .before = row("old"),
                                             .after = row("new", 2)});
  ASSERT_TRUE(entered.has_value());
  EXPECT_EQ(entered->trigger, Trigger::create);
  EXPECT_FALSE(entered->before.has_value());
  const auto left = event_of(new_jobs(), {.kind = store::ChangeKind::update,
                                          .table = &store::table_of<Job>(),
                                          .key = {"", "j1"},
                                          .before = row("new"),
                                          .after = row("old", 2)});
  ASSERT_TRUE(left.has_value());
  EXPECT_EQ(left->trigger, Trigger::leave);
  EXPECT_TRUE(left->before.has_value());
  EXPECT_TRUE(left->after.has_value());
}

TEST(Source, can_be_a_query_of_conditions_only) {
  EXPECT_TRUE(check_source(new_jobs()).has_value());
  store::Query limited = new_jobs();
  limited.limit = 10;
  EXPECT_EQ(check_source(limited).error().code, ErrorCode::refused);
  store::Query ordered = new_jobs();
  ordered.orders.push_back({.column = 0});
  EXPECT_EQ(check_source(ordered).error().code, ErrorCode::refused);
  store::Query skipping = new_jobs();
  skipping.offset = 1;
  EXPECT_EQ(check_source(skipping).error().code, ErrorCode::refused);
  store::Query wrong = new_jobs();
  wrong.conditions.front().operands = {std::int64_t{1}};
  EXPECT_EQ(check_source(wrong).error().code, ErrorCode::invalid_argument);
}

TEST(Source, finds_documents_by_their_paths) {
  EXPECT_EQ(store::path_of(store::table_of<Job>(), key_of("users/u1/jobs/j1").value()), "users/u1/jobs/j1");
  EXPECT_EQ(key_of("jobs/j1").value(), (store::Key{"", "j1"}));
  EXPECT_EQ(key_of("users/u1/jobs/j1").value(), (store::Key{"users/u1", "j1"}));
  EXPECT_FALSE(key_of("jobs").has_value());
  EXPECT_FALSE(key_of("jobs//j1").has_value());
}

TEST(Source, gives_each_document_of_each_mediator_a_mark_of_its_own) {
  EXPECT_EQ(mark_id("views", "users/u1/jobs/j1"), "views:users%2Fu1%2Fjobs%2Fj1");
  EXPECT_NE(mark_id("views", "jobs/a%2Fb"), mark_id("views", "jobs/a/b"));
  EXPECT_NE(mark_id("a", "jobs/j1"), mark_id("b", "jobs/j1"));
  EXPECT_TRUE(Reference::is_name(mark_id("views", "users/u1/jobs/j1")));
}

}  // namespace
}  // namespace freshet::mediators
