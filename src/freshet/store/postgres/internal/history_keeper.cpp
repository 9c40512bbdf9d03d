// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/history_keeper.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "freshet/store/postgres/internal/log_feed.hpp"

namespace freshet::store::postgres {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kEvery = std::chrono::seconds(5);
constexpr auto kForgetEvery = std::chrono::minutes(10);

// Moves only when a quarter of the history has come on top: the server reads all it passes over. A slot that another
// process is moving or copying is left to it.
constexpr const char* kMove =
    "SELECT pg_replication_slot_advance(slot_name, pg_current_wal_flush_lsn() - $2::numeric) FROM pg_replication_slots "
    "WHERE slot_name = $1 AND NOT active AND wal_status <> 'lost' "
    "AND pg_current_wal_flush_lsn() - confirmed_flush_lsn > $2::numeric * 1.25";
constexpr const char* kForgetChanges =
    "WITH old AS (SELECT max(position) AS last FROM freshet_changes WHERE at < now() - $1::interval), "
    "gone AS (DELETE FROM freshet_changes WHERE position <= (SELECT last FROM old)) "
    "UPDATE freshet_feed SET forgotten = last FROM old WHERE last > forgotten";
// In one statement, so that whoever looks sees a revision in the one table or in the other.
constexpr const char* kForgetRemoved =
    "WITH gone AS (DELETE FROM freshet_tombstones WHERE at < now() - $1::interval OR "
    "at <= (SELECT at FROM freshet_tombstones ORDER BY at DESC OFFSET $2::bigint LIMIT 1) "
    "RETURNING table_name, revision) "
    "INSERT INTO freshet_forgotten AS f (table_name, revision) SELECT table_name, max(revision) FROM gone "
    "GROUP BY table_name ON CONFLICT (table_name) DO UPDATE SET revision = greatest(f.revision, excluded.revision)";

Result<void> only(Result<Rows> rows) { return rows ? Result<void>() : fail(std::move(rows.error())); }

}  // namespace

void HistoryKeeper::run() {
  const Steady::duration forget_every = std::min<Steady::duration>(kForgetEvery, rules_.age);
  const auto pause = std::chrono::ceil<std::chrono::milliseconds>(std::min<Steady::duration>(kEvery, forget_every));
  auto forgot_at = Steady::now();
  std::optional<Session> session;
  while (!stop_.sleep(pause)) {
    const bool is_forgetting_due = Steady::now() - forgot_at >= forget_every;
    if (!is_forgetting_due && !has_anchor_) continue;
    if (!session || session->is_lost()) {
      session.reset();
      auto opened = Session::open(target_, {}, stop_, rules_.connect_timeout);
      if (!opened) continue;
      session.emplace(*std::move(opened));
    }
    if (has_anchor_) [[maybe_unused]]
      const auto moved = move_anchor(*session);
    if (is_forgetting_due && forget(*session)) forgot_at = Steady::now();
    if (!has_anchor_) session.reset();  // it takes a connection only now and then
  }
}

Result<void> HistoryKeeper::move_anchor(Session& session) const {
  auto oid = session.run(kDatabaseOid);
  if (!oid) return fail(std::move(oid.error()));
  Parameters parameters;
  parameters.add_text(anchor_of(oid->text(0, 0), target_.schema()));
  parameters.add_text(std::to_string(rules_.log_bytes));
  return only(session.run(kMove, parameters));
}

Result<void> HistoryKeeper::forget(Session& session) const {
  const std::string age = std::to_string(rules_.age.count()) + " seconds";
  Parameters changes;
  changes.add_text(age);
  Parameters removed = changes;
  removed.add_text(std::to_string(rules_.removed_max));
  auto done = history_.kind() == History::Kind::table ? only(session.run(kForgetChanges, changes)) : Result<void>();
  return done ? only(session.run(kForgetRemoved, removed)) : done;
}

}  // namespace freshet::store::postgres
