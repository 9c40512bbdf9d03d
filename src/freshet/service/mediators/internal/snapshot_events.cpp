// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/snapshot_events.hpp"

#include <utility>

#include "freshet/store/outcome.hpp"

namespace freshet::mediators {

Result<std::vector<std::optional<Task>>> marks_of(store::BackendTransaction& transaction, const std::string& mediator,
                                                  const store::Table& table, const std::vector<store::Key>& keys) {
  std::vector<store::Key> marks;
  marks.reserve(keys.size());
  for (const store::Key& key : keys) marks.push_back({"", mark_id(mediator, store::path_of(table, key))});
  return get_records<Task>(transaction, marks);
}

Result<std::vector<RowEvent>> events_of_snapshot(store::BackendTransaction& transaction, const std::string& mediator,
                                                 const store::Query& source, std::vector<store::Change> rows) {
  std::vector<store::Key> keys;
  keys.reserve(rows.size());
  for (const store::Change& row : rows) keys.push_back(row.key);
  const auto marks = marks_of(transaction, mediator, *source.table, keys);
  if (!marks) return fail(marks.error());
  std::vector<RowEvent> events;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    store::Change& row = rows[i];
    const std::optional<Task>& mark = (*marks)[i];
    const bool fulfils = row.after && store::matches(source, *row.after);
    if (!fulfils && !mark) continue;
    if (fulfils && mark && mark->revision >= row.after->revision) continue;
    const Trigger trigger = !fulfils ? Trigger::leave : mark ? Trigger::update : Trigger::create;
    events.push_back({.trigger = trigger, .key = std::move(row.key), .after = std::move(row.after)});
  }
  return events;
}

Result<Unseen> find_unseen(store::BackendTransaction& transaction, const std::string& mediator,
                           const store::Query& source, const std::string& after, std::size_t count) {
  store::Query query = records_of<Task>(mediator);
  query.conditions.push_back(
      {.column = store::Table::kId, .comparison = store::Comparison::greater, .operands = {after}});
  query.orders.push_back({.column = store::Table::kId});
  query.limit = count;
  const auto marks = find_records<Task>(transaction, query);
  if (!marks) return fail(marks.error());
  std::vector<store::Key> keys;
  for (const Task& mark : *marks) {
    auto key = key_of(mark.document);
    if (!key) return fail(key.error());
    keys.push_back(std::move(*key));
  }
  auto documents = transaction.get_many(*source.table, keys);
  if (!documents) return fail(std::move(documents.error()));
  Unseen unseen;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::optional<store::Row>& document = (*documents)[i];
    if (document && store::matches(source, *document)) continue;
    const Trigger trigger = document ? Trigger::leave : Trigger::remove;
    unseen.events.push_back({.trigger = trigger, .key = std::move(keys[i]), .after = std::move(document)});
  }
  if (marks->size() == count) unseen.last_id = marks->back().id;
  return unseen;
}

}  // namespace freshet::mediators
