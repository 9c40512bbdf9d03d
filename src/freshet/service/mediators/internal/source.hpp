// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/service/mediators/row_event.hpp"
#include "freshet/service/mediators/trigger.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/query.hpp"
#include "freshet/store/row.hpp"

namespace freshet::mediators {

/// Whether a query can be followed: its conditions decide document by document.
/// Errors: refused for an order, a limit, an offset or a cursor; those of store::check().
Result<void> check_source(const store::Query& query);

/// What a change means to who follows a query; nothing if it does not concern the query.
std::optional<Trigger> trigger_of(const store::Query& query, const std::optional<store::Row>& before,
                                  const std::optional<store::Row>& after);
/// The same with all that belongs to it.
std::optional<RowEvent> event_of(const store::Query& query, store::Change&& change);

/// What a document's path names. Errors: invalid_argument if it is none.
Result<store::Key> key_of(std::string_view path);

/// The name of a mediator's mark of a document: an id in a store, so that '/' is written as "%2F".
std::string mark_id(std::string_view mediator, std::string_view path);

}  // namespace freshet::mediators
