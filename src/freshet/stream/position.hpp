// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "freshet/graph/stats.hpp"

namespace freshet::stream {

/// How far the events of one instance have come: a commit, and which of its events, since one commit may be told in
/// two, the rows and then the errors.
struct Position {
  Version version = 0;
  std::uint32_t part = 0;

  friend auto operator<=>(const Position&, const Position&) = default;
};

/// What an id that a client came back with says.
struct ResumePoint {
  enum class Kind : std::uint8_t {
    position,    ///< all that was sent up to there
    incomplete,  ///< an init whose errors did not arrive
    foreign,     ///< of another service start or another instance
    garbled,     ///< nothing that was ever sent
  };
  Kind kind = Kind::garbled;
  Position position = {};
};

/// The ids of the events of one instance: `<epoch>-<version>`, with `.<part>` where that is not 0, and an `e` at the
/// end of an init that is followed by its errors.
///
/// The epoch is a token of the instance alone, so that an id of another instance, or of a service that was started
/// before, is never taken for one of this. Ids are ASCII tokens of at most kIdBytesMax bytes: browsers send them back
/// across origins without asking first, and they need no escaping in a query.
class EventIds {
 public:
  static constexpr std::size_t kEpochBytesMax = 24;
  static constexpr std::size_t kIdBytesMax = 64;

  /// Requires: `epoch` is made of 1 to kEpochBytesMax letters and digits.
  explicit EventIds(std::string epoch);

  std::string id(Position position) const;
  /// Of an init that is followed by its errors.
  std::string incomplete_id(Position position) const { return id(position) + "e"; }
  /// What `id` says. Strict: what id() would not write is garbled.
  ResumePoint parse(std::string_view id) const;

 private:
  std::string epoch_;
};

}  // namespace freshet::stream
