// SPDX-License-Identifier: MIT
#pragma once

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

}  // namespace freshet::detail
