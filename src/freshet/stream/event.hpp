// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/net/block.hpp"
#include "freshet/net/websocket/message.hpp"
#include "freshet/stream/position.hpp"

namespace freshet::stream {

enum class EventKind : std::uint8_t { init, update, errors, close };

/// How events go over the wire.
enum class Format : std::uint8_t {
  sse,     ///< `event: update`, `id: ...`, `data: [...]` and an empty line
  ndjson,  ///< `{"event":"update","id":"...","data":[...]}` and a line end
};
inline constexpr std::size_t kFormatCount = 2;

/// The name of a kind on the wire: "update"; errors are "error".
std::string_view to_string(EventKind kind);

/// Where one item of an event's data lies in its text: a row `[key,[values]]`, or an error `{"node":..,"key":..,...}`.
/// What identifies it follows its first byte. Size 0: the row could not be written.
struct ItemAt {
  std::size_t begin = 0;
  std::size_t key_size = 0;
  std::size_t size = 0;
};

/// What one commit did to one instance, as bytes: encoded once, shared by everybody it is sent to.
///
/// The data is encoded into the form of server-sent events, where it stands on one line as it is; the other forms are
/// cut from it when first asked for, and kept. Nothing in any of them is about one client.
///
/// Thread safety: belongs to the loop; the blocks may be read from any thread.
class Event {
 public:
  Event(EventKind kind, std::string id, Position position, std::shared_ptr<const std::string> stream_id,
        std::string sse_text, std::size_t data_at, std::vector<ItemAt> items);

  EventKind kind() const { return kind_; }
  /// What a client that has received this event resumes from; empty for a close.
  const std::string& id() const { return id_; }
  /// All that is sent after this event is after this position.
  Position position() const { return position_; }

  /// `[[key,[value,...]],...]` of an init or update, `[{"node":...},...]` of errors.
  std::string_view data() const;
  /// The bytes for the wire. Cost: none once they were asked for.
  const net::Block& block(Format format) const;
  /// The form for WebSockets, framed: `{"stream":"<instance>","event":"update","id":"...","data":[...]}`; compressed
  /// once for all who take it so. Cost: none once it was asked for.
  const net::WebSocketMessage& message() const;

  std::span<const ItemAt> items() const { return items_; }
  /// What an item is about: the text of a row's key.
  std::string_view item_key(const ItemAt& item) const {
    return std::string_view(*blocks_[0]).substr(item.begin + 1, item.key_size);
  }
  std::string_view item_text(const ItemAt& item) const {
    return std::string_view(*blocks_[0]).substr(item.begin, item.size);
  }

  /// The memory that it holds, in all forms made so far.
  std::size_t bytes() const;

 private:
  std::string json_text(const std::string* stream_id) const;

  const EventKind kind_;
  const std::string id_;
  const Position position_;
  const std::shared_ptr<const std::string> stream_id_;  // owners: the instance and its events
  const std::size_t data_at_;
  const std::vector<ItemAt> items_;
  mutable std::array<net::Block, kFormatCount> blocks_;  // the first is there from the start
  mutable std::optional<net::WebSocketMessage> message_;
};

using EventPtr = std::shared_ptr<const Event>;  // owners: history, inits, and whoever sends it right now

/// An event that is being written: append its data to text(), then finish().
class EventDraft {
 public:
  EventDraft(EventKind kind, std::string id, Position position);

  std::string& text() { return text_; }
  /// Where the items lie; to be filled by those who write them, if somebody will ask.
  std::vector<ItemAt>& items() { return items_; }
  /// Requires: the data is one JSON value without line ends. The draft is used up.
  EventPtr finish(std::shared_ptr<const std::string> stream_id);

 private:
  EventKind kind_;
  std::string id_;
  Position position_;
  std::string text_;
  std::size_t data_at_;
  std::vector<ItemAt> items_;
};

/// `event: close` with this data, one JSON value.
EventPtr close_event(std::string_view data, std::shared_ptr<const std::string> stream_id = nullptr);

}  // namespace freshet::stream
