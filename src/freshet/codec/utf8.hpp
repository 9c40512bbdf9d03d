// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::codec {

/// What stands at the beginning of a text: a UTF-8 sequence, or bytes that are none.
struct Utf8Step {
  /// Bytes of the sequence; if it is not valid, of its longest part that could have begun one (at least 1), so that one
  /// U+FFFD stands for it as the WHATWG decoder has it.
  std::size_t length;
  bool valid;
};

/// Looks at the first character of `text`: no surrogates, no overlong forms, nothing above U+10FFFF.
///
/// Requires: `text` is not empty.
Utf8Step utf8_step(std::string_view text);

/// Returns whether the whole of `text` is UTF-8.
bool is_utf8(std::string_view text);

/// Appends the UTF-8 form of `code_point`.
///
/// Requires: `code_point` is at most U+10FFFF and no surrogate.
void append_utf8(std::string& out, char32_t code_point);

/// Appends `text`, with U+FFFD in place of every part that is not UTF-8.
void append_as_utf8(std::string& out, std::string_view text);

/// Returns how many leading bytes of `text` are ASCII without control characters, quotation mark or reverse solidus:
/// what stands in a JSON string as it is.
std::size_t plain_length(std::string_view text);

}  // namespace freshet::codec
