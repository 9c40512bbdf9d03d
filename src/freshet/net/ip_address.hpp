// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"

namespace freshet::net {

/// An IPv4 or IPv6 address. An IPv4 address that came as IPv6 (::ffff:192.0.2.7) is the same as the plain one.
class IpAddress {
 public:
  /// Longer texts are no address.
  static constexpr std::size_t kTextBytesMax = 45;

  /// The address ::, which nobody has.
  constexpr IpAddress() = default;
  /// Reads 192.0.2.7 or 2001:db8::7, without brackets, port or zone.
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress v4(std::span<const std::uint8_t, 4> bytes);
  static IpAddress v6(std::span<const std::uint8_t, 16> bytes);

  bool is_v4() const;
  std::string text() const;
  /// The address with all but its first `bits` bits zero; bits of an IPv4 address begin behind those of ::ffff:0:0.
  IpAddress masked(unsigned bits) const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  // IPv4 as ::ffff:a.b.c.d.
  std::array<std::uint8_t, 16> bytes_{};
};

/// All addresses that begin alike: 10.0.0.0/8, 2001:db8::/32, or one alone.
class IpNetwork {
 public:
  /// Reads 10.0.0.0/8, or an address for it alone. Errors: invalid_argument, with a hint where only bits behind the
  /// prefix are wrong.
  static Result<IpNetwork> parse(std::string_view text);

  bool contains(const IpAddress& address) const;
  std::string text() const;

  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpNetwork(const IpAddress& base, unsigned bits) : base_(base), bits_(bits) {}

  IpAddress base_;
  unsigned bits_;  // of 128, IPv4 included
};

/// Whether one of them contains the address.
bool any_contains(std::span<const IpNetwork> networks, const IpAddress& address);

/// 127.0.0.0/8 and ::1: this machine.
std::vector<IpNetwork> loopback_networks();

}  // namespace freshet::net
