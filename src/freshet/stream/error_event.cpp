// SPDX-License-Identifier: MIT
#include "freshet/stream/error_event.hpp"

#include <utility>

#include "freshet/codec/json_writer.hpp"
#include "freshet/codec/sse.hpp"

namespace freshet::stream {

void append_error_event(std::string& out, Version version, const std::vector<ErrorEvent>& events) {
  codec::begin_sse_event(out, {.event = "error", .id = std::to_string(version)});
  codec::JsonWriter json(out);
  json.begin_list();
  for (const ErrorEvent& event : events) {
    json.begin_object();
    json.name("node");
    json.string(event.node);
    json.name("key");
    json.string(event.key);
    json.name("error");
    if (event.message.empty()) {
      json.null();
    } else {
      json.string(event.message);
    }
    json.end_object();
  }
  json.end_list();
  codec::end_sse_event(out);
}

std::vector<ErrorEvent> error_events(std::string_view node, std::vector<RowFaults::News> news) {
  std::vector<ErrorEvent> events;
  events.reserve(news.size());
  for (RowFaults::News& row : news) {
    events.push_back({std::string(node), std::move(row.key), std::move(row.message)});
  }
  return events;
}

}  // namespace freshet::stream
