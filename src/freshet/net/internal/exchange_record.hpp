// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include "freshet/net/exchange.hpp"

namespace freshet::net {

/// An exchange that is not over yet. It goes with what it is about: a request, then perhaps a stream.
///
/// Thread safety: belongs to whoever has it.
class ExchangeRecord {
 public:
  ExchangeRecord(std::shared_ptr<const ExchangeListener> listener, const Clock& clock, Exchange exchange)
      : listener_(std::move(listener)), clock_(clock), begun_(clock.steady_now()), exchange_(std::move(exchange)) {}

  /// What is known before the end.
  Exchange& exchange() { return exchange_; }

  /// Tells of it. Once.
  void end(std::uint64_t bytes, std::optional<CloseReason> closed) {
    exchange_.bytes = bytes;
    exchange_.closed = closed;
    exchange_.duration = clock_.steady_now() - begun_;
    (*listener_)(exchange_);
  }

 private:
  const std::shared_ptr<const ExchangeListener> listener_;  // owners: the server, and each record
  const Clock& clock_;
  const SteadyTime begun_;
  Exchange exchange_;
};

}  // namespace freshet::net
