// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/session.hpp"

#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/store/postgres/internal/cell_text.hpp"

namespace freshet::store::postgres {

Result<void> Parameters::add(const Cell& cell) {
  if (is_null(cell)) {
    values_.emplace_back();
    return {};
  }
  std::string text;
  if (auto written = append_text(cell, text); !written) return written;
  values_.emplace_back(std::move(text));
  return {};
}

Result<Session> Session::open(const Target& target, const Target::Parameters& settings, const StopSignal& stop,
                              std::chrono::milliseconds timeout) {
  auto link = Link::open(target, Link::Use::statements, settings, stop, timeout);
  if (!link) return fail(std::move(link.error()));
  FRESHET_ASSERT(PQenterPipelineMode(link->get()) == 1);
  return Session(*std::move(link));
}

void Session::note(bool is_sent) { send_failed_ = send_failed_ || !is_sent; }

const std::string& Session::prepare(const std::string& sql) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found->second);
    return prepared_.front().name;
  }
  if (prepared_.size() >= kPreparedMax) {
    const std::string release = "DEALLOCATE " + prepared_.back().name;
    by_sql_.erase(prepared_.back().sql);
    prepared_.pop_back();
    pending_.push_back({Pending::Kind::release});
    note(PQsendQueryParams(link_.get(), release.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 1);
  }
  prepared_.push_front({sql, "f" + std::to_string(++names_)});
  by_sql_.emplace(prepared_.front().sql, prepared_.begin());
  pending_.push_back({Pending::Kind::prepare, sql});
  note(PQsendPrepare(link_.get(), prepared_.front().name.c_str(), sql.c_str(), 0, nullptr) == 1);
  return prepared_.front().name;
}

void Session::forget(const std::string& sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) return;
  const auto place = found->second;
  by_sql_.erase(found);
  prepared_.erase(place);
}

void Session::queue(const std::string& sql, const Parameters& parameters, bool is_kept) {
  std::vector<const char*> values;
  values.reserve(parameters.values().size());
  for (const auto& value : parameters.values()) values.push_back(value ? value->c_str() : nullptr);
  const int count = static_cast<int>(values.size());
  const std::string* const name = is_kept ? &prepare(sql) : nullptr;
  pending_.push_back({Pending::Kind::execute});
  ++queued_;
  if (name == nullptr) {
    note(PQsendQueryParams(link_.get(), sql.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0) == 1);
  } else {
    note(PQsendQueryPrepared(link_.get(), name->c_str(), count, values.data(), nullptr, nullptr, 0) == 1);
  }
}

Result<std::optional<Error>> Session::take(const Pending& pending, std::vector<Rows>& rows) {
  std::optional<Error> error;
  while (true) {
    auto result = link_.next_result();
    if (!result) return fail(std::move(result.error()));
    if (*result == nullptr) return error;
    Rows taken(*result);
    const ExecStatusType status = PQresultStatus(*result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      if (pending.kind == Pending::Kind::execute) rows.push_back(std::move(taken)), ++succeeded_;
      continue;
    }
    if (pending.kind == Pending::Kind::prepare) forget(pending.sql);
    if (status != PGRES_PIPELINE_ABORTED) error = link_.failure(*result);
    if (link_.is_lost()) return error;
  }
}

Result<void> Session::take_sync() {
  auto result = link_.next_result();
  if (!result) return fail(std::move(result.error()));
  const Rows sync(*result);
  if (sync.get() == nullptr || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) return link_.lost();
  return {};
}

Result<std::vector<Rows>> Session::run_queue() {
  const std::vector<Pending> pending = std::exchange(pending_, {});
  queued_ = 0;
  succeeded_ = 0;
  if (std::exchange(send_failed_, false) || PQpipelineSync(link_.get()) != 1) return link_.lost();
  std::vector<Rows> rows;
  std::optional<Error> first;
  for (const Pending& each : pending) {
    auto error = take(each, rows);
    if (!error) return fail(first ? *std::move(first) : std::move(error.error()));
    if (*error && !first) first = std::move(*error);
    if (link_.is_lost()) return first ? fail(*std::move(first)) : link_.lost();
  }
  if (auto synced = take_sync(); !synced) return fail(first ? *std::move(first) : std::move(synced.error()));
  if (first) return fail(*std::move(first));
  return rows;
}

Result<Rows> Session::run(const std::string& sql, const Parameters& parameters, bool is_kept) {
  queue(sql, parameters, is_kept);
  auto rows = run_queue();
  if (!rows) return fail(std::move(rows.error()));
  return std::move(rows->back());
}

Result<void> Session::roll_back() {
  // What is queued travels before it and may fail, so that the first ROLLBACK is passed over.
  for (int attempt = 0; attempt < 2 && (queued() > 0 || PQtransactionStatus(link_.get()) != PQTRANS_IDLE); ++attempt) {
    queue("ROLLBACK");
    if (auto done = run_queue(); !done && is_lost()) return fail(std::move(done.error()));
  }
  return PQtransactionStatus(link_.get()) == PQTRANS_IDLE ? Result<void>() : Result<void>(link_.lost());
}

}  // namespace freshet::store::postgres
