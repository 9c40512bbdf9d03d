// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/net/client/response.hpp"
#include "freshet/net/client/tls_trust.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/url.hpp"

namespace freshet::net {

class CallCore;
class Loop;

/// One request to a server.
struct ClientRequest {
  Method method = Method::get;
  Url url;
  /// Host, Connection, Content-Length and Accept-Encoding are added.
  Headers headers = {};
  std::string body = {};
};

/// Every limit of one request and its answer.
struct HttpCallOptions {
  /// For the name, the connection and the handshake of TLS together.
  std::chrono::milliseconds connect_timeout{10'000};
  /// From then to the end of the answer's head.
  std::chrono::milliseconds answer_timeout{30'000};
  /// For silence in the body, except while paused.
  std::chrono::milliseconds idle_timeout{60'000};
  ResponseLimits limits = {};
  /// For https; copies of it load the authorities once.
  TlsTrust trust = TlsTrust();
};

/// What a call tells. Comes from the loop, never from inside a call of HttpCall; each may destroy the HttpCall.
class HttpCallListener {
 public:
  virtual void on_head(const ResponseHead& head) = 0;
  /// The next bytes of the body, as they come; valid during the call.
  virtual void on_body(std::string_view bytes) = 0;
  /// The last call: the answer is complete, or why it will not be. Errors: unavailable, with what happened, for all
  /// that goes wrong on the way; too_large; invalid_argument for a request that cannot be sent.
  virtual void on_end(Result<void> end) = 0;

 protected:
  ~HttpCallListener() = default;
};

/// One request over HTTP/1.1, on a connection of its own, with an answer that is taken as it comes. Never blocks.
///
/// An https server's certificate is checked, and that it is for this host. Redirections are not followed.
///
/// Destroying it cancels it: nothing more is told. Lifetime: ends before its loop and its listener.
/// Thread safety: belongs to the loop.
/// Example: src/freshet/net/client/http_call.test.cpp [call]
class HttpCall {
 public:
  HttpCall(Loop& loop, ClientRequest request, const HttpCallOptions& options, HttpCallListener& listener);
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;
  ~HttpCall();

  /// Reads nothing more until resume(), so that the server has to hold back in the end. What was read already is told.
  void pause();
  void resume();

 private:
  std::shared_ptr<CallCore> core_;  // owners: this, and the handlers of what is under way
};

/// An answer as a whole.
struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// An HttpCall for an answer that is wanted as a whole: `done` is called once, from the loop.
///
/// Destroying it cancels it; `done` may do that. Limits: a body of 1 MiB where the options do not say.
class HttpExchange final : private HttpCallListener {
 public:
  using Done = std::function<void(Result<ClientResponse>)>;

  HttpExchange(Loop& loop, ClientRequest request, HttpCallOptions options, Done done);

 private:
  void on_head(const ResponseHead& head) override;
  void on_body(std::string_view bytes) override { response_.body += bytes; }
  void on_end(Result<void> end) override;

  Done done_;
  ClientResponse response_;
  HttpCall call_;
};

}  // namespace freshet::net
