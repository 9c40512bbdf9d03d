// SPDX-License-Identifier: MIT
#include "freshet/store/live.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/store/internal/live_core.hpp"
#include "freshet/store/store.hpp"

namespace freshet {

LiveStore::LiveStore(const Store& store, Graph& graph, LiveOptions options)
    : LiveStore(store.backend(), graph, std::move(options)) {}

LiveStore::LiveStore(std::shared_ptr<store::Backend> backend, Graph& graph, LiveOptions options)
    : Models(graph),
      backend_(std::move(backend)),
      core_(std::make_shared<store::LiveCore>(graph, std::move(options))) {}

LiveStore::~LiveStore() {
  core_->stop();
  feed_.reset();
}

void LiveStore::admit(const store::Table& table) const {
  if (feed_ == nullptr) return;
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "the collection of " + table.name + " was asked for too late",
                 .detail = "the feed runs already",
                 .hint = "ask for collections before start()"});
}

Result<void> LiveStore::start() {
  FRESHET_ASSERT(feed_ == nullptr && "start() twice");
  store::FeedOptions options;
  options.snapshot_rows = core_->options().snapshot_rows;
  options.commit_changes = core_->options().commit_changes;
  for (const auto& input : inputs_) {
    if (std::ranges::count(options.tables, &input->table()) == 0) options.tables.push_back(&input->table());
  }
  if (auto prepared = backend_->prepare(options.tables); !prepared) return prepared;
  core_->inputs = inputs_;
  // The core outlives the feed, which waits for calls under way when it goes.
  store::LiveCore* core = core_.get();
  auto feed = backend_->follow(std::move(options),
                               {.on_batch = [core](const store::Batch& batch) { return core->receive(batch); },
                                .on_trouble = [core](const Error& trouble) { core->tell(trouble); }});
  if (!feed) return fail(std::move(feed.error()));
  feed_ = std::move(*feed);
  return {};
}

bool LiveStore::ready() const { return core_->ready(); }
LiveProgress LiveStore::progress() const { return core_->progress(); }
void LiveStore::when_ready(std::function<void()> done) { core_->when_ready(std::move(done)); }

Result<void> LiveStore::wait_until_ready(std::chrono::milliseconds timeout) {
  FRESHET_ASSERT(feed_ != nullptr && "wait_until_ready() before start()");
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!core_->ready()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      const LiveProgress now = core_->progress();
      return fail(ErrorCode::unavailable, "the store is not loaded yet",
                  std::to_string(now.rows_loaded) + " rows in " + std::to_string(timeout.count()) + " ms" +
                      (now.last_trouble ? "; " + to_string(*now.last_trouble) : ""));
    }
    if (graph().run_posted() == 0) core_->wait_for_work();
  }
  return {};
}

void LiveStore::when_at(const store::Position& position, std::function<void(Version)> done) {
  core_->when_at(position, std::move(done));
}

Collection<std::string, RowError> LiveStore::errors() const { return core_->errors(); }

}  // namespace freshet
