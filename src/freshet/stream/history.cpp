// SPDX-License-Identifier: MIT
#include "freshet/stream/history.hpp"

#include <algorithm>
#include <utility>

namespace freshet::stream {
namespace {

// What an entry of the map of keys takes beside the text of the key.
constexpr std::size_t kLagKeyBytes = 80;

}  // namespace

History::~History() { forget(complete_after_); }

void History::count(Entry& entry) {
  const std::size_t bytes = entry.event->bytes() + sizeof(Entry);
  bytes_ += bytes - entry.bytes;
  stats_.history_bytes += bytes - entry.bytes;
  entry.bytes = bytes;
}

void History::append(EventPtr event, SteadyTime now, bool keep_keys) {
  count(entries_.emplace_back(Entry{std::move(event), now}));
  ++stats_.history_events;
  expire(now, keep_keys);
}

void History::expire(SteadyTime now, bool keep_keys) {
  while (!entries_.empty() && now - entries_.front().at > options_.history_age_max) pop_oldest(keep_keys);
  shrink(keep_keys);
}

void History::shrink(bool keep_keys) {
  const auto too_much = [this] {
    return bytes_ > options_.history_bytes_max || stats_.history_bytes > options_.history_total_bytes_max;
  };
  while (!entries_.empty() && too_much()) pop_oldest(keep_keys);
}

void History::pop_oldest(bool keep_keys) {
  const Entry entry = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= entry.bytes;
  stats_.history_bytes -= entry.bytes;
  --stats_.history_events;
  if (keep_keys) keep_keys_of(*entry.event);
  complete_after_ = entry.event->position();
}

void History::forget(Position position) {
  while (!entries_.empty()) pop_oldest(false);
  drop_lag_keys();
  complete_after_ = position;
}

void History::weigh(Position since, bool keep_keys) {
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && entry->event->position() > since; ++entry) {
    count(*entry);
  }
  shrink(keep_keys);
}

std::vector<EventPtr> History::after(Position since) const {
  const auto first = std::ranges::upper_bound(entries_, since, std::less<>(),
                                              [](const Entry& entry) { return entry.event->position(); });
  std::vector<EventPtr> events;
  events.reserve(static_cast<std::size_t>(entries_.end() - first));
  for (auto entry = first; entry != entries_.end(); ++entry) events.push_back(entry->event);
  return events;
}

void History::keep_keys_of(const Event& event) {
  if (!lag_complete_after_) lag_complete_after_ = complete_after_;
  const Position position = event.position();
  if (event.kind() != EventKind::update) {
    // Errors are rare, and not told by keys: who missed some begins anew.
    drop_lag_keys();
    lag_complete_after_ = position;
    return;
  }
  for (const ItemAt& item : event.items()) {
    if (item.size == 0) continue;
    const auto [place, is_new] = lag_keys_.insert_or_assign(std::string(event.item_key(item)), position);
    if (!is_new) continue;
    lag_key_bytes_ += place->first.size() + kLagKeyBytes;
    stats_.lag_key_bytes += place->first.size() + kLagKeyBytes;
  }
  if (lag_key_bytes_ <= options_.lag_keys_bytes_max) return;
  ++stats_.lag_keys_dropped;
  drop_lag_keys();
  lag_complete_after_ = position;
}

bool History::knows_keys(Position since) const {
  return covers(since) || (lag_complete_after_ && since >= *lag_complete_after_);
}

void History::for_each_lag_key(Position since, const std::function<void(std::string_view)>& visit) const {
  for (const auto& [key, position] : lag_keys_) {
    if (position > since) visit(key);
  }
}

void History::drop_lag_keys() {
  stats_.lag_key_bytes -= lag_key_bytes_;
  lag_key_bytes_ = 0;
  lag_keys_ = {};
  lag_complete_after_.reset();
}

}  // namespace freshet::stream
