// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/readers.hpp"

#include <algorithm>
#include <utility>

#include "freshet/store/sqlite/internal/errors.hpp"
#include "freshet/store/sqlite/internal/schema.hpp"

namespace freshet::store::sqlite {
namespace {

Error closed() {
  return {.code = ErrorCode::unavailable, .primary = "the store is being closed", .detail = {}, .hint = {}};
}

}  // namespace

Readers::Readers(std::shared_ptr<Core> core) : core_(std::move(core)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(core_->options.reader_count, 1); ++i) {
    threads_.emplace_back([this] { loop(); });
  }
}

Readers::~Readers() {
  is_stopped_ = true;
  {
    const std::lock_guard lock(mutex_);  // whoever is about to wait has seen the mark, or gets the call
  }
  arrived_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (Job& job : queue_) job.end(fail(closed()));
}

void Readers::read(TransactionBody body, TransactionEnd end) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_ && queue_.size() < core_->options.limits.waiting_max) {
      queue_.push_back({std::move(body), std::move(end)});
      arrived_.notify_one();
      return;
    }
  }
  if (is_stopped_) return end(fail(closed()));
  end(fail(ErrorCode::limit_exceeded, "too many transactions wait to read",
           "at most " + std::to_string(core_->options.limits.waiting_max), "retry later"));
}

void Readers::loop() {
  Seat seat;
  for (;;) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return is_stopped_ || !queue_.empty(); });
    if (is_stopped_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto outcome = run(seat, job.body);
    if (!outcome && is_about_file(outcome.error())) seat.connection.reset();
    job.end(std::move(outcome));
  }
}

Result<Position> Readers::run(Seat& seat, const TransactionBody& body) {
  if (auto open = be_open(seat); !open) return fail(std::move(open.error()));
  TransactionScope transaction(*seat.connection);
  if (auto begun = transaction.begin("BEGIN"); !begun) return fail(std::move(begun.error()));
  const auto last = last_number(*seat.connection);  // the first read: from here on it is one state
  if (!last) return fail(last.error());
  SqliteTransaction reading(*seat.connection, seat.texts, core_->options.limits, std::nullopt);
  if (auto done = run_body(body, reading); !done) return fail(std::move(done.error()));
  if (reading.broken()) return fail(*reading.broken());
  return Position::make(seat.epoch, *last);
}

Result<void> Readers::be_open(Seat& seat) {
  const std::uint64_t version = core_->tables_version.load();
  if (seat.tables_version != version) seat.texts.clear();
  seat.tables_version = version;
  if (seat.connection != nullptr && !seat.connection->has_moved()) return {};
  seat.connection.reset();
  auto opened = core_->connect(Role::read, is_stopped_);
  if (!opened) return fail(std::move(opened.error()));
  auto epoch = read_epoch(**opened);
  if (!epoch) return fail(std::move(epoch.error()));
  seat.connection = *std::move(opened);
  seat.epoch = *std::move(epoch);
  return {};
}

}  // namespace freshet::store::sqlite
