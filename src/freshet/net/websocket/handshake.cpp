// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/handshake.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kSha1Bytes = 20;
// 16 bytes in base64.
constexpr std::size_t kKeyChars = 24;

tl::unexpected<Response> refuse(int status, std::string primary, std::string hint = {}) {
  const auto code = status == 403 ? ErrorCode::forbidden : ErrorCode::invalid_argument;
  return tl::unexpected(
      Response::problem(status, {.code = code, .primary = std::move(primary), .hint = std::move(hint)}));
}

tl::unexpected<Response> ask_for_upgrade(std::string primary) {
  auto refusal = refuse(426, std::move(primary), "open a WebSocket of version 13 here");
  refusal.value().headers.add("Upgrade", "websocket");
  refusal.value().headers.add("Sec-WebSocket-Version", "13");
  return refusal;
}

// All fields of that name as one list, which is what they mean.
std::string list_of(const Headers& headers, std::string_view name) {
  std::string list;
  for (const Header& field : headers) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (!list.empty()) list += ',';
    list += field.value;
  }
  return list;
}

std::ptrdiff_t count_of(const Headers& headers, std::string_view name) {
  return std::ranges::count_if(headers, [name](const Header& field) { return equal_ignoring_case(field.name, name); });
}

bool names(const Headers& headers, std::string_view name, std::string_view word) {
  bool found = false;
  for_each_element(list_of(headers, name),
                   [&](std::string_view element) { found = found || equal_ignoring_case(element, word); });
  return found;
}

bool is_key(std::string_view key) {
  const auto is_base64 = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '/'; };
  return key.size() == kKeyChars && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_base64);
}

std::string agreed_subprotocol(const std::vector<std::string>& known, std::string_view offered) {
  for (const std::string& protocol : known) {
    bool found = false;
    for_each_element(offered, [&](std::string_view element) { found = found || element == protocol; });
    if (found) return protocol;
  }
  return {};
}

// Without what it need not say: the port that its scheme has anyway.
std::string_view without_port(std::string_view authority, std::string_view port) {
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

tl::expected<void, Response> check(const Request& request, const WebSocketOptions& options) {
  const Headers& headers = request.headers;
  if (request.method != Method::get || !names(headers, "Upgrade", "websocket")) {
    return ask_for_upgrade("there is a WebSocket here, and nothing else");
  }
  if (!names(headers, "Connection", "upgrade")) return refuse(400, "the field Connection does not name upgrade");
  if (count_of(headers, "Sec-WebSocket-Version") != 1 || trim(request.header("Sec-WebSocket-Version")) != "13") {
    return ask_for_upgrade("only version 13 of WebSocket is spoken here");
  }
  if (count_of(headers, "Sec-WebSocket-Key") != 1 || !is_key(trim(request.header("Sec-WebSocket-Key")))) {
    return refuse(400, "the field Sec-WebSocket-Key is not 16 bytes in base64");
  }
  const std::ptrdiff_t origins = count_of(headers, "Origin");
  if (origins > 1 ||
      (origins == 1 && !origin_is_allowed(trim(request.header("Origin")), trim(request.header("Host")), options))) {
    return refuse(403, "pages of this origin may not connect", "the server has a list of the origins that it lets in");
  }
  return {};
}

}  // namespace

std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key).append(kGuid);
  std::array<unsigned char, kSha1Bytes> digest{};
  // Not for security: the protocol wants to see that its other end speaks it.
  FRESHET_ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) == 1);
  std::array<unsigned char, 32> encoded{};
  const int size = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

bool origin_is_allowed(std::string_view origin, std::string_view host, const WebSocketOptions& options) {
  const auto is_origin = [origin](const std::string& each) { return each == "*" || equal_ignoring_case(each, origin); };
  if (std::ranges::any_of(options.origins, is_origin)) return true;
  if (!options.same_origin) return false;
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const std::string_view scheme = origin.substr(0, scheme_end);
  const bool secure = equal_ignoring_case(scheme, "https");
  if (!secure && !equal_ignoring_case(scheme, "http")) return false;
  const std::string_view port = secure ? ":443" : ":80";
  const std::string_view authority = origin.substr(scheme_end + 3);
  return !authority.empty() && equal_ignoring_case(without_port(authority, port), without_port(host, port));
}

tl::expected<Handshake, Response> shake_hands(const Request& request, const WebSocketOptions& options) {
  if (auto checked = check(request, options); !checked) return tl::unexpected(std::move(checked.error()));
  const auto offers = parse_extensions(list_of(request.headers, "Sec-WebSocket-Extensions"));
  if (!offers) return refuse(400, "the field Sec-WebSocket-Extensions is malformed");
  Handshake handshake;
  handshake.headers = {{"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Accept", websocket_accept(trim(request.header("Sec-WebSocket-Key")))}};
  handshake.subprotocol = agreed_subprotocol(options.subprotocols, list_of(request.headers, "Sec-WebSocket-Protocol"));
  if (!handshake.subprotocol.empty()) handshake.headers.add("Sec-WebSocket-Protocol", handshake.subprotocol);
  if (options.deflate.enabled) handshake.deflate = accept_deflate(*offers);
  if (handshake.deflate) handshake.headers.add("Sec-WebSocket-Extensions", handshake.deflate->response());
  return handshake;
}

}  // namespace freshet::net
