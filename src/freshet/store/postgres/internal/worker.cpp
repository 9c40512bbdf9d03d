// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/worker.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/store/postgres/internal/log_feed.hpp"
#include "freshet/store/postgres/internal/table_feed.hpp"

namespace freshet::store::postgres {
namespace {

// A request that loses its connection this often is told so: perhaps it is what brings the server down.
constexpr int kLossesMax = 5;

constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* kBeginWrite = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";

constexpr const char* kLogPosition = "SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::text";

constexpr const char* kIntroduce =
    "INSERT INTO freshet_sessions (session) VALUES ($1) ON CONFLICT (session) DO NOTHING";
constexpr const char* kForgetOld = "DELETE FROM freshet_sessions WHERE at < now() - interval '30 days'";
constexpr const char* kMark =
    "INSERT INTO freshet_sessions (session, number) VALUES ($1, $2) "
    "ON CONFLICT (session) DO UPDATE SET number = excluded.number, at = excluded.at";
// Waits for a transaction that has written the row, and makes one fail that has not yet.
constexpr const char* kAskOutcome = "UPDATE freshet_sessions SET at = now() WHERE session = $1 RETURNING number";

Error unknown_outcome(const Target& target) {
  return {.code = ErrorCode::unavailable,
          .primary = "the connection to PostgreSQL was lost during a commit",
          .detail = "outcome unknown: " + target.place(),
          .hint = "read what was to be written before writing it again"};
}

Error lost_commit(const Target& target) {
  return {.code = ErrorCode::unavailable,
          .primary = "the connection to PostgreSQL was lost during a commit",
          .detail = "nothing was written: " + target.place(),
          .hint = "it was lost " + std::to_string(kLossesMax) + " times; look at the server's log, then try again"};
}

bool is_lasting(const Error& error) {
  return error.code == ErrorCode::refused || error.code == ErrorCode::not_found || error.code == ErrorCode::internal;
}

}  // namespace

Worker::Worker(const Target& target, const Tables& tables, Rules rules, Requests& requests, History& history,
               Signals signals)
    : target_(target),
      tables_(tables),
      rules_(rules),
      requests_(requests),
      history_(history),
      signals_(signals),
      name_(random_token()),
      thread_([this] { run(); }) {}

void Worker::run() {
  while (true) {
    Group group = requests_.take(rules_.group_max);
    if (group.empty()) return;
    while (!group.empty()) {
      if (is_connected(group)) group = serve(std::move(group));
    }
  }
}

// --- Connecting. ---

bool Worker::is_connected(Group& group) {
  if (session_ && !session_->is_lost()) return true;
  session_.reset();
  const auto connected = connect();
  if (connected) {
    backoff_.reset();
    return true;
  }
  tell_impatient(group, connected.error());
  if (!group.empty()) signals_.closing.sleep(backoff_.next());
  return false;
}

Result<void> Worker::connect() {
  Target::Parameters settings;
  // A look at a whole table would make this transaction conflict with every other that writes to it.
  if (rules_.may_write) settings.emplace_back("enable_seqscan", "off");
  auto session = Session::open(target_, settings, signals_.closing, rules_.connect_timeout);
  if (!session) return fail(std::move(session.error()));
  session_ = *std::move(session);
  session_->link().watch(signals_.abort);
  if (!rules_.may_write) return {};
  auto introduced = introduce();
  if (!introduced) session_.reset();
  return introduced;
}

Result<void> Worker::introduce() {
  Parameters name;
  name.add_text(name_);
  session_->queue(kForgetOld);
  session_->queue(kIntroduce, name);
  session_->queue(kLogEpoch);
  auto rows = session_->run_queue();
  if (!rows) return fail(std::move(rows.error()));
  epoch_ = rows->back().text(0, 0);
  return {};
}

void Worker::tell_impatient(Group& group, const Error& why) {
  const bool is_hopeless = signals_.closing.fired() || is_lasting(why);
  const auto limit = Steady::now() - rules_.patience;
  Group waiting = requests_.take_older(is_hopeless ? Steady::time_point::max() : limit);
  for (Request& request : group) {
    if (is_hopeless || request.since < limit) waiting.push_back(std::move(request));
  }
  std::erase_if(group, [&](const Request& request) { return is_hopeless || request.since < limit; });
  for (Request& request : waiting) request.end(fail(why));
}

// --- Transactions. ---

Worker::Group Worker::serve(Group group) {
  return rules_.may_write ? serve_writes(std::move(group)) : serve_read(std::move(group));
}

Worker::Group Worker::serve_read(Group group) {
  session_->queue(kBeginRead);
  Transaction transaction(*session_, tables_, {.limits = rules_.limits});
  auto done = run_body(group.front().body, transaction);
  if (transaction.is_broken()) return after_failure(std::move(group), *transaction.error());
  if (done) {
    group.front().end(Position());
  } else {
    group.front().end(fail(std::move(done.error())));
  }
  // Whoever asked need not wait for that.
  if (auto ended = session_->roll_back(); !ended) session_.reset();
  return {};
}

Result<bool> Worker::run_bodies(Group& group, Refusals& refusals) {
  const Transaction::Rules rules{.may_write = true, .limits = rules_.limits, .now = rules_.clock->now()};
  bool has_others = false;
  bool has_written = false;
  session_->queue(kBeginWrite);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Transaction transaction(*session_, tables_, rules);
    auto done = run_body(group[i].body, transaction);
    if (transaction.is_broken()) return fail(*transaction.error());
    if (done && transaction.error()) done = fail(*transaction.error());
    if (done) {
      has_others = true;
      has_written = has_written || transaction.has_written();
      continue;
    }
    // What refuses has mostly written nothing yet. Else, savepoints would cost each of them more than to run all again.
    if (transaction.has_written() && has_others) return fail(std::move(done.error()));
    refusals[i] = std::move(done.error());
    if (!transaction.has_written()) continue;
    if (auto ended = session_->roll_back(); !ended) return fail(std::move(ended.error()));
    session_->queue(kBeginWrite);
  }
  return has_written;
}

