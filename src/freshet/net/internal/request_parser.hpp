// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "freshet/net/http.hpp"
#include "freshet/net/internal/chunk_decoder.hpp"
#include "freshet/net/internal/http_head.hpp"

namespace freshet::net {

struct RequestLimits {
  HeadLimits head;
  std::size_t body_bytes_max = 1024 * 1024;
};

/// What is wrong with a request. Requires closing the connection: where the next request begins is not known.
struct RequestFault {
  int status = 0;
  std::string_view reason;
};

/// Turns the bytes of a connection into one request: no sockets, no time, no callbacks.
///
/// The head is checked by HeadScanner and then taken apart by Boost.Beast, whose headers stay in one source file.
///
/// Invariants: (1) memory grows with what arrived, never with what a Content-Length claims. (2) fields after a chunked
/// body (trailers) are checked and dropped.
class RequestParser {
 public:
  enum class State : std::uint8_t { head, body, complete, failed };

  explicit RequestParser(const RequestLimits& limits);

  /// Takes bytes from the front of `bytes`, returns how many. The rest is to be given again with what arrives later.
  /// Stops after the head and after the end of the request: call again while it takes something.
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  /// Requires: the head is complete.
  const HeadFacts& facts() const { return scanner_.facts(); }
  /// Requires: complete. The caller may move from it; its `remote` is left to the caller.
  Request& request() { return request_; }
  /// What is known of it once the head is there, also where what follows failed; else null.
  Request* head() { return has_head_ ? &request_ : nullptr; }
  /// Requires: failed.
  const RequestFault& fault() const { return fault_; }

 private:
  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::size_t feed_chunks(std::string_view bytes);
  bool take_head(std::string_view head);
  void take_target(std::string_view target);
  std::size_t fail(int status, std::string_view reason);

  RequestLimits limits_;
  HeadScanner scanner_;
  ChunkDecoder chunks_;
  std::uint64_t body_bytes_left_ = 0;
  bool has_head_ = false;
  Request request_;
  RequestFault fault_;
  State state_ = State::head;
};

}  // namespace freshet::net
