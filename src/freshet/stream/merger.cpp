// SPDX-License-Identifier: MIT
#include "freshet/stream/merger.hpp"

#include <algorithm>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/model/any_object.hpp"

namespace freshet::stream {

bool Merger::add(const Event& older) {
  if (older.kind() != kind_) return true;
  for (const ItemAt& item : older.items()) {
    if (item.size == 0 || !keys_.insert(older.item_key(item)).second) continue;
    texts_.push_back(older.item_text(item));
    bytes_ += item.size + 1;
  }
  return fits();
}

bool Merger::add_current(const Source& source, std::string_view key, RowFaults& faults) {
  if (keys_.contains(key)) return true;
  AnyObject object(source.key_type());
  if (!codec::decode_json(source.key_type(), object.get(), key)) return false;
  std::string row;
  RowWriter rows(source.key_type(), source.value_type(), row, faults);
  source.write_news(object.get(), rows);
  row.erase(0, 1);  // the bracket that begins a list of rows
  bytes_ += row.size() + 1;
  looked_up_.push_back(std::move(row));
  return fits();
}

EventPtr Merger::finish(std::string id, Position position, std::shared_ptr<const std::string> stream_id) const {
  EventDraft draft(kind_, std::move(id), position);
  std::string& text = draft.text();
  text.reserve(text.size() + bytes_ + 4);
  text += '[';
  bool is_first = true;
  const auto add = [&](std::string_view item) {
    if (!std::exchange(is_first, false)) text += ',';
    text += item;
  };
  for (const std::string& row : looked_up_) add(row);
  // In the order in which they changed.
  std::for_each(texts_.rbegin(), texts_.rend(), add);
  text += ']';
  return draft.finish(std::move(stream_id));
}

}  // namespace freshet::stream
