// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/pgoutput.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>
#include <utility>

namespace freshet::store::postgres::pgoutput {
namespace {

// PostgreSQL counts microseconds from here.
constexpr Timestamp kEpoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);

// Reads big-endian numbers and strings, and never past the end: the first fault is kept and everything after it is 0.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

  Timestamp time() {
    const auto since = static_cast<std::int64_t>(u64());
    const std::int64_t epoch = kEpoch.time_since_epoch().count();
    if (since > std::numeric_limits<std::int64_t>::max() - epoch) {
      fault("a time beyond all calendars");
      return {};
    }
    return Timestamp(std::chrono::microseconds(since + epoch));
  }

  std::string_view raw(std::size_t size) {
    if (size > bytes_.size() - at_) {
      fault("more bytes");
      return {};
    }
    return bytes_.substr(std::exchange(at_, at_ + size), size);
  }

  std::string_view rest() { return raw(bytes_.size() - at_); }

  std::string string() {
    const std::size_t end = bytes_.find('\0', at_);
    if (end == std::string_view::npos) {
      fault("the end of a string");
      return {};
    }
    const std::string_view text = raw(end - at_);
    ++at_;
    return std::string(text);
  }

  /// A count that the remaining bytes can hold. Requires: item_bytes > 0.
  std::size_t count(std::size_t claimed, std::size_t most, std::size_t item_bytes) {
    if (claimed <= most && claimed <= (bytes_.size() - at_) / item_bytes) return claimed;
    fault("a smaller count");
    return 0;
  }

  void fault(const char* wanted) {
    if (wanted_ != nullptr) return;
    wanted_ = wanted;
    fault_at_ = at_;
    at_ = bytes_.size();
  }

  bool failed() const { return wanted_ != nullptr; }

  /// The message, if it has been read whole and without fault.
  template <class T> Result<T> done(T message) {
    if (!failed() && at_ != bytes_.size()) fault("the end of the message");
    if (!failed()) return message;
    return fail(ErrorCode::invalid_argument, "the server's replication message is malformed",
                std::string("expected ") + wanted_ + " at byte " + std::to_string(fault_at_));
  }

 private:
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : raw(size)) value = value << 8U | static_cast<std::uint8_t>(c);
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  const char* wanted_ = nullptr;
  std::size_t fault_at_ = 0;
};

Tuple read_tuple(Reader& in) {
  Tuple tuple(in.count(in.u16(), kColumnsMax, 1));
  for (TupleColumn& column : tuple) {
    switch (in.u8()) {
      case 'n':
        break;
      case 'u':
        column.kind = TupleColumn::Kind::unchanged;
        break;
      case 't':
        column.kind = TupleColumn::Kind::text;
        column.text = in.raw(in.u32());
        break;
      default:
        in.fault("the kind of a column");
    }
    if (in.failed()) break;
  }
  return tuple;
}

Begin read_begin(Reader& in) {
  Begin begin;
  begin.final_lsn = in.u64();
  begin.committed_at = in.time();
  begin.xid = in.u32();
  return begin;
}

Commit read_commit(Reader& in) {
  Commit commit;
  if (in.u8() != 0) in.fault("no flags of a commit");
  commit.commit_lsn = in.u64();
  commit.end_lsn = in.u64();
  commit.committed_at = in.time();
  return commit;
}

Relation read_relation(Reader& in) {
  Relation relation;
  relation.id = in.u32();
  relation.schema = in.string();
  relation.name = in.string();
  relation.identity = static_cast<char>(in.u8());
  constexpr std::size_t kColumnBytesMin = 1 + 1 + 4 + 4;
  relation.columns.resize(in.count(in.u16(), kColumnsMax, kColumnBytesMin));
  for (RelationColumn& column : relation.columns) {
    const std::uint8_t flags = in.u8();
    if (flags > 1) in.fault("the flags of a column");
    column.is_key = flags == 1;
    column.name = in.string();
    column.type = in.u32();
    column.modifier = static_cast<std::int32_t>(in.u32());
    if (in.failed()) break;
  }
  return relation;
}

