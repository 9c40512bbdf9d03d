// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/letters.hpp"

#include <span>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/service/mediators/internal/content.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/store/outcome.hpp"

namespace freshet::mediators {

DeadLetter letter_of(const std::string& mediator, const store::Table& table, const RowEvent& event,
                     std::size_t attempts, const Error& error, Timestamp now) {
  DeadLetter letter;
  letter.id = event.letter.empty() ? random_token() : event.letter;
  letter.mediator = mediator;
  letter.document = store::path_of(table, event.key);
  letter.trigger = event.trigger;
  letter.attempts = static_cast<std::int64_t>(attempts);
  letter.failed_at = now;
  letter.error = to_string(error);
  // Of what is gone, what it was; of what is there, what it is.
  const bool was_gone = event.trigger == Trigger::remove || event.trigger == Trigger::leave;
  if (const auto& document = was_gone ? event.before : event.after) {
    letter.obj_type = document->obj_type;
    // A document that no model of today can hold is told of without its content rather than not at all.
    letter.content = content_of(table, *document).value_or("");
  }
  return letter;
}

Result<std::optional<RowEvent>> event_of_letter(store::BackendTransaction& transaction, const store::Query& source,
                                                const DeadLetter& letter) {
  auto key = key_of(letter.document);
  if (!key) return fail(std::move(key.error()));
  auto documents = transaction.get_many(*source.table, std::span(&*key, 1));
  if (!documents) return fail(std::move(documents.error()));
  std::optional<store::Row>& now = documents->front();
  const bool fulfils = now && store::matches(source, *now);
  const bool was_gone = letter.trigger == Trigger::remove || letter.trigger == Trigger::leave;
  if (fulfils == was_gone) return std::optional<RowEvent>();
  RowEvent event{.trigger = letter.trigger, .key = std::move(*key), .after = std::move(now), .letter = letter.id};
  if (was_gone && !letter.content.empty()) {
    // What a model of today cannot hold any more counts as not known.
    if (auto before = row_of(*source.table, event.key, letter.obj_type, letter.content))
      event.before = std::move(*before);
  }
  return std::optional(std::move(event));
}

Result<std::vector<DeadLetter>> find_letters(store::BackendTransaction& transaction, const std::string& mediator,
                                             std::size_t count) {
  store::Query query = records_of<DeadLetter>(mediator);
  query.limit = count;
  return find_records<DeadLetter>(transaction, query);
}

Result<void> requeue_letter(store::BackendTransaction& transaction, const std::string& id, Timestamp now,
                            const std::string& mediator) {
  auto letter = get_record<DeadLetter>(transaction, id);
  if (!letter) return fail(std::move(letter.error()));
  if (!*letter || (!mediator.empty() && (*letter)->mediator != mediator)) {
    return fail(ErrorCode::not_found, "there is no such dead letter", id);
  }
  auto task = get_record<Task>(transaction, mark_id((*letter)->mediator, (*letter)->document));
  if (!task) return fail(std::move(task.error()));
  if (!*task || (*task)->state != Task::State::dead) {
    (*letter)->state = DeadLetter::State::requeued;
    return put_record(transaction, **letter);
  }
  (*task)->state = Task::State::waiting;
  (*task)->attempts = 0;
  (*task)->due = now;
  if (auto written = put_record(transaction, **task); !written) return written;
  return remove_record<DeadLetter>(transaction, id);
}

}  // namespace freshet::mediators
