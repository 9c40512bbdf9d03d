// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "freshet/stream/event.hpp"
#include "freshet/stream/history.hpp"
#include "freshet/stream/source.hpp"

namespace freshet::stream {

/// Makes one event of several: each key that they are about once, with what the newest says of it.
///
/// The texts are copied, not encoded: the newest event about a key has what the key holds now. Only keys whose events
/// are not there any more are looked up.
class Merger {
 public:
  /// When merging does not pay any more: an init would be less.
  struct Bounds {
    std::size_t keys_max = 0;
    std::size_t bytes_max = 0;
  };

  /// `kind` is update or errors. Gives up once both bounds are passed.
  Merger(EventKind kind, Bounds bounds) : kind_(kind), bounds_(bounds) {}

  /// Adds what was not said yet. Requires: newer events came before. False: it has become too much.
  bool add(const Event& older);
  /// Adds the current row of a key, by its text. False: it has become too much, or the key cannot be read.
  bool add_current(const Source& source, std::string_view key, RowFaults& faults);

  bool empty() const { return texts_.empty() && looked_up_.empty(); }
  std::size_t key_count() const { return texts_.size() + looked_up_.size(); }
  EventPtr finish(std::string id, Position position, std::shared_ptr<const std::string> stream_id) const;

 private:
  bool fits() const { return key_count() <= bounds_.keys_max || bytes_ <= bounds_.bytes_max; }

  const EventKind kind_;
  const Bounds bounds_;
  std::size_t bytes_ = 0;
  // Views of the events, which outlive this.
  std::unordered_set<std::string_view> keys_;
  std::vector<std::string_view> texts_;
  std::vector<std::string> looked_up_;
};

}  // namespace freshet::stream
