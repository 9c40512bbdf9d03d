// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/reply.hpp"
#include "freshet/base/result.hpp"
#include "freshet/net/block.hpp"
#include "freshet/net/client.hpp"

namespace freshet {
struct Caller;
}

namespace freshet::net {

class ByteStream;
class OutputStream;

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options };

std::string_view to_string(Method method);
/// The method of that exact name; nothing for names this server does not implement.
std::optional<Method> method_of(std::string_view name);

struct Header {
  std::string name;
  std::string value;
};

/// Header fields in their order of arrival. Names compare without regard to case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string value);
  /// The value of the first field of that name, or null.
  const std::string* find(std::string_view name) const;
  /// The same, empty where there is none.
  std::string_view get(std::string_view name) const;
  /// Takes away all fields of that name.
  void remove(std::string_view name);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Header> fields_;
};

/// One request, complete with its body. The handler may move things out of it.
struct Request {
  Method method = Method::get;
  /// As sent, percent-encoded: "/v1/streams/a%20b". Begins with '/', or is "*".
  std::string path;
  /// What follows the '?', as sent.
  std::string query;
  Headers headers;
  std::string body;
  /// The client's address, as 192.0.2.7:50312 or [2001:db8::7]:50312.
  std::string remote;
  /// Who makes it; null where nobody has said. The callers' owners: requests, and what was made for them.
  std::shared_ptr<const Caller> caller = nullptr;
  /// Where it comes from; behind trusted proxies not where `remote` is. Null where it did not come from a server.
  /// Owners: a connection and its requests.
  std::shared_ptr<const Client> client = nullptr;
  /// What logs call it: X-Request-Id where it is well formed (1 to 64 letters, digits and any of .:_-+/=), else a name
  /// that the server gave it.
  std::string id = {};

  /// Who makes it; a Caller that is not known where nobody has said.
  const Caller& user() const;
  std::string_view header(std::string_view name) const { return headers.get(name); }
  /// The first value of that name in the query string, decoded ('+' is a space); nothing when absent or ill encoded.
  std::optional<std::string> query_value(std::string_view name) const;
  /// Whether the Accept header takes `media_type` ("text/event-stream"); true without the header. The most specific
  /// range counts; weights of 0 refuse.
  bool accepts(std::string_view media_type) const;
  /// The media type of the body in lower case, without parameters: "application/json".
  std::string content_type() const;
};

struct Response;

/// The right to answer a request later, once, from any thread: `reply(Response::text("done"))` or `reply.fail(error)`.
///
/// The client sees an error as problem+json; a reply that goes without an answer is one with status 500. What is
/// answered after the client has gone, or after the server's answer_timeout, is dropped: cancelled() tells.
using ResponseReply = Reply<Response>;
/// Called on the loop, once the handler has returned; the Request is not valid any more.
using LaterStart = std::function<void(ResponseReply)>;

/// Called once the head of a streaming response is on its way, with the stream that is its body.
using StreamStart = std::function<void(std::shared_ptr<OutputStream>)>;

/// Called once the head of an answer that switches protocols is on its way, with the connection.
using UpgradeStart = std::function<void(std::shared_ptr<ByteStream>)>;

/// One answer. The server adds Date, Content-Length and Connection; it leaves out the body for HEAD, 204 and 304.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// Sent instead of `body` when set.
  Block shared_body;
  /// Set for a streaming response; the connection then becomes an OutputStream, unless the request was a HEAD.
  StreamStart start;
  /// Set for a response that ends HTTP on its connection, which becomes a ByteStream. Refused with 503 while the server
  /// stops.
  UpgradeStart upgrade;
  /// Set for a response that is not known yet; nothing else of it counts then.
  LaterStart later_start;
  /// Set for an answer that is no answer: the request is routed again. Nothing else of it counts then.
  bool routes_again = false;

  static Response empty(int status = 204);
  static Response text(std::string body, int status = 200);
  static Response json(std::string body, int status = 200);
  static Response json(Block body, int status = 200);
  static Response bytes(std::string content_type, Block body, int status = 200);
  /// RFC 9457 problem+json with the error's primary, detail, hint and path; the status is the one of its code.
  static Response problem(const Error& error);
  static Response problem(int status, const Error& error);
  /// A response whose body is a stream; `headers` needs a Content-Type.
  static Response stream(Headers headers, StreamStart start);
  /// A response that switches to the protocol that `headers` name (101).
  static Response switch_protocol(Headers headers, UpgradeStart start);
  /// A response that `start` will see to, without blocking the loop: it hands the reply to whoever does the work. The
  /// connection takes its next request after the answer, which may be any response, also a stream or one that comes
  /// later still (its own start then runs on the loop again).
  ///
  /// Limits: ServerOptions::answers_under_way_max, beyond which the client gets a 503; ServerOptions::answer_timeout.
  /// Example: src/freshet/net/later.test.cpp [later]
  static Response later(LaterStart start);
  /// What a reply is answered with where something had to be waited for before the request could be looked at: has it
  /// routed once more, unchanged. Requires: nothing was moved out of the request. Limits: 3 times for one request.
  static Response again();
};

/// The status that an error becomes where nobody says otherwise.
int http_status(ErrorCode code);
/// "Not Found" for 404.
std::string_view reason_phrase(int status);

/// Decodes %XX. Nothing when an escape is malformed or stands for NUL. The result need not be UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace freshet::net
