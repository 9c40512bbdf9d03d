// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/graph/subscription.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/stream/client_counts.hpp"
#include "freshet/stream/delivery_timer.hpp"
#include "freshet/stream/event.hpp"
#include "freshet/stream/history.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/rows.hpp"
#include "freshet/stream/session.hpp"
#include "freshet/stream/slow_readers.hpp"
#include "freshet/stream/snapshot_turns.hpp"
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
  SnapshotTurns& turns;
  DeliveryTimer& deliveries;
};

/// What makes one instance differ from others.
struct InstanceTraits {
  std::string id;
  /// Names resource, parameters and whom it is for, for the registry.
  std::string canonical;
  /// The caller for whom alone it is; null if it is for everybody.
  std::shared_ptr<const Caller> owner = nullptr;
  SlowReaders slow_readers = {};
};

/// A resource with its parameters bound, and the clients that read it.
///
/// Where a change becomes bytes: after a commit that touched the source, the changed rows are encoded once into an
/// Event, every session is sent a reference to it, and History keeps it for a while. What a client is owed that joins,
/// comes back or did not keep up follows from the position that it is at:
///
/// 1. joins: the init that was made last, and the events since; a new init once those weigh more than it. A large one
///    is made in steps (SteppedRows), and those who join meanwhile wait for it.
/// 2. comes back with an id: exactly the events after it, if history has all of them; else as if it joined. Where rows
///    are shown to one caller by his rights, what was taken from him since is not shown to him again: he gets one
///    merged update, as in 3.
/// 3. did not keep up: the keys that changed after its position, each once, taken from the events; or what the resource
///    declared instead (SlowReaders).
///
/// Without readers nothing is encoded, once StreamOptions::history_age_max has passed since the last one.
///
/// Invariants: 1. while recording, every change of the source is in an event. 2. faults_ are those of the current rows
/// if faults_known_; sessions are live only then. 3. laggards_ is the number of sessions that are behind.
///
/// Thread safety: belongs to the loop.
class Instance final : private SessionOwner, private SnapshotTurns::Job {
 public:
  Instance(InstanceContext context, InstanceTraits traits, std::unique_ptr<Source> source);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  const std::string& id() const { return *id_; }
  const std::string& canonical() const { return canonical_; }
  const Source& source() const { return *source_; }
  std::shared_ptr<const Source> shared_source() const { return source_; }

  /// Whether `caller` may use it.
  bool is_for(const Caller& caller) const { return owner_ == nullptr || *owner_ == caller; }

  /// Serves the client behind `port` from now on, at the longest until the time given. `since` is the id of the last
  /// event that it has, empty for none. The session, for those who end it themselves with leave(); otherwise it lasts
  /// until its port closes.
  Session& join(std::unique_ptr<SessionPort> port, std::string_view since, std::optional<Timestamp> until);
  std::size_t session_count() const { return sessions_.size(); }
  /// Takes a session out: the client has gone.
  void leave(Session& session) override;

  /// The id of how things stand now.
  std::string current_id() const { return ids_.id(position()); }
  Position position() const;

  void heartbeat();
  /// Takes leave of the sessions whose time is over; how many they are. Cost: O(1) while there are none.
  std::size_t expire();
  /// Takes leave of all sessions, for good.
  void part();
  /// Takes leave of up to `max` sessions until a time that is asked for each; of how many.
  std::size_t send_away(std::size_t max, const std::function<std::chrono::milliseconds()>& delay);
  /// To be called now and then: lets go of what is too old.
  void tend();

  /// Notes that somebody used this instance just now.
  void touch() { last_used_ = context_.clock.steady_now(); }
  /// Whether nobody has read or otherwise used it for the idle time.
  bool idle() const;

  /// How many clients opened it and did not close it yet.
  std::size_t openings = 0;
  /// Whose it is among those that a client may have.
  ClientCounts::Share share;

 private:
  /// The state as one or two events: the rows, and the errors that stand, if any.
  struct Init {
    std::vector<EventPtr> events;
    Position position;
    std::size_t bytes = 0;
  };
  /// What brings those up to date who are at a position.
  struct Merged {
    Position since;
    std::vector<EventPtr> events;
    bool outweighs_init = false;
  };

  // Commits.
  void on_changes(const ChangedRows& changes);
  void on_errors(Version version, const std::vector<ErrorEvent>& events);
  /// With its name: who reads several streams on one connection has to know which one ends.
  EventPtr farewell(std::string_view data) const { return close_event(data, id_); }
  std::vector<ErrorEvent> with_faults(std::vector<ErrorEvent> news) const;
  Position next_position(Version version) const;
  bool goes_on_recording();
  void stop_recording(Position position);
  void publish(const EventPtr& event);

  // Those who join or come back.
  bool resume(Session& session, std::string_view since);
  void supply_init(Session& session);
  const Init* current_init();
  void encode_init();
  void begin_steps();
  SteppedRows::Step step(std::size_t rows) override;
  void set_init(const std::string& rows, const RowFaults& faults);

  // Those who do not keep up.
  void fell_behind(Session& session) override;
  void catch_up(Session& session) override;
  void caught_up(Session& session) override;
  void conflate(Session& session);
  void skip(Session& session);
  const Merged& merged(Position since);
  Merged merge(Position since) const;

  // Constant after construction.
  const InstanceContext context_;
  const std::shared_ptr<const std::string> id_;  // owners: this and its events
  const std::string canonical_;
  const std::shared_ptr<const Caller> owner_;  // owners: this, and requests under way
  const SlowReaders slow_readers_;
  const EventIds ids_;
  const std::shared_ptr<const Source> source_;  // owners: this, and snapshots that are being taken

  std::vector<std::unique_ptr<Session>> sessions_;  // each knows its index
  std::size_t laggards_ = 0;
  SteadyTime last_used_;
  // No session expires before.
  Timestamp next_expiry_ = Timestamp::max();

  bool recording_ = false;
  SteadyTime last_read_;  // the end of the last session
  Position last_event_;   // the last change, recorded or not
  std::uint64_t event_count_ = 0;
  History history_;
  RowFaults faults_;
  bool faults_known_ = false;

  Init init_;  // empty: none, or not worth keeping
  std::size_t bytes_since_init_ = 0;
  std::size_t last_init_bytes_ = 0;  // also when it was not kept
  RowFaults step_faults_;            // for steps while faults_ are known
  std::unique_ptr<SteppedRows> steps_;
  std::vector<Merged> merged_;  // made since the last event

  Subscription changes_;
  Subscription errors_;
};

}  // namespace freshet::stream
