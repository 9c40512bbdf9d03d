// SPDX-License-Identifier: MIT
#include "freshet/store/testing/calls.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

namespace freshet::store::testing {

bool wait_for_changes(FeedLog& log, std::size_t count) {
  return log.wait_until([&](const std::vector<Batch>& batches) {
    std::size_t seen = 0;
    for (const Batch& batch : batches) seen += batch.kind == Batch::Kind::commit ? batch.changes.size() : 0;
    return seen >= count;
  });
}

Result<Position> commit(Backend& backend, const TransactionBody& body) {
  std::promise<Result<Position>> promise;
  auto outcome = promise.get_future();
  backend.write(body, [&](Result<Position> end) { promise.set_value(std::move(end)); });
  return outcome.get();
}

Result<Position> commit(Backend& backend, const Write& write) {
  return commit(backend, [&](BackendTransaction& transaction) -> Result<void> {
    auto written = transaction.write(write);
    if (!written) return fail(std::move(written.error()));
    return {};
  });
}

Result<std::vector<Row>> read_all(Backend& backend, const Table& table) {
  std::vector<Row> rows;
  std::promise<Result<Position>> promise;
  auto outcome = promise.get_future();
  backend.read(
      [&](BackendTransaction& transaction) -> Result<void> {
        auto found = transaction.query({.table = &table, .parent = std::nullopt});
        if (!found) return fail(std::move(found.error()));
        rows = *std::move(found);
        return {};
      },
      [&](Result<Position> end) { promise.set_value(std::move(end)); });
  auto end = outcome.get();
  if (!end) return fail(std::move(end.error()));
  return rows;
}

std::vector<Batch::Kind> kinds(const FeedLog& log) {
  std::vector<Batch::Kind> out;
  for (const Batch& batch : log.batches()) out.push_back(batch.kind);
  return out;
}

bool has_snapshot(const std::vector<Batch>& batches) {
  return std::ranges::any_of(batches, [](const Batch& batch) { return batch.kind == Batch::Kind::snapshot_end; });
}

}  // namespace freshet::store::testing
