// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/link.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <poll.h>
#include <vector>

#include "freshet/store/backend.hpp"

namespace freshet::store::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kForever(-1);

struct Meaning {
  std::string_view state;  // of SQLSTATE, or its class: the first that fits counts
  ErrorCode code;
  const char* hint = "";
};

// PostgreSQL 15, appendix A.
constexpr auto kMeanings = std::to_array<Meaning>({
    {"23505", ErrorCode::already_exists},
    {"42710", ErrorCode::already_exists},  // duplicate_object: a slot
    {"23", ErrorCode::refused},
    {"22003", ErrorCode::out_of_range},
    {"22", ErrorCode::invalid_argument},
    {"25006", ErrorCode::unavailable, "the server takes no writes: is it a standby, or set to read only?"},
    {"53100", ErrorCode::unavailable, "the server's disk is full"},
    {"53400", ErrorCode::limit_exceeded, "raise max_replication_slots and max_wal_senders"},
    {"53300", ErrorCode::unavailable, "raise max_connections, or open the store with fewer"},
    {"53", ErrorCode::unavailable},
    {"54", ErrorCode::too_large},
    {"28", ErrorCode::refused, "check user and password, and the server's pg_hba.conf"},
    {"42501", ErrorCode::refused, "the user lacks a privilege"},
    {"3D000", ErrorCode::not_found, "make the database first: createdb"},
    {"08", ErrorCode::unavailable},
    {"57P", ErrorCode::unavailable},
    {"57014", ErrorCode::unavailable},
    {"55006", ErrorCode::unavailable},  // object_in_use
    {"58", ErrorCode::unavailable},
});

std::string_view field(const PGresult* result, int name) {
  const char* const text = PQresultErrorField(result, name);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// Whether the server ends the session with this error: admin_shutdown, crash_shutdown, idle timeouts and so on.
bool ends_session(const PGresult* result) {
  const std::string_view severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity == "FATAL" || severity == "PANIC";
}

milliseconds left(steady_clock::time_point deadline) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline - steady_clock::now()));
}

}  // namespace

std::optional<std::string_view> Rows::at(std::size_t row, std::size_t column) const {
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  if (PQgetisnull(result_.get(), r, c) != 0) return std::nullopt;
  return std::string_view(PQgetvalue(result_.get(), r, c), static_cast<std::size_t>(PQgetlength(result_.get(), r, c)));
}

std::size_t Rows::changed() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

Error error_of(const PGresult* result, const Target& target) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  if (state == "40001" || state == "40P01") {  // serialization_failure, deadlock_detected
    return lost_race(target.clean(field(result, PG_DIAG_MESSAGE_PRIMARY)));
  }
  Error error{.code = ErrorCode::internal};
  for (const Meaning& meaning : kMeanings) {
    if (!state.starts_with(meaning.state)) continue;
    error.code = meaning.code;
    error.hint = meaning.hint;
    break;
  }
  error.primary = "PostgreSQL: " + target.clean(field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (state.empty()) error.primary = "PostgreSQL: " + target.clean(PQresultErrorMessage(result));
  error.detail = target.clean(field(result, PG_DIAG_MESSAGE_DETAIL));
  if (error.hint.empty()) error.hint = target.clean(field(result, PG_DIAG_MESSAGE_HINT));
  return error;
}

Result<Link> Link::open(const Target& target, Use use, const Target::Parameters& settings, const StopSignal& stop,
                        milliseconds timeout) {
  Target::Parameters parameters = target.parameters(settings);
  if (use == Use::replication) parameters.emplace_back("replication", "database");
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  Link link(PQconnectStartParams(names.data(), values.data(), 0), target, stop);
  if (auto connected = link.connect(timeout); !connected) return fail(std::move(connected.error()));
  PQsetnonblocking(link.get(), 1);
  // What the server has to say on the side is for its log, not for our standard error.
  PQsetNoticeReceiver(
      link.get(), [](void*, const PGresult*) {}, nullptr);
  return link;
}

