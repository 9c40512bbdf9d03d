// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/net/websocket/deflate.hpp"

namespace freshet::net {

/// One element of Sec-WebSocket-Extensions: its name and its parameters, in order; a parameter need have no value.
struct Extension {
  std::string name;
  std::vector<std::pair<std::string, std::optional<std::string>>> params;
};

/// Takes such a field apart. Nothing where it is malformed.
///
/// Source: RFC 6455 section 9.1: values are tokens, also where they are quoted.
std::optional<std::vector<Extension>> parse_extensions(std::string_view value);

/// What both ends agreed on. Neither keeps a context from one message to the next: so what is sent to many is
/// compressed once, and nothing is kept for each socket.
struct DeflateAgreement {
  /// How far back what the server sends may refer, as a power of two.
  int window_bits = kWindowBitsMax;
  /// Whether the client wants to hear of it.
  bool names_window_bits = false;

  /// The field of the answer.
  std::string response() const;
};

/// Takes the first of a client's offers that can be met; nothing where there is none.
///
/// An offer is declined if it has a parameter that is not known, stands twice, or has a value it cannot have, and if it
/// demands a window of 256 bytes, which zlib does not make.
///
/// Source: RFC 7692 sections 5 and 7.1.
std::optional<DeflateAgreement> accept_deflate(const std::vector<Extension>& offers);

}  // namespace freshet::net
