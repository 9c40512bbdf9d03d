// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "freshet/service/mediators/dead_letter.hpp"
#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/row_event.hpp"

namespace freshet::mediators {

/// The dead letter for an event that was given up; its id is that of the event's letter, or a new one.
DeadLetter letter_of(const std::string& mediator, const store::Table& table, const RowEvent& event,
                     std::size_t attempts, const Error& error, Timestamp now);

/// The event of a dead letter, with the document as it is now. Empty if there is nothing left to do: what was created
/// or changed is gone, or what was gone is back.
/// Errors: the letter does not belong to the source, or what it holds cannot be read any more.
Result<std::optional<RowEvent>> event_of_letter(store::BackendTransaction& transaction, const store::Query& source,
                                                const DeadLetter& letter);

/// The first dead letters of a mediator, by id.
Result<std::vector<DeadLetter>> find_letters(store::BackendTransaction& transaction, const std::string& mediator,
                                             std::size_t count);

/// Has a letter tried again: a task is due at once, what a follower gave up comes to it by the feed.
/// Errors: not_found; if a mediator is named, also where the letter is another's.
Result<void> requeue_letter(store::BackendTransaction& transaction, const std::string& id, Timestamp now,
                            const std::string& mediator = {});

}  // namespace freshet::mediators
