// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/connection.hpp"

#include <algorithm>
#include <optional>
#include <sqlite3.h>
#include <thread>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/codec/timestamp.hpp"
#include "freshet/store/sqlite/internal/errors.hpp"

namespace freshet::store::sqlite {
namespace {

// SQLite copies no text: what is bound outlives the steps.
constexpr auto kStatic = static_cast<sqlite3_destructor_type>(nullptr);

struct BindCell {
  sqlite3_stmt* statement;
  int at;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, at); }
  int operator()(bool value) const { return sqlite3_bind_int64(statement, at, value ? 1 : 0); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, at, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, at, value); }
  int operator()(Timestamp value) const { return (*this)(std::int64_t{value.time_since_epoch().count()}); }
  int operator()(const std::string& value) const { return (*this)(std::string_view(value)); }
  int operator()(const Json& value) const { return (*this)(std::string_view(value.text)); }
  int operator()(std::string_view value) const {
    // Without an address, SQLite would take an empty text for null.
    const char* const bytes = value.data() == nullptr ? "" : value.data();
    return sqlite3_bind_text64(statement, at, bytes, value.size(), kStatic, SQLITE_UTF8);
  }
};

}  // namespace

// --- Statement ---

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      is_lent_(std::exchange(other.is_lent_, nullptr)) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  if (is_lent_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  *is_lent_ = false;
}

void Statement::bind(int at, const Cell& cell) { note(std::visit(BindCell{statement_, at}, cell)); }

void Statement::bind(int at, std::int64_t value) { note(BindCell{statement_, at}(value)); }

void Statement::bind(int at, std::string_view text) { note(BindCell{statement_, at}(text)); }

void Statement::note(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

Result<bool> Statement::step() {
  if (bind_code_ != SQLITE_OK) return fail(connection_->error());
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = connection_->error();
  sqlite3_reset(statement_);
  return fail(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const auto has_row = step();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) break;
  }
  sqlite3_reset(statement_);
  return {};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::text(int column) const {
  const auto* const bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Cell Statement::cell(int column, ColumnKind kind) const {
  const int type = sqlite3_column_type(statement_, column);
  if (type == SQLITE_NULL) return {};
  switch (kind) {
    case ColumnKind::boolean:
      return integer(column) != 0;
    case ColumnKind::integer:
      return integer(column);
    case ColumnKind::real:
      return sqlite3_column_double(statement_, column);
    case ColumnKind::text:
      return std::string(text(column));
    case ColumnKind::timestamp:
      return Timestamp(std::chrono::microseconds(integer(column)));
    case ColumnKind::json:
      return Json{std::string(text(column))};
  }
  FRESHET_ASSERT(false);
  return {};
}

// --- Connection ---

Result<std::unique_ptr<Connection>> Connection::open(ConnectionOptions options) {
  std::unique_ptr<Connection> made(new Connection(std::move(options)));
  const ConnectionOptions& wanted = made->options_;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= wanted.is_read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (wanted.may_create && !wanted.is_read_only) flags |= SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(wanted.path.c_str(), &made->database_, flags, nullptr) != SQLITE_OK) {
    return fail(made->error());
  }
  sqlite3_busy_handler(made->database_, on_busy, made.get());
  return made;
}

Connection::~Connection() {
  for (const Cached& cached : cache_) {
    FRESHET_ASSERT(!cached.is_lent);
    sqlite3_finalize(cached.statement);
  }
  sqlite3_close_v2(database_);
}

// Waits in small steps, so that a store that is closed does not wait for another process.
int Connection::on_busy(void* self, int count) {
  auto& connection = *static_cast<Connection*>(self);
  const ConnectionOptions& options = connection.options_;
  const auto now = std::chrono::steady_clock::now();
  if (count == 0) connection.busy_since_ = now;
  if (options.is_stopped != nullptr && options.is_stopped->load()) return 0;
  if (now - connection.busy_since_ >= options.busy_timeout) return 0;
  std::this_thread::sleep_for(std::chrono::microseconds(std::min(250 * (count + 1), 5000)));
  return 1;
}

Result<sqlite3_stmt*> Connection::compile(std::string_view sql, bool is_kept) {
  sqlite3_stmt* statement = nullptr;
  const unsigned flags = is_kept ? SQLITE_PREPARE_PERSISTENT : 0;
  if (sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), flags, &statement, nullptr) !=
      SQLITE_OK) {
    return fail(error());
  }
  return statement;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  const auto found = by_sql_.find(sql);
  if (found != by_sql_.end() && !found->second->is_lent) {
    cache_.splice(cache_.begin(), cache_, found->second);
    found->second->is_lent = true;
    return Statement(*this, found->second->statement, &found->second->is_lent);
  }
  const bool is_kept = found == by_sql_.end();
  auto compiled = compile(sql, is_kept);
  if (!compiled) return fail(std::move(compiled.error()));
  if (!is_kept) return Statement(*this, *compiled, nullptr);  // the kept one is under way
  cache_.push_front({std::string(sql), *compiled, true});
  by_sql_.emplace(cache_.front().sql, cache_.begin());
  trim_cache();
  return Statement(*this, *compiled, &cache_.front().is_lent);
}

void Connection::trim_cache() {
  for (auto at = cache_.end(); cache_.size() > options_.statements_max && at != cache_.begin();) {
    --at;
    if (at->is_lent) continue;
    by_sql_.erase(at->sql);
    sqlite3_finalize(at->statement);
    at = cache_.erase(at);
  }
}

Result<void> Connection::run(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  return statement->run();
}

Result<void> Connection::run_once(const std::string& sql) {
  auto compiled = compile(sql, false);
  if (!compiled) return fail(std::move(compiled.error()));
  return Statement(*this, *compiled, nullptr).run();
}

Result<std::int64_t> Connection::integer(std::string_view sql, std::int64_t otherwise) {
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  const auto has_row = statement->step();
  if (!has_row) return fail(has_row.error());
  return *has_row && !statement->is_null(0) ? statement->integer(0) : otherwise;
}

bool Connection::is_in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

void Connection::roll_back() {
  if (!is_in_transaction()) return;
  // Where even this fails, SQLite has ended the transaction by itself or does so when the connection is closed.
  (void)run("ROLLBACK");
}

bool Connection::is_read_only() const { return sqlite3_db_readonly(database_, "main") == 1; }

bool Connection::has_moved() const {
  int moved = 0;
  const int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;
}

void Connection::interrupt() { sqlite3_interrupt(database_); }

Error Connection::error() const {
  const int code = database_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(database_);
  return error_of(code, database_ == nullptr ? "out of memory" : sqlite3_errmsg(database_), options_.path);
}

}  // namespace freshet::store::sqlite
