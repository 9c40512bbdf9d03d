// SPDX-License-Identifier: MIT
#include "freshet/net/forwarded.hpp"

#include <algorithm>
#include <string>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net {
namespace {

constexpr std::size_t kPortDigitsMax = 5;

bool is_obfuscated_char(char c) { return is_digit(c) || is_alpha(c) || c == '.' || c == '_' || c == '-'; }

// "_hidden": a name that says nothing.
bool is_obfuscated(std::string_view text) {
  return text.size() > 1 && text.front() == '_' && std::ranges::all_of(text, is_obfuscated_char);
}

bool is_port(std::string_view text) {
  if (is_obfuscated(text)) return true;
  return !text.empty() && text.size() <= kPortDigitsMax && std::ranges::all_of(text, is_digit);
}

// node = nodename [ ":" node-port ]. Null: malformed; an empty inner value: not known.
std::optional<std::optional<IpAddress>> read_node(std::string_view node) {
  if (node.starts_with('[')) {
    const std::size_t end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view behind = node.substr(end + 1);
    if (!behind.empty() && (behind.front() != ':' || !is_port(behind.substr(1)))) return std::nullopt;
    const std::string_view inside = node.substr(1, end - 1);
    const auto address = IpAddress::parse(inside);
    if (!address || inside.find(':') == std::string_view::npos) return std::nullopt;
    return address;
  }
  const std::size_t colon = std::min(node.find(':'), node.size());
  if (colon < node.size() && !is_port(node.substr(colon + 1))) return std::nullopt;
  const std::string_view name = node.substr(0, colon);
  if (equal_ignoring_case(name, "unknown") || is_obfuscated(name)) return std::optional<IpAddress>();
  const auto address = IpAddress::parse(name);
  if (!address) return std::nullopt;
  return address;
}

/// Reads a Forwarded field from the left.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<std::vector<ForwardedHop>> read() {
    std::vector<ForwardedHop> hops;
    do {
      skip_blanks();
      // A list may have empty elements. Source: RFC 9110 section 5.6.1.
      if (rest_.empty() || rest_.front() == ',') continue;
      if (hops.size() == kForwardedHopsMax) return fault("there are too many hops");
      hops.emplace_back();
      if (auto read = read_element(hops.back()); !read) return fail(std::move(read.error()));
    } while (take(','));
    if (!rest_.empty()) return fault("a comma or a semicolon is missing");
    return hops;
  }

 private:
  Result<void> read_element(ForwardedHop& hop) {
    std::vector<std::string> seen;
    do {
      skip_blanks();
      if (rest_.empty() || rest_.front() == ';' || rest_.front() == ',') continue;
      std::string name = lower(token());
      if (name.empty() || !take('=')) return fault("a parameter has no name, or no value");
      if (std::ranges::count(seen, name) != 0) return fault("a parameter stands there twice");
      std::string value;
      if (auto read = read_value(value); !read) return read;
      skip_blanks();
      if (auto used = use(name, value, hop); !used) return used;
      seen.push_back(std::move(name));
    } while (take(';'));
    return {};
  }

  Result<void> read_value(std::string& value) {
    if (!take('"')) {
      value = token();
      if (value.empty()) return fault("a parameter has no name, or no value");
      return {};
    }
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty() || is_control(rest_.front())) break;
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    if (!take('"')) return fault("a quote is not closed");
    return {};
  }

  static Result<void> use(std::string_view name, std::string_view value, ForwardedHop& hop) {
    if (name == "proto") hop.secure = equal_ignoring_case(value, "https");
    if (name != "for") return {};
    const auto address = read_node(value);
    if (!address) return fault("an address is malformed");
    hop.address = *address;
    return {};
  }

  std::string_view token() {
    const auto end = std::ranges::find_if_not(rest_, is_token_char);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }
  static tl::unexpected<Error> fault(std::string_view what) {
    return fail(ErrorCode::invalid_argument, "the Forwarded field is malformed", std::string(what));
  }

  std::string_view rest_;
};

}  // namespace

Result<std::vector<ForwardedHop>> parse_forwarded(std::string_view value) { return Reader(value).read(); }

Result<ForwardedHop> parse_x_forwarded_for(std::string_view element) {
  const std::string_view text = trim(element);
  // Without brackets an address of IPv6 has no port.
  if (const auto address = IpAddress::parse(text)) return ForwardedHop{address, false};
  const auto address = read_node(text);
  if (!address) return fail(ErrorCode::invalid_argument, "the X-Forwarded-For field is malformed");
  return ForwardedHop{*address, false};
}

}  // namespace freshet::net
