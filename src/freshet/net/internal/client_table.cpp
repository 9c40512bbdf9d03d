// SPDX-License-Identifier: MIT
#include "freshet/net/internal/client_table.hpp"

#include <cmath>

namespace freshet::net {
namespace {

bool is_limited(const RateLimit& limit) { return limit.per_second > 0; }

// At least one: a client that is told to come back at once would.
std::chrono::seconds whole_seconds(std::chrono::duration<double> time) {
  return std::chrono::seconds(std::max<std::int64_t>(1, std::llround(std::ceil(time.count()))));
}

}  // namespace

ClientSlot& ClientSlot::operator=(ClientSlot&& other) noexcept {
  if (this == &other) return *this;
  release();
  table_ = std::move(other.table_);
  entry_ = std::exchange(other.entry_, nullptr);
  return *this;
}

void ClientSlot::release() {
  if (entry_ != nullptr) table_->disconnect(*std::exchange(entry_, nullptr));
}

// Null where there is no room for one more.
ClientEntry* ClientTable::find_or_add(std::string_view network, SteadyTime now) {
  if (const auto found = index_.find(network); found != index_.end()) {
    const Entries::iterator entry = found->second;
    if (entry->connections == 0) idle_.splice(idle_.begin(), idle_, entry);
    return &*entry;
  }
  if (index_.size() >= limits_.clients_max) {
    if (idle_.empty()) {
      ++stats_.untracked;
      return nullptr;
    }
    ++stats_.forgotten;
    index_.erase(idle_.back().network);
    idle_.pop_back();
  }
  idle_.push_front({std::string(network), TokenBucket(limits_.requests, now), TokenBucket(limits_.writes, now)});
  index_.emplace(idle_.front().network, idle_.begin());
  return &idle_.front();
}

std::optional<ClientSlot> ClientTable::connect(std::string_view network, SteadyTime now) {
  if (network.empty()) return ClientSlot();
  const std::scoped_lock lock(mutex_);
  ClientEntry* const entry = find_or_add(network, now);
  if (entry == nullptr) return ClientSlot();
  if (limits_.connections_max != 0 && entry->connections >= limits_.connections_max) {
    ++stats_.connections_refused;
    return std::nullopt;
  }
  if (entry->connections++ == 0) busy_.splice(busy_.begin(), idle_, index_.at(entry->network));
  return ClientSlot(shared_from_this(), entry);
}

void ClientTable::disconnect(ClientEntry& entry) {
  const std::scoped_lock lock(mutex_);
  if (--entry.connections == 0) idle_.splice(idle_.begin(), busy_, index_.at(entry.network));
}

std::chrono::seconds ClientTable::request(std::string_view network, bool is_write, SteadyTime now) {
  if (network.empty() || (!is_limited(limits_.requests) && !is_limited(limits_.writes))) return {};
  {
    const std::scoped_lock lock(mutex_);
    ClientEntry* const entry = find_or_add(network, now);
    if (entry == nullptr) return {};
    if (is_limited(limits_.requests) && !entry->requests.take(1, limits_.requests, now)) {
      ++stats_.requests_refused;
      return whole_seconds(entry->requests.time_until(1, limits_.requests));
    }
  }
  return is_write ? write(network, now) : std::chrono::seconds(0);
}

std::chrono::seconds ClientTable::write(std::string_view network, SteadyTime now) {
  if (network.empty() || !is_limited(limits_.writes)) return {};
  const std::scoped_lock lock(mutex_);
  ClientEntry* const entry = find_or_add(network, now);
  if (entry == nullptr || entry->writes.take(1, limits_.writes, now)) return {};
  ++stats_.writes_refused;
  return whole_seconds(entry->writes.time_until(1, limits_.writes));
}

ClientStats ClientTable::stats() const {
  const std::scoped_lock lock(mutex_);
  ClientStats stats = stats_;
  stats.known = index_.size();
  return stats;
}

}  // namespace freshet::net
