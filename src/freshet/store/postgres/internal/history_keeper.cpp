// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/history_keeper.hpp"

#include <optional>
#include <string>

#include "freshet/store/postgres/internal/log_feed.hpp"
#include "freshet/store/postgres/internal/session.hpp"

namespace freshet::store::postgres {
namespace {

constexpr auto kEvery = std::chrono::seconds(5);

// Moves only when a quarter of the history has come on top: the server reads all it passes over. A slot that another
// process is moving or copying is left to it.
constexpr const char* kMove =
    "SELECT pg_replication_slot_advance(slot_name, pg_current_wal_flush_lsn() - $2::numeric) FROM pg_replication_slots "
    "WHERE slot_name = $1 AND NOT active AND wal_status <> 'lost' "
    "AND pg_current_wal_flush_lsn() - confirmed_flush_lsn > $2::numeric * 1.25";

}  // namespace

void HistoryKeeper::run() {
  std::optional<Session> session;
  while (!stop_.sleep(kEvery)) {
    if (!session || session->is_lost()) {
      session.reset();
      auto opened = Session::open(target_, {}, stop_, connect_timeout_);
      if (!opened) continue;
      session.emplace(*std::move(opened));
    }
    auto oid = session->run(kDatabaseOid);
    if (!oid) continue;
    Parameters parameters;
    parameters.add_text(anchor_of(oid->text(0, 0), target_.schema()));
    parameters.add_text(std::to_string(history_bytes_));
    [[maybe_unused]] const auto moved = session->run(kMove, parameters);
  }
}

}  // namespace freshet::store::postgres
