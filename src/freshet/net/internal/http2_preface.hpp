// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace freshet::net {

/// What a client begins with that knows HTTP/2 to be spoken. Source: RFC 9113 section 3.4.
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum class PrefaceCheck : std::uint8_t { need_more, absent, present };

/// Whether a connection begins with it, by the bytes that have arrived so far.
constexpr PrefaceCheck check_http2_preface(std::string_view bytes) {
  if (bytes.starts_with(kHttp2Preface)) return PrefaceCheck::present;
  return kHttp2Preface.starts_with(bytes) ? PrefaceCheck::need_more : PrefaceCheck::absent;
}

}  // namespace freshet::net
