// SPDX-License-Identifier: MIT
#include "freshet/net/url.hpp"

#include <algorithm>
#include <charconv>

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

/// Takes "." and ".." out of a path. Source: RFC 3986 section 5.2.4.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool dot = segment == "/.", dots = segment == "/..";
    if (dots) out.resize(out.empty() ? 0 : out.rfind('/'));
    if (!dot && !dots) {
      out += segment;
    } else if (path.empty()) {
      out += '/';
    }
  }
  return out;
}

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string to_string(const Url& url) { return (url.tls ? "https://" : "http://") + url.authority() + url.target; }

Result<Url> resolve_location(const Url& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  if (location.starts_with("http://") || location.starts_with("https://")) return parse_url(location);
  const std::string scheme = base.tls ? "https:" : "http:";
  if (location.starts_with("//")) return parse_url(scheme + std::string(location));
  if (location.substr(0, location.find_first_of("/?")).find(':') != std::string_view::npos) {
    return no_url("it is of another scheme");
  }
  std::string path = base.target.substr(0, base.target.find('?'));
  std::string_view query;
  if (const std::size_t at = location.find('?'); at != std::string_view::npos) {
    query = location.substr(at);
    location = location.substr(0, at);
  }
  if (location.starts_with('/')) {
    path = location;
  } else if (!location.empty()) {
    path.replace(path.rfind('/') + 1, std::string::npos, location);
  }
  return parse_url(scheme + "//" + base.authority() + without_dots(path) + std::string(query));
}

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
