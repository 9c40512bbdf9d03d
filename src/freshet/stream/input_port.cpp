// SPDX-License-Identifier: MIT
#include "freshet/stream/input_port.hpp"

namespace freshet::stream {

using codec::JsonToken;

Result<void> InputPort::read_rows(codec::JsonReader& reader, Transaction& transaction, const Writer& writer) const {
  if (reader.token() != JsonToken::begin_list) return reader.wrong("a list of rows, [[key,[value,...]],...]");
  while (reader.next() != JsonToken::end_list) {
    if (reader.token() != JsonToken::begin_list) return reader.wrong("a row, [key,[value,...]]");
    reader.next();
    if (auto row = read_row(reader, transaction, writer); !row) return row;
    if (auto ended = reader.expect(JsonToken::end_list); !ended) return ended;
  }
  return {};
}

}  // namespace freshet::stream
