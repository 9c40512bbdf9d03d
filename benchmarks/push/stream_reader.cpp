// SPDX-License-Identifier: MIT
#include "push/stream_reader.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <zlib.h>

namespace freshet::bench {

namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr std::string_view kEndOfEvent = "\n\n";
constexpr std::uint8_t kText = 1, kClose = 8, kPing = 9, kPong = 10;

/// The value of the line that begins with `name`, empty when there is none.
std::string_view field(std::string_view event, std::string_view name) {
  while (!event.empty()) {
    const std::string_view line = event.substr(0, event.find('\n'));
    if (line.starts_with(name)) return line.substr(name.size());
    event.remove_prefix(std::min(line.size() + 1, event.size()));
  }
  return {};
}

struct Frame {
  std::uint8_t opcode{};
  bool is_deflated = false;
  std::string_view payload;
  /// Bytes of it all; 0 when it is not complete.
  std::size_t size = 0;
};

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

Frame first_frame(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  if ((first & 0x80) == 0 || (second & 0x80) != 0) throw std::runtime_error("a fragment, or a masked frame");
  const std::size_t more = second == 126 ? 2 : second == 127 ? 8 : 0;
  if (bytes.size() < 2 + more) return {};
  const std::uint64_t length = more == 0 ? second : big_endian(bytes.substr(2, more));
  if (bytes.size() - 2 - more < length) return {};
  return {.opcode = static_cast<std::uint8_t>(first & 0x0f),
          .is_deflated = (first & 0x40) != 0,
          .payload = bytes.substr(2 + more, length),
          .size = 2 + more + length};
}

/// Inflates messages that each stand alone.
class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::runtime_error("inflateInit2");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  std::string_view inflate_message(std::string_view payload) {
    constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
    input_.assign(payload).append(kTail);
    inflateReset(&stream_);
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(input_.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
    stream_.avail_out = static_cast<uInt>(output_.size());
    const int result = inflate(&stream_, Z_SYNC_FLUSH);
    if ((result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) || stream_.avail_in > 0)
      throw std::runtime_error("a message that cannot be inflated");
    return {output_.data(), output_.size() - stream_.avail_out};
  }

 private:
  z_stream stream_{};
  std::string input_;
  std::string output_ = std::string(std::size_t{1} << 20, '\0');
};

/// The value of a member of a JSON object whose strings hold no quotes; `from` is where it begins.
std::string_view member(std::string_view json, std::string_view name) {
  const auto at = json.find(name);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + name.size());
  return json.substr(0, json.find('"'));
}

/// A message of a server that has types is an object with `data` at its end; of others, it is the data.
Message as_message(std::string_view text) {
  constexpr std::string_view kData = "\"data\":";
  constexpr std::size_t kPreambleMax = 256;
  if (text.starts_with('[')) return {.type = {}, .id = {}, .data = text};
  const std::string_view preamble = text.substr(0, kPreambleMax);
  const auto data_at = preamble.find(kData);
  if (data_at == std::string_view::npos) return {.type = member(preamble, R"("type":")"), .id = {}, .data = text};
  const std::string_view before = preamble.substr(0, data_at);
  return {.type = member(before, R"("event":")"),
          .id = member(before, R"("id":")"),
          .data = text.substr(data_at + kData.size())};
}

std::string client_frame(std::uint8_t opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  constexpr std::size_t kShortMax = 125, kMiddleMax = 65'535;
  const auto append_size = [&frame, &payload](int bytes) {
    for (int at = bytes - 1; at >= 0; --at) frame.push_back(static_cast<char>(payload.size() >> (8 * at)));
  };
  if (payload.size() <= kShortMax) {
    frame.push_back(static_cast<char>(0x80 | payload.size()));
  } else if (payload.size() <= kMiddleMax) {
    frame.push_back(static_cast<char>(0x80 | 126));
    append_size(2);
  } else {
    frame.push_back(static_cast<char>(0x80 | 127));
    append_size(8);
  }
  return frame.append(4, '\0').append(payload);
}

}  // namespace

void StreamReader::receive(std::string_view bytes, MessageSink& sink) {
  if (unfinished_.empty()) {
    unfinished_.assign(take(bytes, sink));
    return;
  }
  const std::size_t searched = unfinished_.size() - 1;
  unfinished_.append(bytes);
  // A large event that comes in many pieces is not searched from its beginning for each of them.
  const bool is_event = has_head_ && transport_ == Transport::sse;
  if (is_event && unfinished_.find(kEndOfEvent, searched) == std::string::npos) return;
  const std::size_t rest = take(unfinished_, sink).size();
  if (rest == 0) {
    unfinished_ = std::string();
  } else {
    unfinished_.erase(0, unfinished_.size() - rest);
  }
}

std::string_view StreamReader::take(std::string_view bytes, MessageSink& sink) {
  if (!has_head_) bytes = take_head(bytes, sink);
  if (!has_head_) return bytes;
  return transport_ == Transport::sse ? take_events(bytes, sink) : take_frames(bytes, sink);
}

std::string_view StreamReader::take_head(std::string_view bytes, MessageSink& sink) {
  const auto end = bytes.find(kEndOfHead);
  if (end == std::string_view::npos) return bytes;
  const std::string_view head = bytes.substr(0, end);
  if (!head.starts_with(transport_ == Transport::sse ? "HTTP/1.1 200" : "HTTP/1.1 101"))
    throw std::runtime_error("not a stream: " + std::string(head));
  has_head_ = true;
  sink.on_open();
  return bytes.substr(end + kEndOfHead.size());
}

std::string_view StreamReader::take_events(std::string_view bytes, MessageSink& sink) {
  for (std::size_t end; (end = bytes.find(kEndOfEvent)) != std::string_view::npos;) {
    const std::string_view event = bytes.substr(0, end);
    const std::string_view type = field(event, "event: ");
    const std::string_view data = field(event, "data: ");
    // What has neither is a comment.
    if (!type.empty() || !data.empty())
      sink.on_message({.type = type, .id = field(event, "id: "), .data = data});
    else if (const auto retry = field(event, "retry: "); !retry.empty())
      sink.on_message({.type = "retry", .id = {}, .data = retry});
    bytes.remove_prefix(end + kEndOfEvent.size());
  }
  return bytes;
}

std::string_view StreamReader::take_frames(std::string_view bytes, MessageSink& sink) {
  thread_local const auto inflater = std::make_unique<Inflater>();
  for (Frame frame; (frame = first_frame(bytes)).size > 0; bytes.remove_prefix(frame.size)) {
    if (frame.opcode == kText)
      sink.on_message(as_message(frame.is_deflated ? inflater->inflate_message(frame.payload) : frame.payload));
    if (frame.opcode == kPing) sink.on_ping(frame.payload);
    if (frame.opcode == kClose) sink.on_message({.type = "close", .id = {}, .data = {}});
  }
  return bytes;
}

std::string text_frame(std::string_view text) { return client_frame(kText, text); }

std::string close_frame() { return client_frame(kClose, {}); }

std::string pong_frame(std::string_view payload) { return client_frame(kPong, payload); }

}  // namespace freshet::bench