Result<void> Link::connect(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (get() != nullptr && PQstatus(get()) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
    auto ready = wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, left(deadline));
    if (!ready) return fail(std::move(ready.error()));
    if (*ready == 0 && steady_clock::now() < deadline) continue;
    if (*ready == 0) return fail(ErrorCode::unavailable, "PostgreSQL does not answer", target_->place());
    state = PQconnectPoll(get());
    if (state == PGRES_POLLING_FAILED) break;
  }
  if (get() != nullptr && PQstatus(get()) == CONNECTION_OK) return {};
  const std::string why = get() == nullptr ? "out of memory" : target_->clean(PQerrorMessage(get()));
  const auto says = [&](const char* words) { return why.find(words) != std::string::npos; };
  const std::string detail = target_->place() + ": " + why;
  // libpq gives no SQLSTATE here.
  if (says("database \"") && says("does not exist")) {
    return fail(ErrorCode::not_found, "cannot connect to PostgreSQL", detail, "make the database first: createdb");
  }
  if (says("authentication") || says("password") || says("pg_hba.conf") || says("does not exist")) {
    return fail(ErrorCode::refused, "cannot connect to PostgreSQL", detail,
                "check user and password, and the server's pg_hba.conf");
  }
  return fail(ErrorCode::unavailable, "cannot connect to PostgreSQL", detail, "is the server running?");
}

Result<short> Link::wait(short events, milliseconds timeout) const {
  std::array<pollfd, 2> waiting = {pollfd{.fd = PQsocket(get()), .events = events, .revents = 0},
                                   pollfd{.fd = stop_->descriptor(), .events = POLLIN, .revents = 0}};
  while (::poll(waiting.data(), waiting.size(), static_cast<int>(timeout.count())) < 0) {
    if (errno != EINTR) return fail(ErrorCode::unavailable, "cannot wait for PostgreSQL's socket", target_->place());
  }
  if (stop_->fired()) return fail(ErrorCode::unavailable, "the store is closing");
  if (waiting[1].revents != 0) stop_->settle();
  return waiting[0].revents;
}

tl::unexpected<Error> Link::lost() {
  is_lost_ = true;
  return fail(ErrorCode::unavailable, "the connection to PostgreSQL was lost",
              target_->place() + ": " + target_->clean(PQerrorMessage(get())));
}

Error Link::failure(const PGresult* result) {
  if (ends_session(result)) is_lost_ = true;
  return error_of(result, *target_);
}

Result<void> Link::flush() {
  while (true) {
    const int state = PQflush(get());
    if (state == 0) return {};
    if (state < 0) return lost();
    // A server that waits for us to read does not read from us.
    auto ready = wait(POLLIN | POLLOUT, kForever);
    if (!ready) return is_lost_ = true, fail(std::move(ready.error()));
    if ((*ready & POLLIN) != 0 && PQconsumeInput(get()) == 0) return lost();
  }
}

Result<bool> Link::wait_for_input(milliseconds timeout) {
  auto ready = wait(POLLIN, timeout);
  if (!ready) return is_lost_ = true, fail(std::move(ready.error()));
  if (*ready == 0) return false;
  if (PQconsumeInput(get()) == 0) return lost();
  return true;
}

Result<PGresult*> Link::next_result() {
  if (auto flushed = flush(); !flushed) return fail(std::move(flushed.error()));
  while (PQisBusy(get()) != 0) {
    auto ready = wait_for_input(kForever);
    if (!ready) return fail(std::move(ready.error()));
  }
  return PQgetResult(get());
}

Result<Rows> Link::run(const std::string& sql) {
  if (PQsendQuery(get(), sql.c_str()) == 0) return lost();
  Rows last;
  std::optional<Error> error;
  while (true) {
    auto result = next_result();
    if (!result) return fail(std::move(result.error()));
    if (*result == nullptr) break;
    last = Rows(*result);
    const ExecStatusType status = PQresultStatus(*result);
    if (status == PGRES_FATAL_ERROR && !error) error = failure(*result);
    if (status == PGRES_COPY_BOTH) break;
  }
  if (error) return fail(*std::move(error));
  return last;
}

}  // namespace freshet::store::postgres
