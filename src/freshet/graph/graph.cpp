// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"

#include <atomic>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/time_node.hpp"

namespace freshet {

/// What other threads posted: a stack that they push to and the loop takes whole, then reverses.
///
/// There is no lock: pushing is one compare-and-swap, taking one exchange; nothing is ever popped singly, so the ABA
/// problem does not arise.
struct Graph::PostQueue {
  struct Item {
    Transaction transaction;
    Done done;
    Item* next = nullptr;
  };

  std::atomic<Item*> newest{nullptr};
  std::atomic<std::size_t> waiting{0};
  std::atomic<std::uint64_t> refused{0};

  /// Whether the queue was empty.
  bool push(std::unique_ptr<Item> item) {
    Item* const mine = item.release();
    Item* before = newest.load(std::memory_order_relaxed);
    do {
      mine->next = before;
    } while (!newest.compare_exchange_weak(before, mine, std::memory_order_release, std::memory_order_relaxed));
    return before == nullptr;  // not mine->next: the graph's thread may have freed it already
  }

  /// All items, the oldest first.
  std::vector<std::unique_ptr<Item>> take() {
    std::vector<std::unique_ptr<Item>> items;
    for (Item* item = newest.exchange(nullptr, std::memory_order_acquire); item != nullptr;) {
      Item* next = item->next;
      items.emplace_back(item);
      item = next;
    }
    std::reverse(items.begin(), items.end());
    return items;
  }
};

Graph::Graph(GraphOptions options)
    : options_(options), core_(std::make_unique<detail::Core>()), posted_(std::make_unique<PostQueue>()) {
#ifdef NDEBUG
  constexpr bool kCheckedBuild = false;
#else
  constexpr bool kCheckedBuild = true;
#endif
  core_->check_invariants(options.check_invariants.value_or(kCheckedBuild));
  constexpr std::size_t kWorkersMax = 256;
  core_->use_workers(std::min(options.workers, kWorkersMax));
}

Graph::~Graph() {
  core_->outside().close();
  for (const auto& item : posted_->take()) {
    if (item->done) item->done(fail(ErrorCode::unavailable, "the graph is gone"));
  }
}

Result<Version> Graph::commit(Transaction& transaction) {
  auto& batches = transaction.batches_;
  auto committed = core_->commit([&]() -> Result<void> {
    for (const auto& batch : batches) {
      FRESHET_ASSERT(&batch->input().core() == core_.get() && "the transaction writes to an input of another graph");
      if (Result<void> checked = batch->check(); !checked) return checked;
    }
    for (const auto& batch : batches) {
      if (!batch->empty()) core_->timed(batch->input(), [&] { batch->apply(); });
    }
    return {};
  });
  transaction.clear();
  return committed;
}

Result<void> Graph::post(Transaction transaction, Done done) {
  if (posted_->waiting.fetch_add(1, std::memory_order_relaxed) >= options_.posted_max) {
    posted_->waiting.fetch_sub(1, std::memory_order_relaxed);
    posted_->refused.fetch_add(1, std::memory_order_relaxed);
    return fail(ErrorCode::limit_exceeded, "too many posted transactions wait",
                "the limit is " + std::to_string(options_.posted_max), "wait for done() before posting more");
  }
  auto item = std::make_unique<PostQueue::Item>(PostQueue::Item{std::move(transaction), std::move(done)});
  if (posted_->push(std::move(item)) && wakeup_) wakeup_();
  return {};
}

void Graph::set_wakeup(std::function<void()> wakeup) {
  core_->outside().inbox()->set_wakeup(wakeup);
  wakeup_ = std::move(wakeup);
}

bool Graph::run_backfill() {
  FRESHET_ASSERT(!core_->committing() && "run_backfill() inside a mapper or callback");
  return core_->outside().fill();
}

std::size_t Graph::run_posted() {
  FRESHET_ASSERT(!core_->committing() && "run_posted() inside a mapper or callback");
  const bool answers = core_->outside().receive();
  const auto items = posted_->take();
  for (const auto& item : items) {
    posted_->waiting.fetch_sub(1, std::memory_order_relaxed);
    auto committed = commit(item->transaction);
    if (item->done) item->done(std::move(committed));
  }
  return items.size() + (answers ? 1 : 0);
}

Result<Version> Graph::advance_to(Timestamp now) {
  const std::optional<Timestamp> before = this->now();
  if (before && now < *before) {
    return fail(ErrorCode::invalid_argument, "the graph's time does not go back",
                std::to_string((*before - now).count()) + " microseconds before the present");
  }
  if (now > detail::kEventTimeMax || now.time_since_epoch() < -detail::kEventTimeMax.time_since_epoch()) {
    return fail(ErrorCode::out_of_range, "the time is out of bounds");
  }
  if (core_->committing()) return core_->commit([]() -> Result<void> { return {}; });  // refuses, and says why
  const auto time = detail::time_node_of(*core_);
  return core_->commit([&]() -> Result<void> {
    time->move_to(now);
    return {};
  });
}

std::optional<Timestamp> Graph::now() const {
  if (!core_->time_node) return std::nullopt;
  const Timestamp now = detail::time_node_of(*core_)->now();
  return now == Timestamp::min() ? std::nullopt : std::optional(now);
}

GraphStats Graph::stats() const {
  GraphStats stats = core_->stats();
  stats.posted_waiting = posted_->waiting.load(std::memory_order_relaxed);
  stats.posted_refused = posted_->refused.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace freshet