Insert read_insert(Reader& in) {
  Insert insert;
  insert.relation = in.u32();
  if (in.u8() != 'N') in.fault("a new row");
  insert.after = read_tuple(in);
  return insert;
}

Update read_update(Reader& in) {
  Update update;
  update.relation = in.u32();
  std::uint8_t kind = in.u8();
  if (kind == 'O') {
    update.before = read_tuple(in);
    kind = in.u8();
  } else if (kind == 'K') {
    read_tuple(in);
    kind = in.u8();
  }
  if (kind != 'N') in.fault("a new row");
  update.after = read_tuple(in);
  return update;
}

Delete read_delete(Reader& in) {
  Delete removal;
  removal.relation = in.u32();
  const std::uint8_t kind = in.u8();
  if (kind != 'O' && kind != 'K') in.fault("an old row");
  Tuple before = read_tuple(in);
  if (kind == 'O') removal.before = std::move(before);
  return removal;
}

Truncate read_truncate(Reader& in) {
  Truncate truncate;
  const std::uint32_t claimed = in.u32();
  if (in.u8() > 3) in.fault("the options of a truncate");
  truncate.relations.resize(in.count(claimed, kRelationsMax, sizeof(std::uint32_t)));
  for (std::uint32_t& relation : truncate.relations) relation = in.u32();
  return truncate;
}

Other read_type(Reader& in) {
  in.u32();
  in.string();
  in.string();
  return {};
}

Other read_origin(Reader& in) {
  in.u64();
  in.string();
  return {};
}

Other read_program_message(Reader& in) {
  in.u8();
  in.u64();
  in.string();
  in.raw(in.u32());
  return {};
}

}  // namespace

std::string to_text(Lsn lsn) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "%X/%X", static_cast<unsigned>(lsn >> 32U),
                                 static_cast<unsigned>(lsn & 0xFFFFFFFFU));
  return {text, static_cast<std::size_t>(size)};
}

std::optional<Lsn> parse_lsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto half = [](std::string_view digits) -> std::optional<std::uint32_t> {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto high = half(text.substr(0, slash));
  const auto low = half(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return Lsn{*high} << 32U | *low;
}

Result<Message> decode(std::string_view bytes) {
  Reader in(bytes);
  const auto as_message = [&](auto message) { return in.done<Message>(std::move(message)); };
  switch (in.u8()) {
    case 'B':
      return as_message(read_begin(in));
    case 'C':
      return as_message(read_commit(in));
    case 'R':
      return as_message(read_relation(in));
    case 'I':
      return as_message(read_insert(in));
    case 'U':
      return as_message(read_update(in));
    case 'D':
      return as_message(read_delete(in));
    case 'T':
      return as_message(read_truncate(in));
    case 'Y':
      return as_message(read_type(in));
    case 'O':
      return as_message(read_origin(in));
    case 'M':
      return as_message(read_program_message(in));
    default:
      in.fault("the kind of a message");
      return as_message(Other());
  }
}

Result<Envelope> open_envelope(std::string_view bytes) {
  Reader in(bytes);
  switch (in.u8()) {
    case 'w': {
      LogData data;
      data.start = in.u64();
      data.end = in.u64();
      in.u64();  // when it was sent
      data.message = in.rest();
      return in.done<Envelope>(data);
    }
    case 'k': {
      KeepAlive alive;
      alive.end = in.u64();
      in.u64();
      const std::uint8_t wants_reply = in.u8();
      if (wants_reply > 1) in.fault("a truth value");
      alive.wants_reply = wants_reply == 1;
      return in.done<Envelope>(alive);
    }
    default:
      in.fault("log data or a keep-alive");
      return in.done<Envelope>(KeepAlive());
  }
}

std::string status_update(Lsn lsn, Timestamp now) {
  std::string out = "r";
  const auto put = [&](std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> static_cast<unsigned>(shift));
  };
  for (int written_flushed_applied = 0; written_flushed_applied < 3; ++written_flushed_applied) put(lsn);
  put(static_cast<std::uint64_t>((now - kEpoch).count()));
  out += '\0';
  return out;
}

}  // namespace freshet::store::postgres::pgoutput
