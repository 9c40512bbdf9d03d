// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

namespace freshet::detail {

class NodeBase;

/// Records what a mapper reads from the collections among its arguments, key by key.
///
/// Errors: both throw Failure when `node` is not among the mapper's arguments, because such a read could not be
/// repeated when that collection changes.
class ReadTracker {
 public:
  /// The mapper read one key, present or not. `key` points to the collection's key type.
  virtual void read_key(const NodeBase& node, const void* key) = 0;
  /// The mapper read the collection as a whole: its size, or all of its rows.
  virtual void read_all(const NodeBase& node) = 0;

 protected:
  ~ReadTracker() = default;
};

/// What a reading mapper is recorded by; null outside of mappers. Per thread, since workers run mappers side by side.
inline constinit thread_local ReadTracker* current_tracker = nullptr;

/// Makes `tracker` the current one while it lives.
class TrackerScope {
 public:
  explicit TrackerScope(ReadTracker& tracker) : outer_(std::exchange(current_tracker, &tracker)) {}
  TrackerScope(const TrackerScope&) = delete;
  TrackerScope& operator=(const TrackerScope&) = delete;
  ~TrackerScope() { current_tracker = outer_; }

 private:
  ReadTracker* outer_;
};

}  // namespace freshet::detail
