// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace freshet::net {

/// Why a WebSocket ended, as the wire has it. An application's own codes, 4000 to 4999, are cast to it.
///
/// Source: RFC 6455 section 7.4.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,        ///< the server stops, or the page was left
  protocol_error = 1002,    ///< frames that break the rules
  unsupported_data = 1003,  ///< a kind of message that is not taken
  no_status = 1005,         ///< the peer gave no code; never on the wire
  abnormal = 1006,          ///< the connection ended without a word; never on the wire
  invalid_payload = 1007,   ///< text that is not UTF-8, or data that cannot be inflated
  policy_violation = 1008,  ///< a limit of behaviour: rates, fragments, repeated nonsense, credentials
  message_too_big = 1009,
  extension_required = 1010,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
};

/// Whether a close frame may carry it: 1000 to 1003, 1007 to 1014, 3000 to 4999.
constexpr bool may_be_sent(CloseCode code) {
  const auto number = static_cast<std::uint16_t>(code);
  return (number >= 1000 && number <= 1003) || (number >= 1007 && number <= 1014) || (number >= 3000 && number <= 4999);
}

/// What a parser found against the rules: the code to close with, and one sentence. The text lives for ever.
struct Violation {
  CloseCode code = CloseCode::protocol_error;
  std::string_view reason;
};

}  // namespace freshet::net
