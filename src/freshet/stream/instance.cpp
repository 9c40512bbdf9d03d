// SPDX-License-Identifier: MIT
#include "freshet/stream/instance.hpp"

#include <algorithm>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/codec/sse.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/stream/error_event.hpp"

namespace freshet::stream {

Instance::Instance(InstanceContext context, std::string id, std::string canonical, std::unique_ptr<Source> source,
                   std::shared_ptr<const Caller> owner)
    : context_(context),
      id_(std::move(id)),
      canonical_(std::move(canonical)),
      source_(std::move(source)),
      owner_(std::move(owner)) {
  touch();
  changes_ = source_->subscribe([this](const ChangedRows& changes) { on_changes(changes); });
  errors_ = source_->watch_errors([this](const ErrorEvents& news) { on_errors(news.version, news.events); });
  ++context_.stats.instances;
}

Instance::~Instance() {
  --context_.stats.instances;
  context_.stats.openings -= openings;
}

void Instance::join(std::shared_ptr<net::OutputStream> stream, std::optional<Timestamp> until) {
  SessionOwner& owner = *this;
  auto session = std::make_unique<Session>(owner, std::move(stream), context_.options, context_.stats);
  session->index = sessions_.size();
  session->expires_at = until;
  if (until) next_expiry_ = std::min(next_expiry_, *until);
  sessions_.push_back(std::move(session));
  sessions_.back()->start();
}

void Instance::on_changes(const ChangedRows& changes) {
  init_.reset();
  if (sessions_.empty()) return;
  std::string event;
  codec::begin_sse_event(event, {.event = "update", .id = std::to_string(changes.version())});
  RowWriter rows(source_->key_type(), source_->value_type(), event, faults_);
  changes.write(rows);
  rows.finish();
  codec::end_sse_event(event);
  ++context_.stats.updates_encoded;
  send(std::move(event));
  if (const auto news = error_events(source_->name(), faults_.take_news()); !news.empty())
    on_errors(changes.version(), news);
}

void Instance::on_errors(Version version, const std::vector<ErrorEvent>& events) {
  if (sessions_.empty()) return;
  std::string event;
  append_error_event(event, version, events);
  send(std::move(event));
}

void Instance::send(std::string event) {
  const net::Block block = net::make_block(std::move(event));
  for (const auto& session : sessions_) session->send(block);
}

net::Block Instance::init_block() {
  const Version version = context_.graph.version();
  if (init_ != nullptr && init_version_ == version) return init_;
  std::string event;
  codec::begin_sse_event(event, {.event = "init", .id = std::to_string(version)});
  faults_ = {};
  RowWriter rows(source_->key_type(), source_->value_type(), event, faults_);
  source_->write_all(rows);
  rows.finish();
  codec::end_sse_event(event);

  // The errors that stand are part of the block: whoever is sent the one is sent the other.
  std::vector<ErrorEvent> errors = source_->standing_errors();
  std::ranges::move(error_events(source_->name(), faults_.take_news()), std::back_inserter(errors));
  if (!errors.empty()) append_error_event(event, version, errors);
  ++context_.stats.inits_encoded;
  init_ = net::make_block(std::move(event));
  init_version_ = version;
  return init_;
}

void Instance::heartbeat(const net::Block& comment) {
  for (const auto& session : sessions_) session->heartbeat(comment);
}

std::size_t Instance::expire(const net::Block& farewell) {
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
  for (Session* session : over) {
    session->finish(farewell);
    leave(*session);
  }
  return over.size();
}

void Instance::part(const std::function<net::Block()>& farewell) {
  for (const auto& session : sessions_) session->finish(farewell());
  sessions_.clear();
}

bool Instance::idle() const {
  return sessions_.empty() && context_.clock.steady_now() - last_used_ >= context_.options.idle_time;
}

void Instance::leave(Session& session) {
  const std::size_t index = session.index;
  FRESHET_ASSERT(index < sessions_.size());
  std::swap(sessions_[index], sessions_.back());
  sessions_[index]->index = index;
  sessions_.pop_back();
  if (sessions_.empty()) {
    init_.reset();
    touch();
  }
}

}  // namespace freshet::stream
