// SPDX-License-Identifier: MIT
#include "freshet/net/ip_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace freshet::net {
namespace {

constexpr unsigned kV4PrefixBits = 96;
constexpr unsigned kAddressBits = 128;
constexpr std::array<std::uint8_t, 12> kV4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

tl::unexpected<Error> no_network(std::string_view text, std::string hint) {
  return fail(ErrorCode::invalid_argument, "no network: " + std::string(text.substr(0, 64)), "", std::move(hint));
}

}  // namespace

IpAddress IpAddress::v4(std::span<const std::uint8_t, 4> bytes) {
  IpAddress address;
  std::ranges::copy(kV4Prefix, address.bytes_.begin());
  std::ranges::copy(bytes, address.bytes_.begin() + kV4Prefix.size());
  return address;
}

IpAddress IpAddress::v6(std::span<const std::uint8_t, 16> bytes) {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() > kTextBytesMax || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  if (text.find(':') == std::string_view::npos) {
    std::array<std::uint8_t, 4> bytes{};
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
    return v4(bytes);
  }
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
  return v6(bytes);
}

bool IpAddress::is_v4() const { return std::equal(kV4Prefix.begin(), kV4Prefix.end(), bytes_.begin()); }

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* written = is_v4() ? ::inet_ntop(AF_INET, bytes_.data() + kV4Prefix.size(), text.data(), text.size())
                                : ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
  return written == nullptr ? std::string() : std::string(written);
}

IpAddress IpAddress::masked(unsigned bits) const {
  const unsigned kept = std::min(is_v4() ? bits + kV4PrefixBits : bits, kAddressBits);
  IpAddress result = *this;
  for (unsigned at = 0; at < result.bytes_.size(); ++at) {
    const unsigned before = at * 8;
    const unsigned own = kept <= before ? 0 : std::min(kept - before, 8U);
    result.bytes_[at] = static_cast<std::uint8_t>(result.bytes_[at] & (0xff00U >> own));
  }
  return result;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return no_network(text, "write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7");
  const unsigned offset = base->is_v4() ? kV4PrefixBits : 0;
  if (slash == std::string_view::npos) return IpNetwork(*base, kAddressBits);
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() && digits.size() <= 3;
  // ::ffff:10.0.0.0/104 counts from the front of the long form, as it is written.
  const bool is_mapped = base->is_v4() && text.substr(0, slash).find(':') != std::string_view::npos;
  if (!is_number || bits > kAddressBits - (is_mapped ? 0 : offset) || (is_mapped && bits < kV4PrefixBits)) {
    return no_network(text, "the number of bits does not fit");
  }
  const unsigned own_bits = is_mapped ? bits - kV4PrefixBits : bits;
  if (base->masked(own_bits) != *base) {
    return no_network(text, "there are bits behind the prefix: is it " + base->masked(own_bits).text() + "/" +
                                std::to_string(own_bits) + "?");
  }
  return IpNetwork(*base, own_bits + offset);
}

bool IpNetwork::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  return address.masked(address.is_v4() ? bits_ - kV4PrefixBits : bits_) == base_;
}

std::string IpNetwork::text() const {
  if (bits_ == kAddressBits) return base_.text();
  return base_.text() + "/" + std::to_string(base_.is_v4() ? bits_ - kV4PrefixBits : bits_);
}

bool any_contains(std::span<const IpNetwork> networks, const IpAddress& address) {
  return std::ranges::any_of(networks, [&](const IpNetwork& network) { return network.contains(address); });
}

std::vector<IpNetwork> loopback_networks() {
  return {IpNetwork::parse("127.0.0.0/8").value(), IpNetwork::parse("::1").value()};
}

}  // namespace freshet::net
