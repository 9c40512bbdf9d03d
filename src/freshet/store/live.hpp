// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/graph/row_error.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/models.hpp"

namespace freshet {

class Store;

namespace store {
class LiveCore;
}

struct LiveOptions {
  /// Rows that are read and committed at once while the store is being loaded.
  std::size_t snapshot_rows = 1000;
  /// Changes of several store transactions that may share a commit of the graph; one transaction is never divided.
  std::size_t commit_changes = 1000;
  /// Commits that may wait for the graph; the feed waits then.
  std::size_t commits_waiting_max = 4;
  /// Told of what goes wrong and will be tried again (the connection was lost), on whichever thread finds it.
  std::function<void(const Error&)> on_trouble = {};
};

/// How far a LiveStore is, and what happened to it so far.
struct LiveProgress {
  /// Whether the graph holds all that was in the store when the feed began.
  bool ready = false;
  std::uint64_t rows_loaded = 0;
  std::uint64_t commits = 0;  ///< of the graph, after the snapshot
  std::uint64_t changes = 0;  ///< in them
  std::uint64_t resets = 0;
  std::uint64_t refused_commits = 0;  ///< by a strict view; the graph then lacks what the store has
  std::uint64_t troubles = 0;
  std::optional<Error> last_trouble;
  /// What the graph shows: all that was committed up to here, and nothing after.
  store::Position position;
  Timestamp committed_at{};  ///< when the last of it was
};

/// Keeps collections of a graph equal to models of a store.
///
/// One feed serves all collections, and what one store transaction changed arrives in one commit: a view over several
/// models never shows half of it. At first the store is loaded, a bounded number of rows per commit; serve readers when
/// that is over (wait_until_ready(), when_ready()). If the store has lost the place where the feed was, it is read
/// again and the difference committed at once: rows that stayed the same do not flicker.
///
/// A document that cannot be decoded is missing from its collection and stands in errors() until it can. Collections of
/// a store take no checks and no strict() views: what happened in the store has happened, and a commit that a view
/// refuses is lost to the graph (LiveProgress::refused_commits).
///
/// Lifetime: the graph outlives it; it may go at any time, after which its collections stay as they are.
/// Thread safety: belongs to the loop of the graph.
/// Example: src/freshet/store/live.test.cpp [live]
class LiveStore final : public Models {
 public:
  /// Collections are asked for, then start() is called.
  LiveStore(const Store& store, Graph& graph, LiveOptions options = {});
  /// The same over what Store::backend() gives.
  LiveStore(std::shared_ptr<store::Backend> backend, Graph& graph, LiveOptions options = {});
  ~LiveStore() override;

  /// Prepares the tables and begins to load. Collections that nobody asked for yet are not to be had any more.
  /// Errors: those of Backend::prepare() and Backend::follow().
  Result<void> start();

  bool ready() const;
  LiveProgress progress() const;
  /// Calls `done` on the graph's thread once ready, at once if it is.
  void when_ready(std::function<void()> done);
  /// Does the graph's posted work on this thread until the store is loaded: for main(), before the service listens.
  /// Errors: unavailable after `timeout`, with the last trouble.
  Result<void> wait_until_ready(std::chrono::milliseconds timeout = std::chrono::minutes(10));

  /// Calls `done` on the graph's thread once the graph shows what was committed up to `position`, at once if it does:
  /// how a writer gets to see what it wrote. It is told the graph's version.
  /// Requires: `position` is of this store and of a transaction that wrote one of the models that are followed.
  void when_at(const store::Position& position, std::function<void(Version)> done);

  /// Documents that cannot be decoded, by their path.
  Collection<std::string, RowError> errors() const;

  const std::shared_ptr<store::Backend>& backend() const { return backend_; }

 private:
  void admit(const store::Table& table) const override;

  std::shared_ptr<store::Backend> backend_;
  std::shared_ptr<store::LiveCore> core_;  // owners: this, and what is posted to the graph
  std::unique_ptr<store::Feed> feed_;
};

}  // namespace freshet
