// SPDX-License-Identifier: MIT
// What sessions are owed that join, come back or do not keep up.
#include <algorithm>
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/stream/error_event.hpp"
#include "freshet/stream/instance.hpp"
#include "freshet/stream/merger.hpp"

namespace freshet::stream {
namespace {

// So many kinds of laggards are remembered at one version; there are hardly ever more.
constexpr std::size_t kMergedKept = 64;

}  // namespace

bool Instance::resume(Session& session, std::string_view since) {
  StreamStats& stats = context_.stats;
  const ResumePoint point = ids_.parse(since);
  switch (point.kind) {
    case ResumePoint::Kind::foreign:
      ++stats.resumes_foreign;
      return false;
    case ResumePoint::Kind::garbled:
      ++stats.resumes_garbled;
      return false;
    case ResumePoint::Kind::incomplete:
      ++stats.resumes_partial;
      return false;
    case ResumePoint::Kind::position:
      break;
  }
  if (point.position > position()) {
    ++stats.resumes_future;
    return false;
  }
  if (!history_.covers(point.position) || !faults_known_) {
    ++stats.resumes_too_old;
    return false;
  }
  std::vector<EventPtr> missed;
  if (owner_ == nullptr || slow_readers_.way() != SlowReaders::Way::conflate) {
    missed = history_.after(point.position);
  } else {
    // What its caller may read may have become less: no row is sent that was taken from him meanwhile.
    const Merged& now = merged(point.position);
    if (now.outweighs_init) {
      ++stats.lag_inits;
      return false;
    }
    missed = now.events;
  }
  ++stats.resumes;
  stats.events_resumed += missed.size();
  session.deliver(missed, position());
  session.seen = event_count_;
  history_.weigh(point.position, laggards_ != 0);
  return true;
}

void Instance::supply_init(Session& session) {
  const Init* init = current_init();
  session.wants_init = init == nullptr;
  if (init == nullptr) return begin_steps();
  std::vector<EventPtr> events = init->events;
  const Position since = init->position;
  if (since < last_event_) std::ranges::move(history_.after(since), std::back_inserter(events));
  session.deliver(events, position());
  session.seen = event_count_;
  history_.weigh(since, laggards_ != 0);
}

/// The init that is there and worth sending, or a new one, if it can be had at once; else null.
const Instance::Init* Instance::current_init() {
  if (steps_ != nullptr) return nullptr;
  if (!init_.events.empty() && history_.covers(init_.position)) {
    ++context_.stats.inits_shared;
    return &init_;
  }
  if (!context_.turns.take(source_->row_count())) return nullptr;
  encode_init();
  return &init_;
}

void Instance::encode_init() {
  std::string text;
  RowFaults faults;
  RowWriter rows(source_->key_type(), source_->value_type(), text, faults);
  source_->write_all(rows);
  rows.finish();
  if (!faults_known_) {
    faults_ = faults;
    faults_.take_news();
  }
  set_init(text, faults);
}

void Instance::begin_steps() {
  if (steps_ != nullptr) return;
  // Where faults are not known yet, the steps and the updates meanwhile find them together.
  if (!faults_known_) faults_ = {};
  step_faults_ = {};
  steps_ = source_->begin_steps(faults_known_ ? step_faults_ : faults_);
  context_.turns.add(*this);
}

SteppedRows::Step Instance::step(std::size_t rows) {
  const SteppedRows::Step step = steps_->step(rows);
  step_faults_.take_news();
  if (!faults_known_) faults_.take_news();
  if (!step.done) return step;
  set_init(std::exchange(steps_, nullptr)->finish(), faults_);
  for (const auto& session : sessions_) {
    if (session->wants_init) supply_init(*session);
  }
  return step;
}

void Instance::set_init(const std::string& rows, const RowFaults& faults) {
  // The errors that stand are a part of it: whoever is sent the one is sent the other.
  std::vector<ErrorEvent> errors = source_->standing_errors();
  for (const auto& [key, message] : faults.standing()) errors.push_back({source_->name(), key, message});
  const Position at = position();
  EventDraft draft(EventKind::init, errors.empty() ? ids_.id(at) : ids_.incomplete_id(at), at);
  draft.text() += rows;
  init_ = {.events = {draft.finish(id_)}, .position = at, .bytes = rows.size()};
  if (!errors.empty()) {
    EventDraft standing(EventKind::errors, ids_.id(at), at);
    write_errors(standing, errors);
    init_.events.push_back(standing.finish(id_));
    init_.bytes += init_.events.back()->data().size();
  }
  bytes_since_init_ = 0;
  last_init_bytes_ = init_.bytes;
  faults_known_ = true;
  ++context_.stats.inits_encoded;
  context_.stats.snapshot_rows += source_->row_count();
}

void Instance::fell_behind(Session& session) {
  ++laggards_;
  session.seen = event_count_ - 1;  // this event is the first that it does not get
  if (slow_readers_.way() != SlowReaders::Way::disconnect) return;
  caught_up(session);
  ++context_.stats.slow_disconnected;
  session.finish(*farewell(R"({"reason":"too_slow"})"));
}

void Instance::caught_up(Session&) {
  if (--laggards_ == 0) history_.drop_lag_keys();
}

void Instance::catch_up(Session& session) {
  if (session.wants_init) return;  // it comes when it is there
  if (!session.position()) return supply_init(session);
  slow_readers_.way() == SlowReaders::Way::conflate ? conflate(session) : skip(session);
}

void Instance::conflate(Session& session) {
  const Merged& owed = merged(*session.position());
  if (owed.outweighs_init) {
    ++context_.stats.lag_inits;
    return supply_init(session);
  }
  if (session.deliver(owed.events, position())) ++context_.stats.conflations;
}

const Instance::Merged& Instance::merged(Position since) {
  for (const Merged& known : merged_) {
    if (known.since == since) return known;
  }
  if (merged_.size() >= kMergedKept) merged_.clear();
  return merged_.emplace_back(merge(since));
}

Instance::Merged Instance::merge(Position since) const {
  Merged merged{.since = since, .events = {}, .outweighs_init = true};
  if (!history_.knows_keys(since)) return merged;
  const Merger::Bounds bounds{.keys_max = source_->row_count(), .bytes_max = last_init_bytes_};
  Merger rows(EventKind::update, bounds);
  Merger errors(EventKind::errors, bounds);
  bool fits = true;
  history_.newest_first(
      since, [&](const History::Entry& entry) { return fits = rows.add(*entry.event) && errors.add(*entry.event); });
  RowFaults known;  // they were told when they came up
  history_.for_each_lag_key(since,
                            [&](std::string_view key) { fits = fits && rows.add_current(*source_, key, known); });
  if (!fits) return merged;
  merged.outweighs_init = false;
  const Position now = position();
  // The errors first, under the id that the client has: who gets no further comes back for both.
  if (!errors.empty()) merged.events.push_back(errors.finish(ids_.id(rows.empty() ? now : since), now, id_));
  if (!rows.empty()) merged.events.push_back(rows.finish(ids_.id(now), now, id_));
  context_.stats.merged_encoded += merged.events.size();
  context_.stats.merged_keys += rows.key_count();
  return merged;
}

/// The newest events that fit; of those the last in each interval, if that is what was declared.
void Instance::skip(Session& session) {
  const auto interval = slow_readers_.interval();
  std::vector<EventPtr> chosen;
  std::size_t bytes = 0;
  SteadyTime last_chosen;
  history_.newest_first(*session.position(), [&](const History::Entry& entry) {
    if (!chosen.empty() && last_chosen - entry.at < interval) return true;
    bytes += entry.event->block(Format::sse)->size();
    if (!chosen.empty() && bytes > context_.options.session_queue_bytes_max) return false;
    chosen.push_back(entry.event);
    last_chosen = entry.at;
    return true;
  });
  std::ranges::reverse(chosen);
  const std::uint64_t owed = event_count_ - session.seen;
  if (!session.deliver(chosen, position())) return;
  context_.stats.slow_events_dropped += owed - chosen.size();
  session.seen = event_count_;
}

}  // namespace freshet::stream
