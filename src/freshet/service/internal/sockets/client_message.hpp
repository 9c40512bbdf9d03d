// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"

namespace freshet::service {

/// What a client can ask for on /v1/ws.
enum class ClientMessageType : std::uint8_t { subscribe, unsubscribe, write, ping, token };

inline constexpr std::array<std::string_view, 5> kClientMessageTypes = {"subscribe", "unsubscribe", "write", "ping",
                                                                        "token"};

/// One message of a client, taken apart.
struct ClientMessage {
  ClientMessageType type = ClientMessageType::ping;
  /// What the client calls it, for the answer: a JSON number or string as it was written; empty where it gave none.
  std::string id;
  std::string resource;
  std::string stream;
  std::string since;
  std::string token;
  /// JSON, a part of the message.
  std::string_view params;
  std::string_view inputs;
};

/// A message that could not be read; with its id, if that could.
struct ClientMessageFault {
  Error error;
  std::string id;
};

/// Reads one message: an object whose members may come in any order.
///
/// Errors: text that is no JSON object, a type that is unknown or missing, members that are unknown, doubled, of the
/// wrong type or too many for the type. What a message needs besides its type is required.
/// Lifetime: `text` outlives the message.
tl::expected<ClientMessage, ClientMessageFault> read_client_message(std::string_view text);

}  // namespace freshet::service
