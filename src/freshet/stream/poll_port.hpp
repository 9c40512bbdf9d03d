// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/stream/options.hpp"
#include "freshet/stream/session_port.hpp"

namespace freshet::stream {

/// A session that lasts for one answer: all that it is sent in the first turn in which it is sent anything, as
/// `{"id":"...","events":[{"event":...,"id":...,"data":...},...]}`. Where nothing happens for poll_timeout, no events.
///
/// The answer's id is what the client asks with next. Memory: references to the events of one turn.
class PollPort final : public SessionPort {
 public:
  PollPort(net::Loop& loop, const StreamOptions& options, StreamStats& stats, net::ResponseReply reply);
  ~PollPort() override;

  /// The client has all there is: after poll_timeout there is an answer without events, under the id of how things
  /// stand then. Without this call there is none, since the client waits for its init. `current_id` is called only
  /// while there is a listener.
  void wait_for_news(std::function<std::string()> current_id) { current_id_ = std::move(current_id); }

  void set_listener(SessionPortListener* listener) override { listener_ = listener; }
  [[nodiscard]] bool write(const Event& event, std::size_t budget_bytes) override;
  std::size_t queued_bytes() const override { return bytes_; }
  bool is_open() const override { return open_; }
  void heartbeat() override {}
  void come_back_after(std::chrono::milliseconds delay) override;
  void finish() override;

 private:
  void look();
  void answer();
  void end();

  net::Loop& loop_;
  const StreamOptions& options_;
  StreamStats& stats_;
  net::ResponseReply reply_;
  std::function<std::string()> current_id_;
  const SteadyTime deadline_;
  SessionPortListener* listener_ = nullptr;
  std::vector<net::Block> pieces_;
  std::string last_id_;
  std::size_t bytes_ = 0;
  bool open_ = true;
  bool scheduled_ = false;
  net::Timer timer_;
  const std::shared_ptr<char> alive_ =
      std::make_shared<char>();  // owners: this; deferred calls ask whether it is there
};

}  // namespace freshet::stream
