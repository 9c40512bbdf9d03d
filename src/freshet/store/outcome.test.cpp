// SPDX-License-Identifier: MIT
#include "freshet/store/outcome.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/testing/city.hpp"

namespace freshet::store {
namespace {

using testing::City;
using testing::city;
using ::testing::HasSubstr;
using testing::object_of;
using testing::write_of;

constexpr Timestamp kNow{std::chrono::seconds(1000)};
constexpr Timestamp kLater{std::chrono::seconds(2000)};

Row stored(const City& object) {
  return *outcome_of(write_of(WriteKind::create, object), std::nullopt, 0, kNow).value().after;
}

TEST(Outcome, of_a_new_document_begins_at_revision_1) {
  const Row row = stored(city("SF", "San Francisco"));
  EXPECT_EQ(row.revision, 1);
  EXPECT_EQ(row.created_at, kNow);
  EXPECT_EQ(row.updated_at, kNow);
  EXPECT_EQ(row.obj_type, "City");
  EXPECT_EQ(object_of<City>(row).name, "San Francisco");
}

TEST(Outcome, goes_on_counting_where_a_document_was_before) {
  const auto outcome = outcome_of(write_of(WriteKind::set, city("SF", "x")), std::nullopt, 7, kNow);
  EXPECT_EQ(outcome->after->revision, 8);
  EXPECT_EQ(outcome->change, ChangeKind::create);
}

TEST(Outcome, of_a_change_counts_and_keeps_when_it_was_created) {
  const Row before = stored(city("SF", "San Francisco"));
  const auto outcome = outcome_of(write_of(WriteKind::set, city("SF", "Frisco")), before, 0, kLater);
  EXPECT_EQ(outcome->change, ChangeKind::update);
  EXPECT_EQ(outcome->after->revision, 2);
  EXPECT_EQ(outcome->after->created_at, kNow);
  EXPECT_EQ(outcome->after->updated_at, kLater);
}

TEST(Outcome, gives_each_version_an_update_time_of_its_own) {
  const Row before = stored(city("SF", "San Francisco"));
  for (const Timestamp now : {kNow, Timestamp()}) {
    const auto outcome = outcome_of(write_of(WriteKind::set, city("SF", "Frisco")), before, 0, now);
    EXPECT_EQ(outcome->after->updated_at, kNow + std::chrono::microseconds(1)) << "also when clocks stand or go back";
  }
}

TEST(Outcome, of_equal_cells_is_no_change) {
  const Row before = stored(city("SF", "San Francisco"));
  const auto outcome = outcome_of(write_of(WriteKind::set, city("SF", "San Francisco")), before, 0, kLater);
  EXPECT_EQ(outcome->change, std::nullopt);
  EXPECT_EQ(outcome->after->revision, 1);
  EXPECT_EQ(outcome->after->updated_at, kNow);
}

TEST(Outcome, of_an_update_changes_the_named_cells_only) {
  const Row before = stored(city("SF", "San Francisco"));
  Write write = write_of(WriteKind::update, city("SF", "Frisco", "Spain"));
  write.columns = {table_of<City>().find("country")};
  const auto outcome = outcome_of(write, before, 0, kLater);
  EXPECT_EQ(object_of<City>(*outcome->after), city("SF", "San Francisco", "Spain"));
  EXPECT_EQ(outcome_of(write, std::nullopt, 0, kLater).error().code, ErrorCode::not_found);
}

TEST(Outcome, of_a_remove_is_nothing_where_nothing_is) {
  Write write = write_of(WriteKind::remove, city("SF", ""));
  EXPECT_EQ(outcome_of(write, std::nullopt, 3, kNow)->change, std::nullopt);
  EXPECT_EQ(outcome_of(write, stored(city("SF", "x")), 0, kNow)->change, ChangeKind::remove);
  EXPECT_EQ(outcome_of(write, stored(city("SF", "x")), 0, kNow)->after, std::nullopt);
  write.precondition.exists = true;
  EXPECT_EQ(outcome_of(write, std::nullopt, 3, kNow).error().code, ErrorCode::not_found);
}

TEST(Outcome, refuses_to_create_what_is_there) {
  const auto outcome = outcome_of(write_of(WriteKind::create, city("SF", "x")), stored(city("SF", "x")), 0, kNow);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::already_exists);
  EXPECT_THAT(outcome.error().primary, HasSubstr("City/SF"));
}

TEST(Outcome, keeps_preconditions) {
  const Row before = stored(city("SF", "x"));
  const auto error_of = [&](Precondition precondition, const std::optional<Row>& row) -> std::optional<ErrorCode> {
    Write write = write_of(WriteKind::set, city("SF", "y"));
    write.precondition = precondition;
    const auto outcome = outcome_of(write, row, 0, kLater);
    return outcome ? std::nullopt : std::optional(outcome.error().code);
  };
  EXPECT_EQ(error_of({.exists = true}, before), std::nullopt);
  EXPECT_EQ(error_of({.exists = true}, std::nullopt), ErrorCode::not_found);
  EXPECT_EQ(error_of({.exists = false}, before), ErrorCode::already_exists);
  EXPECT_EQ(error_of({.exists = false}, std::nullopt), std::nullopt);
  EXPECT_EQ(error_of({.revision = 1}, before), std::nullopt);
  EXPECT_EQ(error_of({.revision = 2}, before), ErrorCode::conflict);
  EXPECT_EQ(error_of({.revision = 1}, std::nullopt), ErrorCode::conflict);
  EXPECT_EQ(error_of({.updated_at = kNow}, before), std::nullopt);
  EXPECT_EQ(error_of({.updated_at = kLater}, before), ErrorCode::conflict);
}

TEST(Outcome, checks_preconditions_of_writes_that_change_nothing) {
  Write write = write_of(WriteKind::set, city("SF", "x"));
  write.precondition.revision = 9;
  EXPECT_EQ(outcome_of(write, stored(city("SF", "x")), 0, kLater).error().code, ErrorCode::conflict);
}

std::string refusal(const Write& write) {
  const auto ok = check(write, mib(1));
  return ok ? "no refusal" : to_string(ok.error());
}

TEST(Write, is_refused_with_an_id_or_parent_that_cannot_be) {
  EXPECT_THAT(refusal(write_of(WriteKind::set, city("", "x"))), HasSubstr("id that cannot be"));
  EXPECT_THAT(refusal(write_of(WriteKind::set, city("a/b", "x"))), HasSubstr("id that cannot be"));
  EXPECT_THAT(refusal(write_of(WriteKind::remove, city(std::string("a\0", 2), "x"))), HasSubstr("id that cannot be"));
  EXPECT_THAT(refusal(write_of(WriteKind::set, city("a", "x"), "users")), HasSubstr("no document"));
  EXPECT_THAT(refusal(write_of(WriteKind::set, city("a", "x"), "users//b")), HasSubstr("empty"));
  EXPECT_EQ(refusal(write_of(WriteKind::set, city("a", "x"), "users/b")), "no refusal");
  EXPECT_EQ(path_of(table_of<City>(), {.parent = "users/b", .id = "a"}), "users/b/City/a");
}

TEST(Write, is_refused_with_cells_that_do_not_fit) {
  const Table& table = table_of<City>();
  Write write = write_of(WriteKind::set, city("a", "x"));
  const auto with = [&](std::string_view column, Cell cell) {
    Write changed = write;
    changed.cells[table.find(column)] = std::move(cell);
    return refusal(changed);
  };
  EXPECT_THAT(with("name", Cell()), HasSubstr("$.name: a value is wanted"));
  EXPECT_THAT(with("name", Cell(true)), HasSubstr("expected a text, got a boolean"));
  EXPECT_THAT(with("name", Cell(std::string("\xff"))), HasSubstr("UTF-8"));
  EXPECT_THAT(with("area", Cell(std::nan(""))), HasSubstr("NaN"));
  EXPECT_EQ(with("state", Cell()), "no refusal");
  EXPECT_THAT(with("name", Cell(std::string(mib(1) + 1, 'x'))), HasSubstr("too large"));
  write.cells.pop_back();
  EXPECT_THAT(refusal(write), HasSubstr("does not fit"));
}

TEST(Write, is_refused_for_an_unknown_kind_or_column) {
  Write write = write_of(WriteKind::set, city("a", "x"));
  write.obj_type = "Town";
  EXPECT_THAT(refusal(write), HasSubstr("'Town' is no kind of 'City'"));
  write.kind = WriteKind::update;
  write.columns = {99};
  EXPECT_THAT(refusal(write), HasSubstr("does not fit"));
  EXPECT_THAT(refusal(Write()), HasSubstr("no table"));
}

TEST(Write, of_an_update_is_checked_where_it_changes_only) {
  Write write = write_of(WriteKind::update, city("a", "x"));
  write.cells.assign(write.cells.size(), Cell());
  EXPECT_EQ(refusal(write), "no refusal");
  write.columns = {0};
  EXPECT_THAT(refusal(write), HasSubstr("$.name"));
}

}  // namespace
}  // namespace freshet::store
