// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/transaction.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "freshet/store/outcome.hpp"
#include "freshet/store/postgres/internal/dialect.hpp"

namespace freshet::store::postgres {
namespace {

// Keys that are asked for one by one: above that, one statement with lists costs less.
constexpr std::size_t kFewKeys = 8;
constexpr std::size_t kParametersMax = 65535;  // of PostgreSQL's protocol

constexpr const char* kLastRevision =
    "SELECT coalesce((SELECT revision FROM freshet_tombstones WHERE table_name = $1 AND parent = $2 AND id = $3), "
    "(SELECT revision FROM freshet_forgotten WHERE table_name = $1), 0)";

Parameters of_key(const Key& key) {
  Parameters parameters;
  parameters.add_text(key.parent);
  parameters.add_text(key.id);
  return parameters;
}

// An array of texts: every element in quotes, as PostgreSQL reads them.
std::string array_of(std::span<const Key> keys, const std::vector<std::size_t>& places) {
  std::string out = "{";
  for (const std::size_t place : places) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : keys[place].id) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + '}';
}

bool has_nul(const Key& key) {
  return key.parent.find('\0') != std::string::npos || key.id.find('\0') != std::string::npos;
}

tl::unexpected<Error> too_many_rows(const Table& table, std::size_t rows_max) {
  return fail(ErrorCode::limit_exceeded, "too many documents of '" + table.name + "' for one answer",
              "at most " + std::to_string(rows_max), "ask for a page: limit() and a cursor");
}

template <class... T> Result<Parameters> parameters_of(const T&... cells) {
  Parameters parameters;
  Result<void> added;
  ((added = added ? parameters.add(Cell(cells)) : added), ...);
  if (!added) return fail(std::move(added.error()));
  return parameters;
}

Result<void> add_cells(Parameters& parameters, const Cells& cells, std::span<const std::size_t> places) {
  for (const std::size_t place : places) {
    if (auto added = parameters.add(cells[place]); !added) return added;
  }
  return {};
}

// Those that are not as they were.
std::vector<std::size_t> columns_to_write(const std::optional<Row>& before, const Row& after) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < after.cells.size(); ++i) {
    if (!before || before->cells[i] != after.cells[i]) places.push_back(i);
  }
  return places;
}

}  // namespace

Result<std::vector<Rows>> Transaction::run_queue() {
  auto rows = session_.run_queue();
  if (rows) return rows;
  is_broken_ = true;
  error_ = rows.error();
  return rows;
}

Result<std::vector<Row>> Transaction::read_rows(const Table& table, const Rows& rows) {
  std::vector<Row> out;
  out.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto row = read_row(table, rows, i);
    if (!row) return fail(std::move(row.error()));
    out.push_back(*std::move(row));
  }
  return out;
}

Result<std::vector<std::optional<Row>>> Transaction::get_many(const Table& table, std::span<const Key> keys) {
  if (error_) return fail(*error_);
  if (auto ok = tables_.check(&table); !ok) return fail(std::move(ok.error()));
  if (keys.size() > rules_.limits.answer_rows_max) return too_many_rows(table, rules_.limits.answer_rows_max);
  if (std::ranges::any_of(keys, has_nul)) {
    return fail(ErrorCode::invalid_argument, "an id of '" + table.name + "' has a NUL");
  }
  return keys.size() <= kFewKeys ? get_few(table, keys) : get_crowd(table, keys);
}

Result<std::vector<std::optional<Row>>> Transaction::get_few(const Table& table, std::span<const Key> keys) {
  if (keys.empty()) return std::vector<std::optional<Row>>();
  const std::string text = sql::select_row(kDialect, table);
  for (const Key& key : keys) session_.queue(text, of_key(key));
  auto answers = run_queue();
  if (!answers) return fail(std::move(answers.error()));
  std::vector<std::optional<Row>> out;
  for (std::size_t i = answers->size() - keys.size(); i < answers->size(); ++i) {
    auto rows = read_rows(table, (*answers)[i]);
    if (!rows) return fail(std::move(rows.error()));
    out.push_back(rows->empty() ? std::nullopt : std::optional(std::move(rows->front())));
  }
  return out;
}

Result<std::vector<std::optional<Row>>> Transaction::get_crowd(const Table& table, std::span<const Key> keys) {
  std::map<std::string_view, std::vector<std::size_t>> by_parent;
  for (std::size_t i = 0; i < keys.size(); ++i) by_parent[keys[i].parent].push_back(i);
  const std::string text = "SELECT " + sql::row_columns(table) + " FROM " + sql::quoted(table.name) + " WHERE " +
                           sql::quoted(sql::kParent) + " = $1 AND " + sql::quoted(sql::kId) + " = ANY($2::text[])";
  for (const auto& [parent, places] : by_parent) {
    Parameters parameters;
    parameters.add_text(parent);
    parameters.add_text(array_of(keys, places));
    session_.queue(text, parameters);
  }
  auto answers = run_queue();
  if (!answers) return fail(std::move(answers.error()));
  std::map<Key, Row> found;
  for (std::size_t i = answers->size() - by_parent.size(); i < answers->size(); ++i) {
    auto rows = read_rows(table, (*answers)[i]);
    if (!rows) return fail(std::move(rows.error()));
    for (Row& row : *rows) found.emplace(row.key, std::move(row));
  }
  std::vector<std::optional<Row>> out;
  out.reserve(keys.size());
  for (const Key& key : keys) {
    const auto place = found.find(key);
    out.push_back(place == found.end() ? std::nullopt : std::optional(place->second));
  }
  return out;
}

