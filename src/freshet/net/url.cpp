// SPDX-License-Identifier: MIT
#include <algorithm>
#include <charconv>

#include "freshet/net/fetch.hpp"

namespace freshet::net {
namespace {

tl::unexpected<Error> no_url(std::string detail) {
  return fail(ErrorCode::invalid_argument, "this is no URL to fetch from", std::move(detail),
              "as in https://example.org/keys.json");
}

bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

bool is_address(std::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::all_of(text.begin(), text.end(), is_visible))
    return no_url("it has blanks or characters that are not ASCII");
  Url url;
  if (text.starts_with("https://")) {
    url.tls = true;
  } else if (!text.starts_with("http://")) {
    return no_url("it begins neither with https:// nor with http://");
  }
  text.remove_prefix(url.tls ? 8 : 7);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, end);
  if (authority.find('@') != std::string_view::npos) return no_url("it has a user name or password in it");
  url.target = std::string(text.substr(end));
  if (url.target.find('#') != std::string::npos) return no_url("it has a fragment");
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');

  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end = bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return no_url("a bracket is not closed");
  url.host = std::string(bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end));
  if (bracketed ? !is_address(url.host) : !is_host(url.host)) return no_url("its host is not one");
  authority.remove_prefix(host_end + (bracketed ? 1 : 0));
  url.port = url.tls ? 443 : 80;
  if (authority.empty()) return url;
  const char* last = authority.data() + authority.size();
  const auto [stop, error] = std::from_chars(authority.data() + 1, last, url.port);
  if (authority.front() != ':' || error != std::errc() || stop != last || url.port == 0) {
    return no_url("its port is not one");
  }
  return url;
}

}  // namespace freshet::net
