// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace freshet::bench {

/// How the floor puts an event on the wire: as Freshet does.
class WireForm {
 public:
  WireForm(bool is_sse, bool deflates);
  WireForm(WireForm&&) noexcept;
  ~WireForm();

  std::string_view response_head() const;
  /// An event with these rows, which stand without their brackets.
  std::string message(const char* type, std::uint64_t version, const std::string& rows);

 private:
  std::string deflated(std::string_view text);

  bool is_sse_;
  std::unique_ptr<z_stream_s> deflater_;
};

}  // namespace freshet::bench
