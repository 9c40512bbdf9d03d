// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/net/client_limits.hpp"
#include "freshet/net/internal/token_bucket.hpp"

namespace freshet::net {

class ClientTable;

/// What the table knows of one client.
struct ClientEntry {
  std::string network;
  TokenBucket requests;
  TokenBucket writes;
  std::size_t connections = 0;
};

/// A connection's place among those of its client, given back when it goes.
class ClientSlot {
 public:
  /// Of nobody.
  ClientSlot() = default;
  ClientSlot(ClientSlot&& other) noexcept
      : table_(std::move(other.table_)), entry_(std::exchange(other.entry_, nullptr)) {}
  ClientSlot& operator=(ClientSlot&& other) noexcept;
  ~ClientSlot() { release(); }

 private:
  friend class ClientTable;
  ClientSlot(std::shared_ptr<ClientTable> table, ClientEntry* entry) : table_(std::move(table)), entry_(entry) {}
  void release();

  std::shared_ptr<ClientTable> table_;
  ClientEntry* entry_ = nullptr;
};

/// What each client has of a server: its connections, and what is left of its rates. Bounded, see ClientLimits.
///
/// Owners: the server, and each connection that is counted.
/// Thread safety: any thread. Cost: one lookup; nothing for those without limits.
///
/// Invariants: (1) `busy_` holds those with connections, `idle_` the others, the last used first. (2) `index_` has
/// each, under its own text.
class ClientTable : public std::enable_shared_from_this<ClientTable> {
 public:
  explicit ClientTable(const ClientLimits& limits) : limits_(limits) {}

  /// A place for one more connection; nothing where the client has too many.
  std::optional<ClientSlot> connect(std::string_view network, SteadyTime now);

  /// How long until a request is let through; 0: it is, and counts.
  std::chrono::seconds request(std::string_view network, bool is_write, SteadyTime now);
  /// The same for a write that is no request of its own.
  std::chrono::seconds write(std::string_view network, SteadyTime now);

  ClientStats stats() const;

 private:
  friend class ClientSlot;
  using Entries = std::list<ClientEntry>;

  ClientEntry* find_or_add(std::string_view network, SteadyTime now);
  void disconnect(ClientEntry& entry);

  const ClientLimits limits_;
  mutable std::mutex mutex_;
  // From here on under mutex_.
  Entries idle_;
  Entries busy_;
  std::unordered_map<std::string_view, Entries::iterator> index_;
  ClientStats stats_;
};

}  // namespace freshet::net
