// SPDX-License-Identifier: MIT
#include "store/workloads.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <thread>

namespace freshet::bench {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point begun) { return std::chrono::duration<double>(Steady::now() - begun).count(); }

void commit(store::Backend& backend, const store::TransactionBody& body) {
  std::promise<Result<store::Position>> promise;
  auto outcome = promise.get_future();
  backend.write(body, [&](Result<store::Position> end) { promise.set_value(std::move(end)); });
  if (const auto end = outcome.get(); !end) throw Failure(end.error());
}

Result<void> put(store::BackendTransaction& transaction, const store::Write& write) {
  auto written = transaction.write(write);
  if (!written) return fail(std::move(written.error()));
  return {};
}

/// Writers that each begin their next transaction when the one before is answered.
class Writers {
 public:
  Writers(store::Backend& backend, const Load& load) : backend_(backend), load_(load) {}

  double run() {
    const auto begun = Steady::now();
    for (std::uint64_t i = 0; i < load_.group; ++i) begin_one();
    std::this_thread::sleep_for(std::chrono::duration<double>(load_.seconds));
    is_over_ = true;
    for (std::uint64_t i = 0; i < load_.group; ++i) ended_.acquire();
    if (failed_ > 0) throw std::runtime_error("void: a write failed");
    return static_cast<double>(written_) / seconds_since(begun);
  }

 private:
  void begin_one() {
    const std::uint64_t first = next_.fetch_add(load_.writes);
    backend_.write(
        [this, first](store::BackendTransaction& transaction) -> Result<void> {
          for (std::uint64_t i = first; i < first + load_.writes; ++i) {
            if (auto done = put(transaction, write_of((i * 7919) % load_.documents, people(i))); !done) return done;
          }
          return {};
        },
        [this](const Result<store::Position>& end) {
          if (!end) ++failed_;
          written_ += load_.writes;
          if (is_over_) {
            ended_.release();
          } else {
            begin_one();
          }
        });
  }
  // Never twice the same in one place, so that each write is a change.
  static std::int64_t people(std::uint64_t i) {
    static std::atomic<std::int64_t> count{0};
    return static_cast<std::int64_t>(i) + (++count << 20);
  }

  store::Backend& backend_;
  const Load& load_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<bool> is_over_{false};
  std::counting_semaphore<> ended_{0};
};

}  // namespace

store::Write write_of(std::uint64_t number, std::int64_t people) {
  const store::Table& table = store::table_of<Place>();
  Place place{.id = std::to_string(number),
              .name = "Place number " + std::to_string(number),
              .country = number % 3 == 0 ? "USA" : "Canada",
              .people = people,
              .area = 0.25 * static_cast<double>(number),
              .capital = number % 50 == 0,
              .regions = {"west_coast", "norcal"}};
  const store::Variant& variant = table.variants.front();
  store::Write write{.kind = store::WriteKind::set, .table = &table, .key = {.parent = {}, .id = place.id}};
  write.obj_type = variant.name;
  write.cells = store::to_cells(table, variant, &place).value();
  return write;
}

void fill(store::Backend& backend, std::uint64_t count) {
  constexpr std::uint64_t kAtOnce = 10'000;
  for (std::uint64_t first = 0; first < count; first += kAtOnce) {
    commit(backend, [&](store::BackendTransaction& transaction) -> Result<void> {
      for (std::uint64_t i = first; i < std::min(first + kAtOnce, count); ++i) {
        if (auto done = put(transaction, write_of(i, 0)); !done) return done;
      }
      return {};
    });
  }
}

double writes_per_second(store::Backend& backend, const Load& load) { return Writers(backend, load).run(); }

std::vector<double> write_to_feed(store::Backend& backend, std::uint64_t documents, std::uint64_t count) {
  std::atomic<std::int64_t> seen_at{0};
  std::counting_semaphore<> seen{0};
  const auto feed = backend.follow({.tables = {&store::table_of<Place>()}, .after = store::Position::now()},
                                   {.on_batch = [&](const store::Batch& batch) -> Result<void> {
                                      seen_at = Steady::now().time_since_epoch().count();
                                      for (std::size_t i = 0; i < batch.changes.size(); ++i) seen.release();
                                      return {};
                                    },
                                    .on_trouble = {}});
  if (!feed) throw Failure(feed.error());
  std::vector<double> times;
  for (std::uint64_t i = 0; i < count; ++i) {
    const store::Write write = write_of((i * 7919) % documents, static_cast<std::int64_t>(i) + 1);
    const auto begun = Steady::now();
    backend.write([&](store::BackendTransaction& transaction) { return put(transaction, write); },
                  [](const Result<store::Position>&) {});
    if (!seen.try_acquire_for(std::chrono::seconds(30))) throw std::runtime_error("void: a change was not seen");
    const Steady::time_point at{Steady::duration(seen_at.load())};
    times.push_back(std::chrono::duration<double>(at - begun).count());
  }
  return times;
}

double snapshot_rows_per_second(store::Backend& backend, std::uint64_t documents) {
  std::promise<void> done;
  std::uint64_t rows = 0;
  const auto begun = Steady::now();
  const auto feed = backend.follow({.tables = {&store::table_of<Place>()}},
                                   {.on_batch = [&](const store::Batch& batch) -> Result<void> {
                                      rows += batch.changes.size();
                                      if (batch.kind == store::Batch::Kind::snapshot_end) done.set_value();
                                      return {};
                                    },
                                    .on_trouble = {}});
  if (!feed) throw Failure(feed.error());
  done.get_future().get();
  const double seconds = seconds_since(begun);
  if (rows != documents) throw std::runtime_error("void: the snapshot has " + std::to_string(rows) + " documents");
  return static_cast<double>(rows) / seconds;
}

}  // namespace freshet::bench
