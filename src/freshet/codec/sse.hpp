// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace freshet::codec {

/// What an event of a server-sent event stream is made of; an empty `event` or `id` is not written.
struct SseFields {
  std::string_view event = {};
  std::string_view id = {};
};

/// Appends one whole event, which carries `data`, also where it is empty.
///
/// No content can break the framing: CR, LF and NUL are left out of event and id, and data goes out line by line, so
/// that a CR or CRLF in it arrives as LF.
///
/// Source: WHATWG HTML, section 9.2 (server-sent events)
/// Example: sse.test.cpp [event]
void append_sse_event(std::string& out, SseFields fields, std::string_view data);

/// Appends the event up to its data, for those who write one line of data (JSON has no line ends) straight after it and
/// then call end_sse_event().
void begin_sse_event(std::string& out, SseFields fields);
void end_sse_event(std::string& out);

/// Appends a comment, which readers pass over; an empty one keeps a quiet connection alive.
void append_sse_comment(std::string& out, std::string_view text = {});

/// Tells readers how long to wait before they connect again.
///
/// Requires: `delay` is not negative.
void append_sse_retry(std::string& out, std::chrono::milliseconds delay);

}  // namespace freshet::codec
