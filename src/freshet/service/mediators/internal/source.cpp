// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/source.hpp"

#include <utility>

#include "freshet/store/reference.hpp"

namespace freshet::mediators {

Result<void> check_source(const store::Query& query) {
  const bool selects =
      !query.orders.empty() || query.start || query.end || query.offset != 0 || query.limit != store::Query::kNoLimit;
  if (selects) {
    return fail(ErrorCode::refused, "a query with an order, a cursor, an offset or a limit cannot be followed",
                "the query of '" + query.table->name + "'",
                "a mediator looks at one document at a time: leave only conditions");
  }
  return store::check(query);
}

std::optional<Trigger> trigger_of(const store::Query& query, const std::optional<store::Row>& before,
                                  const std::optional<store::Row>& after) {
  const bool was = before && store::matches(query, *before);
  const bool is = after && store::matches(query, *after);
  if (is) return was ? Trigger::update : Trigger::create;
  if (!was) return std::nullopt;
  return after ? Trigger::leave : Trigger::remove;
}

std::optional<RowEvent> event_of(const store::Query& query, store::Change&& change) {
  const auto trigger = trigger_of(query, change.before, change.after);
  if (!trigger) return std::nullopt;
  RowEvent event{.trigger = *trigger, .key = std::move(change.key), .after = std::move(change.after)};
  // What did not fulfil the query is none of the follower's business.
  if (*trigger != Trigger::create) event.before = std::move(change.before);
  return event;
}

Result<store::Key> key_of(std::string_view path) {
  const auto reference = Reference::parse(path);
  if (!reference) return fail(reference.error());
  if (!reference->is_document())
    return fail(ErrorCode::invalid_argument, "this is no document's path", std::string(path));
  return store::Key{reference->parent().parent().path(), std::string(reference->name())};
}

std::string mark_id(std::string_view mediator, std::string_view path) {
  std::string id(mediator);
  id += ':';
  for (const char c : path) {
    if (c == '/') {
      id += "%2F";
    } else if (c == '%') {
      id += "%25";
    } else {
      id += c;
    }
  }
  return id;
}

}  // namespace freshet::mediators
