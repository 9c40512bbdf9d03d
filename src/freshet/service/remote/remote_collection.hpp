// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/base/backoff.hpp"
#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"
#include "freshet/graph/input.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/net/http.hpp"

namespace freshet {

/// How a collection stands that is kept equal to one of another server.
enum class RemoteState : std::uint8_t {
  connecting,  ///< nothing has come yet
  ready,       ///< connected, and equal to what the other server said last
  behind,      ///< not connected, or not able to take what came: the rows are those of an earlier time
  lost,        ///< the other server refuses for good; the rows stay as they are
};
/// "ready", and so on.
std::string_view to_string(RemoteState state);

struct RemoteStatus {
  RemoteState state = RemoteState::connecting;
  /// Where the collection comes from: the server's URL, and the resource's name there.
  std::string url, resource;
  /// Why it is behind or lost.
  std::optional<Error> error = std::nullopt;
  /// The last event that was taken, as the other server names it; empty for none.
  std::string event_id = {};
  /// The commit of this graph by which it was taken.
  Version version = 0;

  std::uint64_t inits = 0;        ///< whole states that were taken
  std::uint64_t updates = 0;      ///< changes that were taken
  std::uint64_t openings = 0;     ///< of the resource, at the other server
  std::uint64_t connections = 0;  ///< that were established
  std::uint64_t losses = 0;       ///< of connections
  std::uint64_t refusals = 0;     ///< of what came, by this graph
  /// Rows that the other server has an error for in place of values.
  std::size_t faulty_rows = 0;
};

struct RemoteOptions {
  /// What the input is called in this graph; empty: as the resource.
  std::string name = {};
  /// Called before each opening and each connection that follows from it: a token (`Authorization`) may be another one
  /// each time.
  std::function<net::Headers()> headers = {};
  /// Called on the loop whenever the state changes.
  std::function<void(const RemoteStatus&)> on_state = {};
  /// PEM: authorities to trust for https, in place of the system's.
  std::string ca_file = {};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds answer_timeout{30'000};
  /// A connection without a word for so long is given up. Servers send a heartbeat every 15 s unless told otherwise.
  std::chrono::milliseconds silence_max{45'000};
  /// Between attempts; a server that stops may ask for longer.
  BackoffOptions backoff = {};
  /// A larger state, or change, is not taken.
  Bytes event_bytes_max = mib(64);
};

namespace remote {
class RemoteReader;
}

/// A collection that is kept equal to a resource of another server: as any other, but for its status.
///
/// What the other server commits to it becomes one commit here. When it is connected again after a time without, it
/// gets what it missed, or the whole state, which is then taken as a difference: views below see what changed, and
/// nothing else. Until then its rows stay what they were.
///
/// Lifetime: the Upstreams that made it outlives its use. Example: examples/chain/meta.cpp
template <class Key, class Value> class RemoteCollection : public Collection<Key, Value> {
 public:
  RemoteCollection(const Collection<Key, Value>& rows, const remote::RemoteReader& reader)
      : Collection<Key, Value>(rows), reader_(&reader) {}

  const RemoteStatus& status() const;

 private:
  const remote::RemoteReader* reader_;
};

}  // namespace freshet
