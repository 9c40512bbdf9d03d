// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/net/testing/http_client.hpp"

struct nghttp2_session;

namespace freshet::net::testing {

/// What has come of one HTTP/2 stream so far.
struct Http2Reply {
  int status = 0;
  Headers headers;
  std::string body;
  bool ended = false;       ///< complete
  bool closed = false;      ///< complete, or reset
  std::uint32_t error = 0;  ///< of the reset
};

/// A client of many requests on one connection, for tests: nghttp2's session on an HttpClient's bytes. Not installed.
class Http2Client {
 public:
  explicit Http2Client(HttpClient connection, std::uint32_t stream_window_bytes = 65'535);
  ~Http2Client();
  Http2Client(Http2Client&& other) = delete;

  /// Begins a request, returns its number.
  std::int32_t begin(std::string_view method, std::string_view path, std::string body = {},
                     const std::vector<Header>& headers = {});
  /// Waits until `condition` holds; throws std::runtime_error when it does not in time, or the connection ends before.
  void wait_until(const std::function<bool()>& condition);
  /// Waits for the end of that stream.
  const Http2Reply& wait(std::int32_t id);
  const Http2Reply& request(std::string_view method, std::string_view path, std::string body = {},
                            const std::vector<Header>& headers = {}) {
    return wait(begin(method, path, std::move(body), headers));
  }
  const Http2Reply& get(std::string_view path) { return request("GET", path); }
  const Http2Reply& reply(std::int32_t id) { return replies_[id]; }

  /// From here on the client takes in nothing of that stream beyond its window, or does again.
  void stall(std::int32_t id);
  void resume(std::int32_t id);
  void reset(std::int32_t id);
  /// Sends and takes what there is, without waiting.
  void pump();

  /// The errors of the GOAWAYs that came, with the last stream they name.
  const std::vector<std::pair<std::uint32_t, std::int32_t>>& goaways() const { return goaways_; }
  bool connection_ended() const { return ended_; }
  HttpClient& connection() { return connection_; }

 private:
  friend struct Http2ClientCallbacks;

  HttpClient connection_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Http2Reply> replies_;
  std::map<std::int32_t, std::string> bodies_;
  std::map<std::int32_t, std::size_t> stalled_;  // bytes that were not given back
  std::vector<std::pair<std::uint32_t, std::int32_t>> goaways_;
  bool ended_ = false;
};

/// A frame as it is on the wire.
std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t id, std::string_view payload = {});
/// What a client says first: the preface and empty SETTINGS.
std::string http2_hello();
/// The header block of a GET of `path`, all literal.
std::string http2_get(std::string_view path);

struct Http2Frame {
  std::uint8_t flags = 0;
  std::string payload;
};
/// Waits for the next frame of that type on a connection that is read frame by frame.
Http2Frame next_http2_frame(HttpClient& client, std::uint8_t type);
/// Whether what a server sent has a GOAWAY with that error.
bool http2_goes_away(std::string_view bytes, std::uint32_t error);

}  // namespace freshet::net::testing
