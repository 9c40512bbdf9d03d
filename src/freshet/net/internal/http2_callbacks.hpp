// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "freshet/net/http2_options.hpp"
#include "freshet/net/internal/http2_connection.hpp"
#include "freshet/net/internal/http2_head.hpp"

namespace freshet::net {

/// What nghttp2 calls, and what of its interface needs many words. Nothing here calls an application: it takes note on
/// the connection, which acts when the session has returned.
struct Http2Callbacks {
  static std::unique_ptr<nghttp2_session, Http2Connection::FreeSession> make_session(Http2Connection& connection,
                                                                                     const Http2Options& options);
  /// Submits a response; `has_data`: its body is what the stream's queue will bring. 0, or nghttp2's error.
  static int submit(nghttp2_session* session, std::int32_t id, const Http2Head& head, bool has_data);

  struct Functions;
};

}  // namespace freshet::net
