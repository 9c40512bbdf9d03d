// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/net/websocket/message_parser.hpp"

namespace freshet::net::testing {

/// Writes down what a parser reports, one line for each thing: "text:hello", "ping:", "close:1000:bye", "fail:1002".
class Transcript final : public MessageSink {
 public:
  bool on_message(MessageKind kind, std::string_view payload) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view payload) override;
  void on_close(CloseCode code, std::string_view reason) override;
  void on_violation(const Violation& violation);

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

struct ParseOptions {
  WebSocketRole role = WebSocketRole::server;
  MessageLimits limits = {.message_bytes_max = 1024, .message_frames_max = 16};
  bool deflate = false;
};

/// What a parser reports of `bytes` that arrive in portions of the sizes given, the last of which is used for the rest.
std::vector<std::string> parse_in_portions(std::string_view bytes, const std::vector<std::size_t>& sizes,
                                           const ParseOptions& options);

/// The same, and asserts that it does not depend on the portions: whole, byte by byte, and cut by `seed`.
std::vector<std::string> parse_in_all_ways(std::string_view bytes, const ParseOptions& options, unsigned seed = 1);

}  // namespace freshet::net::testing
