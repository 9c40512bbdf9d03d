// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"

/// What a PostgreSQL server sends to whoever follows its log: the messages of streaming replication, and inside them
/// those of the output plugin pgoutput, protocol version 1. A pure function of bytes, fuzzed.
///
/// Source: PostgreSQL 15, sections 55.4 (Streaming Replication Protocol) and 55.9 (Logical Replication Message Formats)
namespace freshet::store::postgres::pgoutput {

/// A place in the log.
using Lsn = std::uint64_t;

/// The text form, `16/B374D848`, and back. Errors of the latter: nothing.
std::string to_text(Lsn lsn);
std::optional<Lsn> parse_lsn(std::string_view text);

/// What a message may claim before it is refused.
inline constexpr std::size_t kColumnsMax = 1664;     // PostgreSQL's MaxTupleAttributeNumber
inline constexpr std::size_t kRelationsMax = 65536;  // of one TRUNCATE

struct Begin {
  Lsn final_lsn = 0;
  Timestamp committed_at{};
  std::uint32_t xid = 0;
};

struct Commit {
  Lsn commit_lsn = 0;
  /// Where the commit ends: what has to be asked for to get what follows.
  Lsn end_lsn = 0;
  Timestamp committed_at{};
};

struct RelationColumn {
  bool is_key = false;
  std::string name;
  std::uint32_t type = 0;
  std::int32_t modifier = -1;
};

/// Tells of a table before the first of its rows, and again when it has changed.
struct Relation {
  std::uint32_t id = 0;
  std::string schema;
  std::string name;
  char identity = 'd';
  std::vector<RelationColumn> columns;
};

struct TupleColumn {
  enum class Kind : std::uint8_t { null, unchanged, text };
  Kind kind = Kind::null;
  /// Valid as long as the message.
  std::string_view text;
};
using Tuple = std::vector<TupleColumn>;

struct Insert {
  std::uint32_t relation = 0;
  Tuple after;
};

struct Update {
  std::uint32_t relation = 0;
  /// All of the row under REPLICA IDENTITY FULL; nothing where the server told no more than the key.
  std::optional<Tuple> before;
  Tuple after;
};

struct Delete {
  std::uint32_t relation = 0;
  std::optional<Tuple> before;
};

struct Truncate {
  std::vector<std::uint32_t> relations;
};

/// What matters to others: the origin of a transaction, the name of a type, a message that a program wrote.
struct Other {};

using Message = std::variant<Begin, Commit, Relation, Insert, Update, Delete, Truncate, Other>;

/// One message of pgoutput. Errors: invalid_argument for whatever is not exactly one, with the byte.
Result<Message> decode(std::string_view bytes);

/// A piece of the log: one message of the plugin.
struct LogData {
  Lsn start = 0;
  Lsn end = 0;
  std::string_view message;
};

struct KeepAlive {
  /// Everything up to here has been sent.
  Lsn end = 0;
  bool wants_reply = false;
};

using Envelope = std::variant<LogData, KeepAlive>;

/// What one CopyData message of the replication stream holds. Errors: as decode().
Result<Envelope> open_envelope(std::string_view bytes);

/// The answer that tells the server how far we have come: all before `lsn` may be asked for no more.
std::string status_update(Lsn lsn, Timestamp now);

}  // namespace freshet::store::postgres::pgoutput
