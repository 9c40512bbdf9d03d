// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/service/mediators/row_event.hpp"
#include "freshet/service/mediators/trigger.hpp"
#include "freshet/store/outcome.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/transaction.hpp"

namespace freshet {

/// One thing that happened to one document that a mediator follows.
template <class T> struct Event {
  Trigger trigger = Trigger::create;
  Reference reference{};
  /// Empty for a create; for the others only where the store's history of the document was lost, which is when nobody
  /// followed for longer than the store keeps it.
  std::optional<Document<T>> before{};
  /// Empty for a remove.
  std::optional<Document<T>> after{};
  /// From 1.
  std::size_t attempt = 1;

  /// The document as it is; of one that is gone, as it was, or with nothing but its id where that is not known.
  const T& document() const { return after ? after->value : before ? before->value : only_id; }

  T only_id{};
};

namespace mediators {

/// Errors: a document that does not fit the model, with the place.
template <class T> Result<Event<T>> typed(const RowEvent& row, std::size_t attempt) {
  const store::Table& table = store::table_of<T>();
  Event<T> event{.trigger = row.trigger, .reference = store::reference_of(table, row.key), .attempt = attempt};
  for (const auto& [from, to] : {std::pair(&row.before, &event.before), std::pair(&row.after, &event.after)}) {
    if (!*from) continue;
    auto document = store::document_of<T>(**from);
    if (!document) return fail(std::move(document.error()));
    *to = std::move(*document);
  }
  if (event.before || event.after) return event;
  const store::Row empty{
      .key = row.key, .obj_type = table.variants.front().name, .cells = store::Cells(table.columns.size())};
  if (auto filled = store::from_row(table, empty, type_of<T>(), &event.only_id); !filled) {
    return fail(std::move(filled.error()));
  }
  return event;
}

}  // namespace mediators
}  // namespace freshet
