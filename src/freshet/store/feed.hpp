// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/row.hpp"

namespace freshet::store {

/// Where in a store's history a reader is: opaque to users, may be kept and used after a restart. Empty: before
/// everything.
///
/// For backends: "EPOCH-NUMBER". The epoch names one history (a database that was restored or made anew has another),
/// the decimal number grows with it.
struct Position {
  std::string text{};

  static Position make(std::string_view epoch, std::uint64_t number);
  /// In FeedOptions::after: the end of the history, whatever it is then.
  static Position now() { return {"now"}; }

  /// The epoch; all of the text if it has no number.
  std::string_view epoch() const;
  /// The number; nothing where there is none.
  std::optional<std::uint64_t> number() const;

  friend bool operator==(const Position&, const Position&) = default;
};

/// Whether a reader who is at `here` has seen everything up to `wanted`. False where they are of different histories;
/// true for an empty `wanted`.
bool reached(const Position& here, const Position& wanted);

enum class ChangeKind : std::uint8_t { create, update, remove };

/// What happened to one document. One that a transaction wrote several times may come several times, in order.
struct Change {
  ChangeKind kind = ChangeKind::create;
  const Table* table = nullptr;
  Key key{};
  /// Empty for a create.
  std::optional<Row> before{};
  /// Empty for a remove.
  std::optional<Row> after{};
};

/// What a feed delivers, one at a time and in order.
struct Batch {
  enum class Kind : std::uint8_t {
    /// Rows that were there when the feed began, as creates: a bounded part of one consistent state. Several may come.
    snapshot,
    /// The snapshot is complete (also when there was nothing, but not when the feed resumed at a position).
    snapshot_end,
    /// All changes of one or several whole transactions that follow each other; never a part of one. May be empty: then
    /// only the position has moved, over transactions that changed nothing of what is followed. So every feed comes to
    /// each position that a writer of the same Backend was told, whatever he wrote.
    commit,
    /// The position is no longer in the store's history, or the history was lost: a new snapshot follows, which
    /// replaces everything.
    reset,
  };

  Kind kind = Kind::commit;
  std::vector<Change> changes{};
  /// Resuming here delivers what follows this batch. Unset (empty) within a snapshot, which is begun anew.
  Position position{};
  /// When the last of its transactions was committed.
  Timestamp committed_at{};
};

struct FeedOptions {
  /// What is followed; must be prepared in the store.
  std::vector<const Table*> tables{};
  /// Where to go on; unset: a snapshot of what is there, then what follows. Position::now(): only what follows.
  std::optional<Position> after{};
  /// Rows of one snapshot batch at most.
  std::size_t snapshot_rows = 1000;
  /// Changes of one commit batch at most, unless a single transaction has more.
  std::size_t commit_changes = 1000;
};

/// Receives batches on a thread of the store's own; may block, also on transactions of the same store, which holds up
/// this feed only. What it returns as an error ends the feed. A fault of the feed itself (the connection is lost) is
/// not an end: it is told to `on_trouble` and the feed goes on where it was once it can.
struct FeedReceiver {
  std::function<Result<void>(Batch)> on_batch;
  std::function<void(const Error&)> on_trouble;
};

/// A running feed. Destroying it stops it and waits for the callback under way to return.
///
/// Requires: not destroyed by its own callback. Lifetime: ends before its backend.
class Feed {
 public:
  virtual ~Feed() = default;
};

}  // namespace freshet::store
