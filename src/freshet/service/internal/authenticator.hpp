// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/service/auth/key_ring.hpp"
#include "freshet/service/auth/options.hpp"

namespace freshet::service {

/// A caller of whom nothing is known but where he is.
std::shared_ptr<const Caller> unknown_caller(const net::Client* client);

/// Finds out who makes a request, from the token that it carries.
///
/// A token that is refused is a 401, also where none would be needed: its sender takes himself for somebody. The answer
/// says why as RFC 6750 has it and never quotes the token.
///
/// Thread safety: belongs to the loop.
class Authenticator {
 public:
  Authenticator(const AuthOptions& options, net::Loop& loop, std::function<void(std::string_view)> report);

  /// Errors: keys that cannot serve.
  Result<void> start() { return keys_.start(); }

  /// Puts the caller into the request, or gives the answer that refuses it. Where the token's key has to be fetched
  /// first, that comes later.
  std::optional<net::Response> admit(net::Request& request);

  using Checked = std::function<void(Result<std::shared_ptr<const Caller>>)>;
  /// Finds out who a token is from that came in another way than with a request, from `client`; `done` is called at
  /// once, or once the token's key was fetched. Errors: forbidden.
  void check(const std::string& token, std::shared_ptr<const net::Client> client, Checked done);

  std::uint64_t refused_count() const { return refused_count_; }
  const auth::KeyRing& keys() const { return keys_; }

 private:
  using Verified = tl::expected<std::shared_ptr<const Caller>, auth::TokenError>;

  std::optional<net::Response> admit_token(net::Request& request, std::string_view token);
  Verified caller_of(std::string_view token, const net::Client* client);
  net::Response refuse(std::string_view error, const std::string& text);

  const AuthOptions options_;
  net::Loop& loop_;
  auth::KeyRing keys_;
  std::uint64_t refused_count_ = 0;
};

}  // namespace freshet::service
