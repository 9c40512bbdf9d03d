// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/errors.hpp"

#include <array>
#include <sqlite3.h>

#include "freshet/store/backend.hpp"

namespace freshet::store::sqlite {
namespace {

struct Meaning {
  int code;
  ErrorCode as;
  const char* primary;
  const char* hint;
};

// By the extended code first, then by the primary one, which is its lowest byte.
constexpr std::array kMeanings = {
    Meaning{SQLITE_CONSTRAINT_UNIQUE, ErrorCode::already_exists, "another document has this value already",
            "a unique index forbids it"},
    Meaning{SQLITE_CONSTRAINT_PRIMARYKEY, ErrorCode::already_exists, "the document exists already", ""},
    Meaning{SQLITE_CONSTRAINT, ErrorCode::refused, "the database refuses the write", ""},
    Meaning{SQLITE_BUSY, ErrorCode::unavailable, "the database is locked by another process",
            "it works again when the other process ends its transaction"},
    Meaning{SQLITE_LOCKED, ErrorCode::unavailable, "the database is locked", "retry"},
    Meaning{SQLITE_FULL, ErrorCode::unavailable, "the disk is full", "it works again when there is room"},
    Meaning{SQLITE_READONLY, ErrorCode::unavailable, "the database is read-only",
            "let this process write the file and its folder"},
    Meaning{SQLITE_CORRUPT, ErrorCode::unavailable, "the database file is damaged",
            "restore a backup, or save what can be saved with `sqlite3 FILE .recover`"},
    Meaning{SQLITE_NOTADB, ErrorCode::unavailable, "the file is no SQLite database",
            "name another file, or move this one away"},
    Meaning{SQLITE_CANTOPEN, ErrorCode::unavailable, "the database file cannot be opened",
            "check that its folder exists and that this process may read and write there"},
    Meaning{SQLITE_IOERR, ErrorCode::unavailable, "the disk failed", "it works again when the disk does"},
    Meaning{SQLITE_PROTOCOL, ErrorCode::unavailable, "the database is locked by other processes", "retry"},
    Meaning{SQLITE_NOMEM, ErrorCode::unavailable, "there is no memory left", ""},
    Meaning{SQLITE_INTERRUPT, ErrorCode::unavailable, "the store is being closed", ""},
    Meaning{SQLITE_TOOBIG, ErrorCode::too_large, "a value or a statement is too large for SQLite", ""},
};

const Meaning* meaning_of(int code) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code == code) return &meaning;
  }
  return nullptr;
}

}  // namespace

Error error_of(int code, std::string_view message, const std::string& path) {
  if (code == SQLITE_BUSY_SNAPSHOT) return lost_race("another process wrote meanwhile");
  const Meaning* meaning = meaning_of(code);
  if (meaning == nullptr) meaning = meaning_of(code & 0xFF);
  std::string detail(message);
  detail += ", in " + path;
  if (message.starts_with("no such table") || message.starts_with("no such column")) {
    return {.code = ErrorCode::invalid_argument,
            .primary = "a table is not prepared",
            .detail = detail,
            .hint = "prepare() it first"};
  }
  if (meaning == nullptr) return {.code = ErrorCode::internal, .primary = "SQLite failed", .detail = detail};
  return {.code = meaning->as, .primary = meaning->primary, .detail = std::move(detail), .hint = meaning->hint};
}

bool is_about_file(const Error& error) {
  for (const int code : {SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_READONLY}) {
    if (error.primary == meaning_of(code)->primary) return true;
  }
  return false;
}

}  // namespace freshet::store::sqlite
