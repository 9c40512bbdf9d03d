// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "freshet/base/backoff.hpp"
#include "freshet/net/client/event_source.hpp"
#include "freshet/net/client/http_call.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/url.hpp"
#include "freshet/service/remote/remote_collection.hpp"
#include "freshet/service/remote/remote_rows.hpp"

namespace freshet::remote {

/// Follows one resource of another server: opens an instance, reads its stream, hands on what comes, opens anew when
/// the instance is gone.
///
/// Where a commit is refused, what came waits and is tried again, with what comes meanwhile: state is what counts, and
/// later rows replace earlier ones. Where that cannot be, because rows do not fit or too much waits, the whole state is
/// read again after a while.
///
/// Thread safety: belongs to the loop.
class RemoteReader final : private net::EventSourceListener {
 public:
  /// `url`: of the server, with the path before /v1/, which has no '/' at its end.
  RemoteReader(net::Loop& loop, net::Url url, std::string resource, std::string params_json, RemoteOptions options,
               std::unique_ptr<RemoteRows> rows);
  RemoteReader(const RemoteReader&) = delete;
  RemoteReader& operator=(const RemoteReader&) = delete;

  void start() { open(); }
  /// Ends it, and gives the opening back if the other server still answers; `done` is called once, at the latest after
  /// a second or two.
  void stop(std::function<void()> done);

  const RemoteStatus& status() const { return status_; }
  const std::string& name() const { return rows_->name(); }

 private:
  void open();
  void take_opening(const Result<net::ClientResponse>& answer);
  void refused(const Error& error);
  void read();
  void open_again(const Error& why);

  void on_open() override;
  void on_event(const codec::SseEvent& event) override;
  void on_lost(const Error& why, std::chrono::milliseconds retry_in) override;
  void on_end(const Error& why) override;

  void take_rows(const codec::SseEvent& event);
  void retry();
  void conclude(const Result<Version>& version, bool all);
  void take_faults(std::string_view json);
  void take_close(std::string_view json);
  void become(RemoteState state);
  void fall_behind(const Error& why);
  void lose(const Error& why);

  net::HttpCallOptions call_options() const;
  net::ClientRequest request(net::Method method, const std::string& path) const;

  net::Loop& loop_;
  const net::Url url_;
  const std::string params_json_;
  const RemoteOptions options_;
  const net::TlsTrust trust_;
  const std::unique_ptr<RemoteRows> rows_;
  RemoteStatus status_;
  Backoff backoff_;
  std::size_t failures_ = 0;  // since rows were taken
  std::string instance_id_;   // empty: none is open
  std::set<std::string> faulty_;
  std::unique_ptr<net::HttpExchange> exchange_;
  std::unique_ptr<net::EventSource> source_;
  net::Timer timer_;
  net::Timer retry_timer_;
  std::string event_id_;  // of what came last
  bool stopped_ = false;
};

}  // namespace freshet::remote
