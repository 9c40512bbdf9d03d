// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/graph/subscription.hpp"
#include "freshet/net/block.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/rows.hpp"
#include "freshet/stream/session.hpp"
#include "freshet/stream/source.hpp"

namespace freshet {
class Graph;
}

namespace freshet::stream {

/// What an instance stands on; all of it outlives the instance.
struct InstanceContext {
  const Graph& graph;
  const Clock& clock;
  const StreamOptions& options;
  StreamStats& stats;
};

/// A resource with its parameters bound, and the clients that read it.
///
/// Where a change becomes bytes: after a commit that touched the source, the changed rows are encoded once into a block
/// and every session gets a reference to it. A client that joins gets an init block, which is encoded once per version.
/// Without readers nothing is encoded.
///
/// Thread safety: belongs to the loop.
class Instance final : private SessionOwner {
 public:
  /// `canonical` names resource and parameters, for the registry. `owner` is the caller for whom alone it is; null if
  /// it is for everybody.
  Instance(InstanceContext context, std::string id, std::string canonical, std::unique_ptr<Source> source,
           std::shared_ptr<const Caller> owner = nullptr);
  ~Instance();

  const std::string& id() const { return id_; }
  const std::string& canonical() const { return canonical_; }
  const Source& source() const { return *source_; }

  /// Whether `caller` may use it.
  bool is_for(const Caller& caller) const { return owner_ == nullptr || *owner_ == caller; }

  /// Serves the client behind `stream` from now on, at the longest until the time given.
  void join(std::shared_ptr<net::OutputStream> stream, std::optional<Timestamp> until = std::nullopt);
  std::size_t session_count() const { return sessions_.size(); }

  void heartbeat(const net::Block& comment);
  /// Takes leave of the sessions whose time is over; how many they are. Cost: O(1) while there are none.
  std::size_t expire(const net::Block& farewell);
  /// Takes leave of all sessions; `farewell` gives the last bytes of each.
  void part(const std::function<net::Block()>& farewell);

  /// Notes that somebody used this instance just now.
  void touch() { last_used_ = context_.clock.steady_now(); }
  /// Whether nobody has read or otherwise used it for the idle time.
  bool idle() const;

  /// How many clients opened it and did not close it yet.
  std::size_t openings = 0;

 private:
  void on_changes(const ChangedRows& changes);
  void on_errors(Version version, const std::vector<ErrorEvent>& events);
  void send(std::string event);

  net::Block init_block() override;
  void leave(Session& session) override;

  // Constant after construction.
  const InstanceContext context_;
  const std::string id_;
  const std::string canonical_;
  const std::unique_ptr<Source> source_;
  const std::shared_ptr<const Caller> owner_;  // owners: this, and requests under way

  std::vector<std::unique_ptr<Session>> sessions_;  // each knows its index
  SteadyTime last_used_;
  // No session expires before.
  Timestamp next_expiry_ = Timestamp::max();
  RowFaults faults_;  // up to date while there are sessions
  net::Block init_;   // null when nobody joined since the last change
  Version init_version_ = 0;

  Subscription changes_;
  Subscription errors_;
};

}  // namespace freshet::stream
