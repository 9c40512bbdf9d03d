// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/internal/source.hpp"

namespace freshet::mediators {

/// The mediator's marks of documents, in the order of `keys`; empty where there is none.
Result<std::vector<std::optional<Task>>> marks_of(store::BackendTransaction& transaction, const std::string& mediator,
                                                  const store::Table& table, const std::vector<store::Key>& keys);

/// What the rows of a snapshot mean to a mediator that has marks of what it saw before: what it never saw is created,
/// what it saw in an older version is changed, and what it saw but does not fulfil the query any more has left.
Result<std::vector<RowEvent>> events_of_snapshot(store::BackendTransaction& transaction, const std::string& mediator,
                                                 const store::Query& source, std::vector<store::Change> rows);

/// Some of the marks, and what became of their documents unseen.
struct Unseen {
  std::vector<RowEvent> events;
  /// To go on after; empty: that was all.
  std::string last_id;
};
/// Looks at up to `count` marks behind the mark `after` whether their documents are gone or have left.
Result<Unseen> find_unseen(store::BackendTransaction& transaction, const std::string& mediator,
                           const store::Query& source, const std::string& after, std::size_t count);

}  // namespace freshet::mediators
