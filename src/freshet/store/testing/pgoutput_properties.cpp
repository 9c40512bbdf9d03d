// SPDX-License-Identifier: MIT
#include "freshet/store/testing/pgoutput_properties.hpp"

#include <optional>

#include "freshet/base/assert.hpp"
#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/log_assembler.hpp"
#include "freshet/store/postgres/internal/pgoutput.hpp"

namespace freshet::store::postgres::testing {
namespace {

constexpr std::uint32_t kRelation = 5;
constexpr const char* kTime = "2026-11-21 16:00:00.5+00";

Bytes& add_row(Bytes& bytes, std::string_view id, std::string_view revision, std::optional<std::string_view> count) {
  bytes.u16(7).value("").value(id).value("Counter").value(revision).value(kTime).value(kTime);
  return count ? bytes.value(*count) : bytes.unchanged();
}

void check_change(const Change& change) {
  FRESHET_ASSERT(change.table == &counters());
  FRESHET_ASSERT(change.before.has_value() == (change.kind != ChangeKind::create));
  FRESHET_ASSERT(change.after.has_value() == (change.kind != ChangeKind::remove));
  for (const auto& row : {change.before, change.after}) {
    if (!row) continue;
    FRESHET_ASSERT(row->key == change.key);
    FRESHET_ASSERT(row->cells.size() == counters().columns.size());
  }
}

}  // namespace

const Table& counters() {
  static const Table kTable = [] {
    Table table;
    table.name = "Counter";
    table.columns = {{.name = "count", .kind = ColumnKind::integer, .initial = std::int64_t{0}}};
    return table;
  }();
  return kTable;
}

Bytes relation_message(std::uint32_t id) {
  Bytes bytes;
  bytes.u8('R').u32(id).string("public").string("Counter").u8('f').u16(7);
  for (const std::string_view column : sql::kSystemColumns) bytes.u8(1).string(column).u32(25).u32(0xFFFFFFFF);
  bytes.u8(1).string("count").u32(20).u32(0xFFFFFFFF);
  return bytes;
}

std::vector<std::string> stream() {
  std::vector<std::string> messages;
  messages.push_back(Bytes().u8('B').u64(100).u64(0).u32(7).text);
  messages.push_back(relation_message(kRelation).text);
  Bytes insert;
  messages.push_back(add_row(insert.u8('I').u32(kRelation).u8('N'), "1", "1", "1").text);
  Bytes update;
  add_row(update.u8('U').u32(kRelation).u8('O'), "1", "1", "1");
  messages.push_back(add_row(update.u8('N'), "1", "2", "2").text);
  Bytes rename;
  add_row(rename.u8('U').u32(kRelation).u8('O'), "1", "2", "2");
  messages.push_back(add_row(rename.u8('N'), "2", "1", std::nullopt).text);
  Bytes removal;
  messages.push_back(add_row(removal.u8('D').u32(kRelation).u8('O'), "2", "1", "2").text);
  messages.push_back(Bytes().u8('C').u8(0).u64(100).u64(101).u64(0).text);
  return messages;
}

void check_pgoutput_properties(std::string_view bytes) {
  constexpr std::size_t kChangesMax = 8;
  LogAssembler assembler("public", {&counters()}, kChangesMax);
  [[maybe_unused]] const auto envelope = pgoutput::open_envelope(bytes);
  while (bytes.size() >= 2) {
    const std::size_t claimed =
        std::size_t{static_cast<std::uint8_t>(bytes[0])} << 8U | static_cast<std::uint8_t>(bytes[1]);
    bytes.remove_prefix(2);
    const std::string_view message = bytes.substr(0, claimed);
    bytes.remove_prefix(message.size());
    const auto taken = assembler.take(message);
    if (!taken) {
      FRESHET_ASSERT(!taken.error().primary.empty());
      return;
    }
    if (!*taken) continue;
    FRESHET_ASSERT(!assembler.is_in_transaction());
    FRESHET_ASSERT((*taken)->changes.size() <= kChangesMax);
    for (const Change& change : (*taken)->changes) check_change(change);
  }
}

}  // namespace freshet::store::postgres::testing
