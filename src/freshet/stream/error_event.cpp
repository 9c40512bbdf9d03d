// SPDX-License-Identifier: MIT
#include "freshet/stream/error_event.hpp"

#include <string>
#include <utility>

#include "freshet/codec/json_writer.hpp"

namespace freshet::stream {

void write_errors(EventDraft& draft, const std::vector<ErrorEvent>& events) {
  std::string& out = draft.text();
  codec::JsonWriter json(out);
  json.begin_list();
  for (const ErrorEvent& event : events) {
    json.begin_object();
    ItemAt item{.begin = out.size() - 1};
    json.name("node");
    json.string(event.node);
    json.name("key");
    json.string(event.key);
    item.key_size = out.size() - item.begin - 1;
    json.name("error");
    if (event.message.empty()) {
      json.null();
    } else {
      json.string(event.message);
    }
    json.end_object();
    item.size = out.size() - item.begin;
    draft.items().push_back(item);
  }
  json.end_list();
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
