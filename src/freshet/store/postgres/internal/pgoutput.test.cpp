// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/pgoutput.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/store/postgres/internal/log_assembler.hpp"
#include "freshet/store/testing/pgoutput_properties.hpp"

namespace freshet::store::postgres {
namespace {

using pgoutput::decode;
using testing::Bytes;
using testing::counters;
using testing::stream;

template <class T> T decoded(const Bytes& bytes) {
  const auto message = decode(bytes.text);
  EXPECT_TRUE(message.has_value()) << to_string(message.error());
  return message ? std::get<T>(*message) : T();
}

TEST(Pgoutput, reads_a_transaction_message_by_message) {
  const auto begin = decoded<pgoutput::Begin>(Bytes().u8('B').u64(0x16B374D848).u64(1'000'000).u32(77));
  EXPECT_EQ(pgoutput::to_text(begin.final_lsn), "16/B374D848");
  EXPECT_EQ(begin.committed_at, Timestamp(std::chrono::seconds(946684801)));
  EXPECT_EQ(begin.xid, 77U);
  const auto relation = decoded<pgoutput::Relation>(testing::relation_message(5));
  EXPECT_EQ(relation.name, "Counter");
  EXPECT_EQ(relation.columns.size(), 7U);
  EXPECT_EQ(relation.columns.back().name, "count");
  Bytes both;  // what is decoded points into it
  both.u8('U').u32(5).u8('O').u16(1).value("a").u8('N').u16(3).null().unchanged().value("");
  const auto update = decoded<pgoutput::Update>(both);
  ASSERT_TRUE(update.before.has_value());
  EXPECT_EQ(update.before->front().text, "a");
  EXPECT_EQ(update.after[0].kind, pgoutput::TupleColumn::Kind::null);
  EXPECT_EQ(update.after[1].kind, pgoutput::TupleColumn::Kind::unchanged);
  EXPECT_EQ(update.after[2].kind, pgoutput::TupleColumn::Kind::text);
  const auto removal = decoded<pgoutput::Delete>(Bytes().u8('D').u32(5).u8('K').u16(1).value("a"));
  EXPECT_FALSE(removal.before.has_value()) << "a key is not the row";
  EXPECT_EQ(decoded<pgoutput::Truncate>(Bytes().u8('T').u32(2).u8(0).u32(5).u32(6)).relations.size(), 2U);
  const auto commit = decoded<pgoutput::Commit>(Bytes().u8('C').u8(0).u64(8).u64(9).u64(0));
  EXPECT_EQ(commit.end_lsn, 9U);
  decoded<pgoutput::Other>(Bytes().u8('Y').u32(1).string("public").string("mood"));
  decoded<pgoutput::Other>(Bytes().u8('O').u64(1).string("elsewhere"));
  decoded<pgoutput::Other>(Bytes().u8('M').u8(1).u64(1).string("p").u32(2).raw("hi"));
}

TEST(Pgoutput, refuses_every_message_that_is_cut_short_or_goes_on) {
  for (const std::string& message : stream()) {
    ASSERT_TRUE(decode(message).has_value());
    for (std::size_t size = 0; size < message.size(); ++size) {
      const auto cut = decode(std::string_view(message).substr(0, size));
      ASSERT_FALSE(cut.has_value()) << size << " of " << message;
      EXPECT_EQ(cut.error().code, ErrorCode::invalid_argument);
    }
    EXPECT_FALSE(decode(message + 'x').has_value());
  }
}

TEST(Pgoutput, allocates_nothing_for_what_is_only_claimed) {
  EXPECT_FALSE(decode(Bytes().u8('T').u32(0xFFFFFFFF).u8(0).text).has_value());
  EXPECT_FALSE(decode(Bytes().u8('I').u32(1).u8('N').u16(0xFFFF).text).has_value());
  EXPECT_FALSE(decode(Bytes().u8('I').u32(1).u8('N').u16(1).u8('t').u32(0xFFFFFFFF).text).has_value());
  EXPECT_FALSE(decode(Bytes().u8('R').u32(1).string("").string("x").u8('f').u16(0xFFFF).text).has_value());
}

TEST(Pgoutput, refuses_what_is_no_message) {
  for (const std::string& bad :
       {std::string(), std::string("Z"), Bytes().u8('C').u8(1).u64(8).u64(9).u64(0).text,
        Bytes().u8('B').u64(1).u64(0x7FFFFFFFFFFFFFFF).u32(1).text, Bytes().u8('I').u32(1).u8('X').u16(0).text,
        Bytes().u8('D').u32(1).u8('N').u16(0).text}) {
    EXPECT_FALSE(decode(bad).has_value());
  }
}

TEST(Pgoutput, reads_and_answers_the_envelopes_of_replication) {
  const std::string sent = Bytes().u8('w').u64(1).u64(2).u64(3).raw("message").text;  // what is read points into it
  const auto data = pgoutput::open_envelope(sent);
  EXPECT_EQ(std::get<pgoutput::LogData>(*data).message, "message");
  const auto alive = pgoutput::open_envelope(Bytes().u8('k').u64(7).u64(3).u8(1).text);
  EXPECT_EQ(std::get<pgoutput::KeepAlive>(*alive).end, 7U);
  EXPECT_TRUE(std::get<pgoutput::KeepAlive>(*alive).wants_reply);
  EXPECT_FALSE(pgoutput::open_envelope(Bytes().u8('k').u64(7).u64(3).u8(2).text).has_value());
  EXPECT_FALSE(pgoutput::open_envelope("").has_value());
  const Timestamp second_after_2000(std::chrono::seconds(946684801));
  EXPECT_EQ(pgoutput::status_update(0x0102, second_after_2000),
            Bytes().u8('r').u64(0x0102).u64(0x0102).u64(0x0102).u64(1'000'000).u8(0).text);
}

TEST(Pgoutput, writes_and_reads_places_in_the_log) {
  EXPECT_EQ(pgoutput::parse_lsn("16/B374D848"), 0x16B374D848U);
  EXPECT_EQ(pgoutput::parse_lsn("FFFFFFFF/FFFFFFFF"), UINT64_MAX);
  for (const char* bad : {"", "/", "1", "1/", "/1", "1/2/3", "1/g", "1/123456789", "-1/1"}) {
    EXPECT_FALSE(pgoutput::parse_lsn(bad).has_value()) << bad;
  }
}

TEST(LogAssembler, puts_whole_transactions_together) {
  LogAssembler assembler("public", {&counters()}, 100);
  std::vector<LoggedTransaction> transactions;
  for (const std::string& message : stream()) {
    auto taken = assembler.take(message);
    ASSERT_TRUE(taken.has_value()) << to_string(taken.error());
    if (*taken) transactions.push_back(**std::move(taken));
  }
  ASSERT_EQ(transactions.size(), 1U);
  EXPECT_EQ(transactions[0].end, 101U);
  const auto& changes = transactions[0].changes;
  ASSERT_EQ(changes.size(), 5U);
  EXPECT_EQ(changes[0].kind, ChangeKind::create);
  EXPECT_EQ(changes[0].after->cells, Cells{std::int64_t{1}});
  EXPECT_EQ(changes[1].kind, ChangeKind::update);
  EXPECT_EQ(changes[1].before->cells, Cells{std::int64_t{1}});
  EXPECT_EQ(changes[1].after->cells, Cells{std::int64_t{2}});
  EXPECT_EQ(changes[2].kind, ChangeKind::remove) << "a document that gets another id is another document";
  EXPECT_EQ(changes[3].kind, ChangeKind::create);
  EXPECT_EQ(changes[3].after->cells, Cells{std::int64_t{2}}) << "what is unchanged is taken from before";
  EXPECT_EQ(changes[4].kind, ChangeKind::remove);
}

TEST(LogAssembler, fills_columns_that_are_younger_than_the_row) {
  Table table = counters();
  table.columns.push_back({.name = "colour", .initial = std::string("red")});
  LogAssembler assembler("public", {&table}, 100);
  for (const std::string& message : stream()) {
    auto taken = assembler.take(message);
    ASSERT_TRUE(taken.has_value());
    if (*taken) {
      EXPECT_EQ((*taken)->changes[0].after->cells.back(), Cell(std::string("red")));
    }
  }
}

TEST(LogAssembler, gives_up_where_the_log_is_of_no_use) {
  const auto code_of = [](const std::vector<std::string>& messages, std::size_t changes_max) {
    LogAssembler assembler("public", {&counters()}, changes_max);
    for (const std::string& message : messages) {
      if (auto taken = assembler.take(message); !taken) return taken.error().code;
    }
    return ErrorCode::internal;
  };
  std::vector<std::string> messages = stream();
  EXPECT_EQ(code_of(messages, 2), ErrorCode::limit_exceeded);
  EXPECT_EQ(code_of({messages[0], messages[0]}, 9), ErrorCode::invalid_argument)
      << "a transaction within a transaction";
  EXPECT_EQ(code_of({messages[1], messages[2]}, 9), ErrorCode::invalid_argument) << "a row outside of one";
  EXPECT_EQ(code_of({messages[0], messages[2]}, 9), ErrorCode::invalid_argument) << "a row of an unknown table";
  EXPECT_EQ(code_of({messages[0], messages[1], Bytes().u8('T').u32(1).u8(0).u32(5).text}, 9), ErrorCode::refused);
  const std::string without_before =
      Bytes().u8('D').u32(5).u8('K').u16(7).value("").value("1").null().null().null().null().null().text;
  EXPECT_EQ(code_of({messages[0], messages[1], without_before}, 9), ErrorCode::refused);
}

TEST(PgoutputProperties, hold_for_streams_that_were_changed_at_random) {
  std::string all;
  for (const std::string& message : stream())
    all += Bytes().u16(static_cast<std::uint16_t>(message.size())).raw(message).text;
  testing::check_pgoutput_properties(all);
  std::uint32_t random = 1;
  const auto below = [&](std::size_t end) { return (random = random * 1664525 + 1013904223) / 7 % end; };
  for (int i = 0; i < 20'000; ++i) {
    std::string changed = all;
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      changed[below(changed.size())] = static_cast<char>(below(256));
    }
    testing::check_pgoutput_properties(changed.substr(0, 1 + below(changed.size())));
  }
}

}  // namespace
}  // namespace freshet::store::postgres
