// SPDX-License-Identifier: MIT
#include "freshet/service/internal/authenticator.hpp"

#include <algorithm>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/net/caller.hpp"

namespace freshet::service {
namespace {

using net::Request;
using net::Response;

constexpr std::size_t kTestUserBytesMax = 256;

void set_place(Caller& caller, const net::Client* client) {
  if (client == nullptr) return;
  caller.address = client->address;
  caller.network = client->network;
}

struct Found {
  std::string token;
  /// What is wrong with how the token was sent; null if nothing is.
  const char* fault = nullptr;
};

bool same_scheme(std::string_view text, std::string_view scheme) {
  return text.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

// The token of a request, wherever it stands; nothing if there is none.
std::optional<Found> token_of(const Request& request, bool query_token) {
  std::optional<Found> found;
  for (const net::Header& field : request.headers) {
    if (field.name.size() != 13 || !same_scheme(field.name, "authorization")) continue;
    if (found) return Found{{}, "there are several tokens"};
    constexpr std::string_view kScheme = "bearer ";
    if (!same_scheme(field.value, kScheme)) return Found{{}, "the Authorization field is not Bearer"};
    found = Found{field.value.substr(std::min(field.value.find_first_not_of(' ', kScheme.size()), field.value.size()))};
  }
  if (!query_token) return found;
  if (auto token = request.query_value("access_token")) {
    if (found) return Found{{}, "there are several tokens"};
    found = Found{*std::move(token)};
  }
  return found;
}

}  // namespace

Authenticator::Authenticator(const AuthOptions& options, net::Loop& loop, std::function<void(std::string_view)> report)
    : options_(options), loop_(loop), keys_(options, loop, std::move(report)) {}

std::shared_ptr<const Caller> unknown_caller(const net::Client* client) {
  auto caller = std::make_shared<Caller>();
  set_place(*caller, client);
  return caller;
}

std::optional<Response> Authenticator::admit(Request& request) {
  const auto found = token_of(request, options_.query_token);
  if (found && found->fault != nullptr) return refuse("invalid_request", found->fault);
  if (found) return admit_token(request, found->token);
  // A browser's preflight cannot carry a token, nor can the handshake of its WebSocket: there a message does.
  if (!options_.required || !request.path.starts_with("/v1/") || request.method == net::Method::options ||
      request.path == "/v1/ws") {
    request.caller = unknown_caller(request.client.get());
    return std::nullopt;
  }
  return refuse("", "a token is needed");
}

Authenticator::Verified Authenticator::caller_of(std::string_view token, const net::Client* client) {
  auto caller = std::make_shared<Caller>();
  if (options_.testing) {
    const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
    if (token.empty() || token.size() > kTestUserBytesMax || !std::all_of(token.begin(), token.end(), is_visible)) {
      return tl::unexpected(auth::TokenError{auth::TokenFault::malformed, "the token is not the name of a user"});
    }
    caller->user = token;
  } else {
    auto verified = auth::verify_token(token, keys_.keys(), options_.checks, loop_.clock().now());
    if (!verified) return tl::unexpected(std::move(verified.error()));
    *caller = *std::move(verified);
  }
  set_place(*caller, client);
  return caller;
}

void Authenticator::check(const std::string& token, std::shared_ptr<const net::Client> client, Checked done) {
  const auto tell = [this, done = std::move(done)](Verified caller) {
    if (caller) return done(*std::move(caller));
    ++refused_count_;
    done(fail(ErrorCode::forbidden, "the token is refused", caller.error().text));
  };
  Verified caller = caller_of(token, client.get());
  const bool is_key_missing = !caller && caller.error().fault == auth::TokenFault::unknown_key;
  if (is_key_missing && keys_.refetch([this, token, client, tell] { tell(caller_of(token, client.get())); })) {
    return;
  }
  tell(std::move(caller));
}

std::optional<Response> Authenticator::admit_token(Request& request, std::string_view token) {
  auto caller = caller_of(token, request.client.get());
  if (caller) {
    request.caller = *std::move(caller);
    return std::nullopt;
  }
  if (caller.error().fault == auth::TokenFault::unknown_key) {
    // The fetch is what to wait for, and both its end and this run on the loop.
    const auto waiting = std::make_shared<std::optional<net::ResponseReply>>();
    const auto fetched = std::make_shared<bool>(false);
    const auto go_on = [waiting, fetched] {
      *fetched = true;
      if (*waiting) std::exchange(*waiting, std::nullopt)->give(Response::again());
    };
    if (keys_.refetch(go_on)) {
      return Response::later([waiting, fetched](net::ResponseReply reply) {
        if (*fetched) return reply(Response::again());
        waiting->emplace(std::move(reply));
      });
    }
  }
  return refuse("invalid_token", caller.error().text);
}

Response Authenticator::refuse(std::string_view error, const std::string& text) {
  ++refused_count_;
  Response response = Response::problem(401, {.code = ErrorCode::forbidden,
                                              .primary = error == "invalid_token" ? "the token is refused" : text,
                                              .detail = error == "invalid_token" ? text : std::string(),
                                              .hint = error.empty() ? "send Authorization: Bearer and a token" : ""});
  std::string challenge = "Bearer";
  // RFC 6750 section 3.1: no error code for one who did not try.
  if (!error.empty()) challenge.append(" error=\"").append(error).append("\", error_description=\"" + text + "\"");
  response.headers.add("WWW-Authenticate", std::move(challenge));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace freshet::service