Worker::Group Worker::serve_writes(Group group) {
  Refusals refusals(group.size());
  auto has_written = run_bodies(group, refusals);
  if (!has_written) return after_failure(std::move(group), has_written.error());
  return commit(std::move(group), refusals, *has_written);
}

Worker::Group Worker::commit(Group group, const Refusals& refusals, bool has_written) {
  if (has_written) {
    Parameters mark;
    mark.add_text(name_);
    mark.add_text(std::to_string(++number_));
    session_->queue(kMark, mark);
  }
  // What comes before it is queued as well, so that its place among the answers is known only now.
  const std::size_t through_commit = session_->queued() + 1;
  session_->queue("COMMIT");
  if (has_written) session_->queue(position_statement());
  auto rows = session_->run_queue();
  const bool is_committed = session_->succeeded() >= through_commit;
  if (rows && has_written) {
    tell(std::move(group), refusals, read_position(rows->back()));
    return {};
  }
  if (is_committed) {
    tell(std::move(group), refusals, {});
    return {};
  }
  if (!session_->is_lost()) return after_failure(std::move(group), rows.error());
  return has_written ? resolve(std::move(group), refusals) : after_loss(std::move(group), rows.error());
}

Worker::Group Worker::after_failure(Group group, const Error& error) {
  if (session_->is_lost()) return after_loss(std::move(group), error);
  if (auto ended = session_->roll_back(); !ended) session_.reset();
  if (group.size() > 1) return one_by_one(std::move(group));
  group.front().end(fail(error));
  return {};
}

Worker::Group Worker::one_by_one(Group group) {
  Group again;
  for (Request& request : group) {
    if (!session_ || session_->is_lost()) {
      again.push_back(std::move(request));
      continue;
    }
    Group alone;
    alone.push_back(std::move(request));
    for (Request& left : serve(std::move(alone))) again.push_back(std::move(left));
  }
  return again;
}

// Nothing of them was committed.
Worker::Group Worker::after_loss(Group group, const Error& error) {
  Group again;
  for (Request& request : group) {
    if (++request.losses < kLossesMax) {
      again.push_back(std::move(request));
    } else {
      request.end(fail(error));
    }
  }
  return again;
}

// --- Commits that got no answer. ---

Result<std::optional<bool>> Worker::ask_outcome() {
  Parameters name;
  name.add_text(name_);
  auto rows = session_->run(kAskOutcome, name);
  if (!rows) return fail(std::move(rows.error()));
  if (rows->empty()) return std::optional<bool>();
  return std::optional(rows->text(0, 0) == std::to_string(number_));
}

Worker::Group Worker::resolve(Group group, const Refusals& refusals) {
  const auto deadline = Steady::now() + rules_.patience;
  const auto give_up = [&] {
    Refusals unknown = refusals;
    for (auto& refusal : unknown) refusal = refusal ? std::move(refusal) : unknown_outcome(target_);
    tell(std::move(group), unknown, {});
    return Group();
  };
  while (true) {
    session_.reset();
    if (connect()) {
      const auto outcome = ask_outcome();
      if (outcome && !*outcome) return give_up();
      if (outcome && !**outcome) return after_loss(std::move(group), lost_commit(target_));
      if (outcome) {
        const auto rows = session_->run(position_statement());
        tell(std::move(group), refusals, rows ? read_position(*rows) : Position());
        return {};
      }
    }
    if (Steady::now() > deadline || signals_.closing.sleep(backoff_.next())) return give_up();
  }
}

// --- The end. ---

std::string Worker::position_statement() const {
  return history_.kind() == History::Kind::log ? kLogPosition : kTableEnd;
}

Position Worker::read_position(const Rows& rows) {
  const std::string_view text = rows.text(0, 0);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  history_.want(number);
  return Position::make(rows.column_count() > 1 ? rows.text(0, 1) : std::string_view(epoch_), number);
}

void Worker::tell(Group group, const Refusals& refusals, const Position& position) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    group[i].end(refusals[i] ? Result<Position>(fail(*refusals[i])) : Result<Position>(position));
  }
}

}  // namespace freshet::store::postgres
