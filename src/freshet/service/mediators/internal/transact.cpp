// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/transact.hpp"

#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "freshet/service/mediators/internal/retry_delays.hpp"

namespace freshet::mediators {
namespace {

using Start = void (store::Backend::*)(store::TransactionBody, store::TransactionEnd);

Result<void> run_once(store::Backend& backend, Start start, const store::TransactionBody& body) {
  // Owners: this call and the store's thread, which may still be inside set_value() when the value is read here.
  const auto promise = std::make_shared<std::promise<Result<store::Position>>>();
  auto future = promise->get_future();
  (backend.*start)(body, [promise](Result<store::Position> end) { promise->set_value(std::move(end)); });
  auto end = future.get();
  if (!end) return fail(std::move(end.error()));
  return {};
}

Result<void> run(store::Backend& backend, Start start, const store::TransactionBody& body) {
  constexpr RetryOptions kOptions{
      .attempts_max = 20, .delay_min = std::chrono::milliseconds(1), .delay_max = std::chrono::milliseconds(200)};
  RetryDelays delays(kOptions, random_seed());
  for (std::size_t attempt = 1;; ++attempt) {
    auto done = run_once(backend, start, body);
    if (done || !store::is_lost_race(done.error()) || delays.exhausted(attempt)) return done;
    std::this_thread::sleep_for(delays.after(attempt));
  }
}

}  // namespace

Result<void> write_and_wait(store::Backend& backend, const store::TransactionBody& body) {
  return run(backend, &store::Backend::write, body);
}

Result<void> read_and_wait(store::Backend& backend, const store::TransactionBody& body) {
  return run(backend, &store::Backend::read, body);
}

}  // namespace freshet::mediators
