// SPDX-License-Identifier: MIT
#include "push/subscriber.hpp"

#include <stdexcept>

namespace freshet::bench {

namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::string_view kEndOfEvent = "\n\n";

/// The value of the line that begins with `name`, empty when there is none.
std::string_view field(std::string_view event, std::string_view name) {
  while (!event.empty()) {
    const std::string_view line = event.substr(0, event.find('\n'));
    if (line.starts_with(name)) return line.substr(name.size());
    event.remove_prefix(std::min(line.size() + 1, event.size()));
  }
  return {};
}

}  // namespace

void Subscriber::receive(std::string_view bytes, EventSink& sink) {
  std::string joined;
  if (!unfinished_.empty()) {
    joined = std::move(unfinished_.append(bytes));
    unfinished_.clear();
    bytes = joined;
  }
  if (!has_head_) bytes = skip_head(bytes);
  if (has_head_) {
    for (std::size_t end; (end = bytes.find(kEndOfEvent)) != std::string_view::npos;) {
      const std::string_view event = bytes.substr(0, end);
      // What has no type is a comment or a `retry:`.
      if (const auto type = field(event, "event: "); !type.empty()) sink.on_event(type, field(event, "data: "));
      bytes.remove_prefix(end + kEndOfEvent.size());
    }
  }
  unfinished_.assign(bytes);
}

std::string_view Subscriber::skip_head(std::string_view bytes) {
  const auto end = bytes.find(kEndOfHead);
  if (end == std::string_view::npos) return bytes;
  const std::string_view head = bytes.substr(0, end);
  if (!head.starts_with("HTTP/1.1 200")) throw std::runtime_error("not an event stream: " + std::string(head));
  has_head_ = true;
  return bytes.substr(end + kEndOfHead.size());
}

}  // namespace freshet::bench
