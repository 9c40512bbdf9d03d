// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>

#include "freshet/store/postgres/internal/feed_runner.hpp"
#include "freshet/store/postgres/internal/target.hpp"

namespace freshet::store::postgres {

struct TableFeedOptions {
  std::chrono::milliseconds connect_timeout{};
  std::size_t transaction_changes_max = 0;
};

/// Puts what is visible in order and asks for the number of the end, the epoch and what is forgotten.
inline constexpr const char* kTableEnd = "SELECT freshet_order_changes()::text, epoch, forgotten FROM freshet_feed";

/// A feed by the table freshet_changes, for servers that permit no logical replication. Woken by NOTIFY.
///
/// Lifetime: the target outlives it.
std::unique_ptr<FeedSource> make_table_source(const Target& target, TableFeedOptions options);

}  // namespace freshet::store::postgres
