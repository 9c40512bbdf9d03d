// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/service/mediators/trigger.hpp"
#include "freshet/store/backend.hpp"

/// What mediators keep in the store itself, beside the documents that they are about.
namespace freshet::mediators {

/// Where a mediator is in the store's feed, and which process follows it for all.
struct Place {
  std::string mediator;
  /// Unset until a snapshot was handled to its end.
  std::optional<std::string> position;
  /// Who follows; empty if nobody does.
  std::string owner;
  /// Until when nobody else may.
  Timestamp lease_until{};
};
constexpr auto describe(of<Place>) {
  return model("freshet_offsets", key<&Place::mediator>(), field<&Place::position>(), field<&Place::owner>(),
               field<&Place::lease_until>());
}

/// What a mediator has done, or is to do, with one document.
struct Task {
  enum class State : std::uint8_t {
    waiting,  ///< To be done from `due` on.
    done,     ///< The mark: the version `revision` was handled.
    dead,     ///< Given up; there is a dead letter.
  };

  std::string id;
  std::string mediator;
  /// Its path.
  std::string document;
  Trigger trigger = Trigger::create;
  State state = State::done;
  /// The version of the document that this is about.
  std::int64_t revision = 0;
  /// What was there before, where that cannot be read afresh: for remove and leave.
  std::string before;
  std::string before_type;
  std::int64_t attempts = 0;
  /// When it may be claimed. A worker that claims it moves this to the end of its lease.
  Timestamp due{};
  /// Whose claim it is.
  std::string owner;
  std::string error;
};
constexpr auto describe(of<Task::State>) {
  using enum Task::State;
  return enumeration<waiting, done, dead>("task_state");
}
constexpr auto describe(of<Task>) {
  return model("freshet_tasks", key<&Task::id>(), field<&Task::mediator>(), field<&Task::document>(),
               field<&Task::trigger>(), field<&Task::state>(), field<&Task::revision>(), field<&Task::before>(),
               field<&Task::before_type>(), field<&Task::attempts>(), field<&Task::due>(), field<&Task::owner>(),
               field<&Task::error>(), index<&Task::mediator, &Task::state, &Task::due>());
}

// Reads and writes of records within a transaction.

template <class T> Result<T> record_of(const store::Row& row) {
  const store::Table& table = store::table_of<T>();
  T record;
  if (auto read = store::from_cells(table, table.variants.front(), row.key.id, row.cells, &record); !read) {
    return fail(std::move(read.error()));
  }
  return record;
}

template <class T>
Result<std::vector<std::optional<T>>> get_records(store::BackendTransaction& transaction,
                                                  std::span<const store::Key> keys) {
  auto rows = transaction.get_many(store::table_of<T>(), keys);
  if (!rows) return fail(std::move(rows.error()));
  std::vector<std::optional<T>> records(rows->size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!(*rows)[i]) continue;
    auto record = record_of<T>(*(*rows)[i]);
    if (!record) return fail(std::move(record.error()));
    records[i] = std::move(*record);
  }
  return records;
}

template <class T> Result<std::optional<T>> get_record(store::BackendTransaction& transaction, std::string id) {
  const store::Key key{"", std::move(id)};
  auto records = get_records<T>(transaction, std::span(&key, 1));
  if (!records) return fail(std::move(records.error()));
  return std::move(records->front());
}

template <class T>
Result<std::vector<T>> find_records(store::BackendTransaction& transaction, const store::Query& query) {
  const auto rows = transaction.query(query);
  if (!rows) return fail(rows.error());
  std::vector<T> records;
  records.reserve(rows->size());
  for (const store::Row& row : *rows) {
    auto record = record_of<T>(row);
    if (!record) return fail(std::move(record.error()));
    records.push_back(std::move(*record));
  }
  return records;
}

template <class T> Result<void> put_record(store::BackendTransaction& transaction, const T& record) {
  const store::Table& table = store::table_of<T>();
  const store::Variant& variant = table.variants.front();
  auto cells = store::to_cells(table, variant, &record);
  if (!cells) return fail(std::move(cells.error()));
  auto written = transaction.write({.kind = store::WriteKind::set,
                                    .table = &table,
                                    .key = {"", store::id_of(variant, &record)},
                                    .obj_type = variant.name,
                                    .cells = std::move(*cells)});
  if (!written) return fail(std::move(written.error()));
  return {};
}

template <class T> Result<void> remove_record(store::BackendTransaction& transaction, std::string id) {
  auto written =
      transaction.write({.kind = store::WriteKind::remove, .table = &store::table_of<T>(), .key = {"", std::move(id)}});
  if (!written) return fail(std::move(written.error()));
  return {};
}

/// A query of the records of one mediator.
template <class T> store::Query records_of(const std::string& mediator) {
  const store::Table& table = store::table_of<T>();
  store::Query query{.table = &table};
  query.conditions.push_back(
      {.column = table.find("mediator"), .comparison = store::Comparison::equal, .operands = {mediator}});
  return query;
}

}  // namespace freshet::mediators
