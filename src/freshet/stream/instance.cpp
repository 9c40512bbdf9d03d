// SPDX-License-Identifier: MIT
#include "freshet/stream/instance.hpp"

#include <algorithm>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/base/ids.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/stream/error_event.hpp"

namespace freshet::stream {
namespace {

// Chosen anew for each instance: a position in one says nothing about another.
std::string epoch_for(const StreamOptions& options) {
  constexpr std::size_t kTokenBytes = 12;
  return options.epoch.empty() ? random_token().substr(0, kTokenBytes) : options.epoch;
}

}  // namespace

Instance::Instance(InstanceContext context, InstanceTraits traits, std::unique_ptr<Source> source)
    : context_(context),
      id_(std::make_shared<const std::string>(std::move(traits.id))),
      canonical_(std::move(traits.canonical)),
      owner_(std::move(traits.owner)),
      slow_readers_(traits.slow_readers),
      ids_(epoch_for(context.options)),
      source_(std::move(source)),
      last_event_{context.graph.version(), 0},
      history_(context.options, context.stats) {
  touch();
  history_.forget(last_event_);
  changes_ = source_->subscribe([this](const ChangedRows& changes) { on_changes(changes); });
  errors_ = source_->watch_errors([this](const ErrorEvents& news) { on_errors(news.version, news.events); });
  ++context_.stats.instances;
}

Instance::~Instance() {
  context_.turns.remove(*this);
  --context_.stats.instances;
  context_.stats.openings -= openings;
}

Position Instance::position() const { return std::max(last_event_, Position{context_.graph.version(), 0}); }

Position Instance::next_position(Version version) const {
  return last_event_.version == version && event_count_ != 0 ? Position{version, last_event_.part + 1}
                                                             : Position{version, 0};
}

void Instance::on_changes(const ChangedRows& changes) {
  const Position position = next_position(changes.version());
  if (!goes_on_recording()) return stop_recording(position);
  const SteadyTime begun = context_.clock.steady_now();
  EventDraft draft(EventKind::update, ids_.id(position), position);
  RowWriter rows(source_->key_type(), source_->value_type(), draft.text(), faults_, &draft.items());
  changes.write(rows);
  rows.finish();
  const EventPtr event = draft.finish(id_);
  ++context_.stats.updates_encoded;
  context_.stats.encode_times.observe(context_.clock.steady_now() - begun);
  if (steps_ != nullptr) {
    auto item = event->items().begin();
    changes.for_each_key([&](const void* key) { steps_->replace(key, event->item_text(*item++)); });
  }
  publish(event);
  context_.deliveries.published(begun);
  if (const auto news = error_events(source_->name(), faults_.take_news()); !news.empty()) {
    on_errors(changes.version(), news);
  }
}

void Instance::on_errors(Version version, const std::vector<ErrorEvent>& events) {
  const Position position = next_position(version);
  if (!goes_on_recording()) return stop_recording(position);
  EventDraft draft(EventKind::errors, ids_.id(position), position);
  write_errors(draft, with_faults(events));
  publish(draft.finish(id_));
}

/// The news of the graph, told after those of the rows. A row may fail no longer in its mapper, but in being written:
/// then it is not well again.
std::vector<ErrorEvent> Instance::with_faults(std::vector<ErrorEvent> news) const {
  if (faults_.empty()) return news;
  for (ErrorEvent& each : news) {
    const auto fault = faults_.standing().find(each.key);
    const bool is_fault = each.message.empty() && each.node == source_->name() && fault != faults_.standing().end();
    if (is_fault) each.message = fault->second;
  }
  return news;
}

bool Instance::goes_on_recording() {
  if (!recording_ || !sessions_.empty()) return recording_;
  return context_.clock.steady_now() - last_read_ <= context_.options.history_age_max;
}

/// Something changed at `position`, and was not encoded.
void Instance::stop_recording(Position position) {
  recording_ = false;
  faults_known_ = false;
  faults_ = {};
  init_ = {};
  merged_.clear();
  last_event_ = position;
  ++event_count_;
  history_.forget(position);
}

void Instance::publish(const EventPtr& event) {
  last_event_ = event->position();
  ++event_count_;
  merged_.clear();
  // Backwards, since one that ends is replaced by the last.
  for (std::size_t at = sessions_.size(); at-- > 0;) {
    Session& session = *sessions_[at];
    session.send(event);
    if (session.finished()) leave(session);
  }
  // After the sessions: those that fell behind need its keys once it leaves, and what they asked for is weighed.
  history_.append(event, context_.clock.steady_now(), laggards_ != 0);
  bytes_since_init_ += event->data().size();
  if (bytes_since_init_ > init_.bytes) init_ = {};
}

Session& Instance::join(std::unique_ptr<SessionPort> port, std::string_view since, std::optional<Timestamp> until) {
  SessionOwner& owner = *this;
  auto joining = std::make_unique<Session>(owner, std::move(port), context_.options, context_.stats);
  Session& session = *joining;
  session.index = sessions_.size();
  session.expires_at = until;
  if (until) next_expiry_ = std::min(next_expiry_, *until);
  sessions_.push_back(std::move(joining));
  recording_ = true;
  if (since.empty() || !resume(session, since)) supply_init(session);
  return session;
}

void Instance::leave(Session& session) {
  const std::size_t index = session.index;
  FRESHET_ASSERT(index < sessions_.size());
  if (session.behind()) caught_up(session);
  std::swap(sessions_[index], sessions_.back());
  sessions_[index]->index = index;
  sessions_.pop_back();
  if (!sessions_.empty()) return;
  touch();
  last_read_ = last_used_;
  context_.turns.remove(*this);
  steps_.reset();
}

void Instance::heartbeat() {
  for (const auto& session : sessions_) session->heartbeat();
}

std::size_t Instance::expire() {
  const Timestamp now = context_.clock.now();
  if (now < next_expiry_) return 0;
  next_expiry_ = Timestamp::max();
  std::vector<Session*> over;
  for (const auto& session : sessions_) {
    if (!session->expires_at) continue;
    if (*session->expires_at <= now) {
      over.push_back(session.get());
    } else {
      next_expiry_ = std::min(next_expiry_, *session->expires_at);
    }
  }
  if (over.empty()) return 0;
  const EventPtr expired = farewell(R"({"reason":"token_expired"})");
  for (Session* session : over) {
    session->finish(*expired);
    leave(*session);
  }
  return over.size();
}

void Instance::part() {
  const EventPtr closed = farewell("null");
  for (const auto& session : sessions_) session->finish(*closed);
  sessions_.clear();
}

std::size_t Instance::send_away(std::size_t max, const std::function<std::chrono::milliseconds()>& delay) {
  std::size_t count = 0;
  for (; count < max && !sessions_.empty(); ++count) {
    sessions_.back()->send_away(delay());
    leave(*sessions_.back());
  }
  return count;
}

void Instance::tend() {
  for (std::size_t at = sessions_.size(); at-- > 0;) {
    if (sessions_[at]->finished()) leave(*sessions_[at]);
  }
  history_.expire(context_.clock.steady_now(), laggards_ != 0);
  if (!recording_ || goes_on_recording()) return;
  // Nothing has changed that was not encoded: who comes back before something does can still go on from here.
  recording_ = false;
  init_ = {};
  history_.forget(last_event_);
}

bool Instance::idle() const {
  return sessions_.empty() && context_.clock.steady_now() - last_used_ >= context_.options.idle_time;
}

}  // namespace freshet::stream
