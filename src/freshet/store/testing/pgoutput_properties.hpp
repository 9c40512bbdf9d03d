// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/store/table.hpp"

namespace freshet::store::postgres::testing {

/// Writes bytes as the server does.
struct Bytes {
  std::string text;

  Bytes& number(std::uint64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
      text += static_cast<char>(value >> static_cast<unsigned>(shift));
    return *this;
  }
  Bytes& u8(std::uint8_t value) { return number(value, 1); }
  Bytes& u16(std::uint16_t value) { return number(value, 2); }
  Bytes& u32(std::uint32_t value) { return number(value, 4); }
  Bytes& u64(std::uint64_t value) { return number(value, 8); }
  Bytes& raw(std::string_view bytes) { return text += bytes, *this; }
  Bytes& string(std::string_view bytes) { return raw(bytes).u8(0); }
  Bytes& value(std::string_view bytes) { return u8('t').u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes); }
  Bytes& null() { return u8('n'); }
  Bytes& unchanged() { return u8('u'); }
};

/// A small table: "Counter" with a column "count".
const Table& counters();
/// Tells of it. Its rows have 7 columns.
Bytes relation_message(std::uint32_t id);
/// One transaction with a create, an update, one that changes the id, and a remove: message by message.
std::vector<std::string> stream();

/// Takes any bytes, as messages with two bytes of length before each, and aborts if decoding them does what it must
/// not.
void check_pgoutput_properties(std::string_view bytes);

}  // namespace freshet::store::postgres::testing
