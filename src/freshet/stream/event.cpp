// SPDX-License-Identifier: MIT
#include "freshet/stream/event.hpp"

#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/codec/sse.hpp"

namespace freshet::stream {
namespace {

constexpr std::string_view kSseEnd = "\n\n";
// Events are kept for a while: what growing a text left over beyond this is given back.
constexpr std::size_t kSpareBytesMax = 1024;

}  // namespace

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::init:
      return "init";
    case EventKind::update:
      return "update";
    case EventKind::errors:
      return "error";
    case EventKind::close:
      break;
  }
  return "close";
}

Event::Event(EventKind kind, std::string id, Position position, std::shared_ptr<const std::string> stream_id,
             std::string sse_text, std::size_t data_at, std::vector<ItemAt> items)
    : kind_(kind),
      id_(std::move(id)),
      position_(position),
      stream_id_(std::move(stream_id)),
      data_at_(data_at),
      items_(std::move(items)) {
  FRESHET_ASSERT(sse_text.size() >= data_at + kSseEnd.size());
  blocks_[0] = net::make_block(std::move(sse_text));
}

std::string_view Event::data() const {
  const std::string& text = *blocks_[0];
  return std::string_view(text).substr(data_at_, text.size() - kSseEnd.size() - data_at_);
}

const net::Block& Event::block(Format format) const {
  net::Block& block = blocks_.at(static_cast<std::size_t>(format));
  if (block == nullptr) block = net::make_block(json_text(nullptr) + '\n');
  return block;
}

const net::WebSocketMessage& Event::message() const {
  if (!message_) message_ = net::WebSocketMessage::text(json_text(stream_id_.get()));
  return *message_;
}

std::string Event::json_text(const std::string* stream_id) const {
  constexpr std::size_t kEnvelopeBytes = 96;  // and a few to spare
  std::string text;
  text.reserve(kEnvelopeBytes + data().size());
  codec::JsonWriter json(text);
  json.begin_object();
  if (stream_id != nullptr) {
    json.name("stream");
    json.string(*stream_id);
  }
  json.name("event");
  json.string(to_string(kind_));
  if (!id_.empty()) {
    json.name("id");
    json.string(id_);
  }
  json.name("data");
  json.raw(data());
  json.end_object();
  return text;
}

std::size_t Event::bytes() const {
  std::size_t bytes = sizeof(Event) + id_.capacity() + items_.capacity() * sizeof(ItemAt);
  for (const net::Block& block : blocks_) bytes += block == nullptr ? 0 : block->capacity();
  return bytes + (message_ ? message_->bytes() : 0);
}

EventDraft::EventDraft(EventKind kind, std::string id, Position position)
    : kind_(kind), id_(std::move(id)), position_(position) {
  codec::begin_sse_event(text_, {.event = to_string(kind), .id = id_});
  data_at_ = text_.size();
}

EventPtr EventDraft::finish(std::shared_ptr<const std::string> stream_id) {
  codec::end_sse_event(text_);
  if (text_.capacity() - text_.size() > kSpareBytesMax) text_.shrink_to_fit();
  return std::make_shared<const Event>(kind_, std::move(id_), position_, std::move(stream_id), std::move(text_),
                                       data_at_, std::move(items_));
}

EventPtr close_event(std::string_view data, std::shared_ptr<const std::string> stream_id) {
  EventDraft draft(EventKind::close, "", {});
  draft.text() += data;
  return draft.finish(std::move(stream_id));
}

}  // namespace freshet::stream
