// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet::service {

/// What happened on /v1/ws since the start, and what is there now. Each limit of SocketOptions has its counter.
struct SocketStats {
  std::size_t sockets = 0;        ///< now
  std::size_t subscriptions = 0;  ///< now, over all sockets

  std::uint64_t subscribed = 0;
  std::uint64_t tokens_expired = 0;         ///< sockets whose token expired while they were open
  std::uint64_t subscriptions_refused = 0;  ///< subscriptions_max
  std::uint64_t nonsense = 0;               ///< messages that made no sense
  std::uint64_t nonsense_closes = 0;        ///< nonsense_max
  std::uint64_t unread_answers = 0;         ///< answer_bytes_max
  std::uint64_t token_timeouts = 0;         ///< token_timeout
};

}  // namespace freshet::service