Result<std::vector<Row>> Transaction::query(const Query& query) {
  if (error_) return fail(*error_);
  if (auto ok = check(query); !ok) return fail(std::move(ok.error()));
  if (auto ok = tables_.check(query.table); !ok) return fail(std::move(ok.error()));
  Query bounded = query;  // one row more tells that there are too many
  bounded.limit = std::min(query.limit, rules_.limits.answer_rows_max + 1);
  const sql::Statement statement = sql::select(kDialect, bounded);
  if (statement.parameters.size() > kParametersMax) {
    return fail(ErrorCode::too_large, "a query of '" + query.table->name + "' has too many operands",
                std::to_string(statement.parameters.size()), "PostgreSQL takes at most 65535");
  }
  Parameters parameters;
  for (const Cell& cell : statement.parameters) {
    if (auto added = parameters.add(cell); !added) return fail(std::move(added.error()));
  }
  constexpr std::size_t kKeptBytesMax = kib(4);  // what is longer is hardly asked twice
  session_.queue(statement.text, parameters, statement.text.size() <= kKeptBytesMax);
  auto answers = run_queue();
  if (!answers) return fail(std::move(answers.error()));
  if (answers->back().size() > rules_.limits.answer_rows_max) {
    return too_many_rows(*query.table, rules_.limits.answer_rows_max);
  }
  return read_rows(*query.table, answers->back());
}

Result<std::optional<Row>> Transaction::write(const Write& write) {
  if (error_) return fail(*error_);
  auto row = try_write(write);
  if (!row) error_ = row.error();
  return row;
}

Result<std::optional<Row>> Transaction::try_write(const Write& write) {
  if (!rules_.may_write) return fail(ErrorCode::refused, "a transaction that only reads cannot write");
  if (auto ok = check(write, rules_.limits.document_bytes_max); !ok) return fail(std::move(ok.error()));
  if (auto ok = tables_.check(write.table); !ok) return fail(std::move(ok.error()));
  std::optional<Row> before;
  auto outcome = decide(write, before);
  if (!outcome) return fail(std::move(outcome.error()));
  if (!outcome->change) return std::move(outcome->after);
  if (++writes_ > rules_.limits.transaction_writes_max) {
    return fail(ErrorCode::limit_exceeded, "a transaction writes too many documents",
                "at most " + std::to_string(rules_.limits.transaction_writes_max));
  }
  auto queued = queue_change(write, *outcome->change, before, outcome->after ? *outcome->after : Row());
  if (!queued) return fail(std::move(queued.error()));
  return std::move(outcome->after);
}

void Transaction::queue_last_revision(const Write& write) {
  Parameters removed;
  for (const std::string& text : {write.table->name, write.key.parent, write.key.id}) removed.add_text(text);
  session_.queue(kLastRevision, removed);
}

Result<Outcome> Transaction::decide(const Write& write, std::optional<Row>& before) {
  session_.queue(sql::select_row(kDialect, *write.table), of_key(write.key));
  const bool is_create = write.kind == WriteKind::create;
  if (is_create) queue_last_revision(write);
  auto answers = run_queue();
  if (!answers) return fail(std::move(answers.error()));
  auto found = read_rows(*write.table, (*answers)[answers->size() - (is_create ? 2 : 1)]);
  if (!found) return fail(std::move(found.error()));
  if (!found->empty()) before = std::move(found->front());
  if (!before && write.kind == WriteKind::set) {  // mostly there is one: a second round trip is rare
    queue_last_revision(write);
    answers = run_queue();
    if (!answers) return fail(std::move(answers.error()));
  }
  const bool may_create = !before && (is_create || write.kind == WriteKind::set);
  const Revision last_revision = may_create ? std::stoll(std::string(answers->back().text(0, 0))) : 0;
  return outcome_of(write, before, last_revision, rules_.now);
}

Result<void> Transaction::queue_change(const Write& write, ChangeKind change, const std::optional<Row>& before,
                                       const Row& after) {
  const Table& table = *write.table;
  if (change == ChangeKind::remove) {
    session_.queue(sql::remove_row(kDialect, table), of_key(write.key));
    return {};
  }
  const bool is_update = change == ChangeKind::update;
  const std::vector<std::size_t> columns = columns_to_write(is_update ? before : std::nullopt, after);
  auto parameters = is_update ? parameters_of(after.obj_type, after.revision, after.updated_at)
                              : parameters_of(after.key.parent, after.key.id, after.obj_type, after.revision,
                                              after.created_at, after.updated_at);
  if (!parameters) return fail(std::move(parameters.error()));
  if (auto added = add_cells(*parameters, after.cells, columns); !added) return added;
  if (is_update) {
    parameters->add_text(write.key.parent);
    parameters->add_text(write.key.id);
  }
  session_.queue(is_update ? sql::update_row(kDialect, table, columns) : sql::insert_row(kDialect, table), *parameters);
  return {};
}

}  // namespace freshet::store::postgres
