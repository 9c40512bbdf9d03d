// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "freshet/store/postgres/internal/feed_runner.hpp"
#include "freshet/store/postgres/internal/link.hpp"

namespace freshet::store::postgres {

struct LogFeedOptions {
  std::chrono::milliseconds connect_timeout{};
  std::size_t transaction_changes_max = 0;
};

/// A feed by logical replication.
///
/// How much of the log is kept is up to one slot of the database, the anchor, which nobody streams from: a feed that
/// resumes makes itself a temporary copy of it, which begins where the anchor is and passes over what it has had; a
/// feed that begins makes a temporary slot with a snapshot. So any number of feeds and processes can go on where they
/// were, and nothing of theirs is left behind.
///
/// Lifetime: target and history outlive it.
std::unique_ptr<FeedSource> make_log_source(const Target& target, LogFeedOptions options, const History& history);

/// The anchor's name: slots are the whole server's, so it begins with the database's number.
std::string anchor_of(std::string_view database_oid, const std::string& schema);
/// Asks for the number of the database.
inline constexpr const char* kDatabaseOid = "SELECT oid FROM pg_database WHERE datname = current_database()";
/// The epoch of positions in the log: it changes with the server, its timeline and its database.
inline constexpr const char* kLogEpoch =
    "SELECT 'log.' || to_hex(system_identifier) || '.' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '.' "
    "|| "
    "(SELECT oid FROM pg_database WHERE datname = current_database()) FROM pg_control_system()";

/// Asks for the number of the log's end.
inline constexpr const char* kLogEnd = "SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text";

/// Makes the anchor if it is not there, and anew if the server has given up its part of the log. Gives where the
/// history begins. Errors: limit_exceeded or unavailable where there is no free slot, refused where it is not
/// permitted.
Result<std::uint64_t> keep_anchor(Link& link, const std::string& anchor);

}  // namespace freshet::store::postgres
