// SPDX-License-Identifier: MIT
#include "freshet/net/testing/http2_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include <nghttp2/nghttp2.h>

#include "freshet/net/internal/http2_preface.hpp"

namespace freshet::net::testing {
namespace {

std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

nghttp2_nv field_of(std::string_view name, std::string_view value) {
  return {bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

void append_literal(std::string& out, std::string_view text) {
  out.push_back(static_cast<char>(text.size()));
  out.append(text);
}

}  // namespace

struct Http2ClientCallbacks {
  static Http2Client& client(void* user) { return *static_cast<Http2Client*>(user); }

  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
                       void* user) {
    Http2Reply& reply = client(user).replies_[frame->hd.stream_id];
    const std::string field(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (field == ":status") {
      std::from_chars(text.data(), text.data() + text.size(), reply.status);
    } else {
      reply.headers.add(field, text);
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* user) {
    Http2Client& self = client(user);
    self.replies_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    nghttp2_session_consume_connection(session, size);
    if (const auto stalled = self.stalled_.find(id); stalled != self.stalled_.end()) {
      stalled->second += size;
      return 0;
    }
    nghttp2_session_consume_stream(session, id, size);
    return 0;
  }

  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    Http2Client& self = client(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      self.goaways_.emplace_back(frame->goaway.error_code, frame->goaway.last_stream_id);
    }
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
      self.replies_[frame->hd.stream_id].ended = true;
    }
    return 0;
  }

  static int on_close(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t error, void* user) {
    Http2Reply& reply = client(user).replies_[id];
    reply.closed = true;
    reply.error = error;
    return 0;
  }

  static ssize_t on_read(nghttp2_session* /*session*/, std::int32_t id, std::uint8_t* into, std::size_t size,
                         std::uint32_t* flags, nghttp2_data_source* /*source*/, void* user) {
    std::string& body = client(user).bodies_[id];
    const std::size_t count = std::min(size, body.size());
    std::memcpy(into, body.data(), count);
    body.erase(0, count);
    if (body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }
};

Http2Client::Http2Client(HttpClient connection, std::uint32_t stream_window_bytes)
    : connection_(std::move(connection)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Http2ClientCallbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Http2ClientCallbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Http2ClientCallbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Http2ClientCallbacks::on_close);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window_bytes};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  pump();
}

Http2Client::~Http2Client() { nghttp2_session_del(session_); }

std::int32_t Http2Client::begin(std::string_view method, std::string_view path, std::string body,
                                const std::vector<Header>& headers) {
  std::vector<nghttp2_nv> fields = {field_of(":method", method), field_of(":scheme", "http"), field_of(":path", path),
                                    field_of(":authority", "localhost")};
  for (const Header& header : headers) fields.push_back(field_of(header.name, header.value));
  nghttp2_data_provider provider{};
  provider.read_callback = Http2ClientCallbacks::on_read;
  const bool has_body = !body.empty();
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(), has_body ? &provider : nullptr, nullptr);
  if (has_body) bodies_[id] = std::move(body);
  pump();
  return id;
}

void Http2Client::pump() {
  // Sends twice: what arrives may have to be answered.
  for (int round = 0; round < 2; ++round) {
    const std::uint8_t* bytes = nullptr;
    long size = 0;
    std::string out;
    while ((size = nghttp2_session_mem_send(session_, &bytes)) > 0) {
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    if (!out.empty() && !ended_) {
      try {
        connection_.send(out);
      } catch (const std::runtime_error&) {
        ended_ = true;
      }
    }
    const std::string in = connection_.read_available();
    ended_ = ended_ || connection_.ended();
    if (in.empty()) continue;
    const auto fed = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(in.data()), in.size());
    if (fed < 0) throw std::runtime_error(std::string("http2 client: ") + nghttp2_strerror(static_cast<int>(fed)));
  }
}

void Http2Client::wait_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    pump();
    if (condition()) return;
    if (ended_) throw std::runtime_error("http2 client: the connection ended");
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("http2 client: nothing happens");
    connection_.wait_a_moment();
  }
}

const Http2Reply& Http2Client::wait(std::int32_t id) {
  wait_until([&] { return replies_[id].closed; });
  return replies_[id];
}

void Http2Client::stall(std::int32_t id) { stalled_[id]; }

void Http2Client::resume(std::int32_t id) {
  nghttp2_session_consume_stream(session_, id, stalled_[id]);
  stalled_.erase(id);
  pump();
}

void Http2Client::reset(std::int32_t id) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  pump();
}

std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t id, std::string_view payload) {
  std::string frame;
  for (const int shift : {16, 8, 0}) frame.push_back(static_cast<char>(payload.size() >> shift));
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(id >> shift));
  return frame.append(payload);
}

std::string http2_hello() { return std::string(kHttp2Preface) + http2_frame(NGHTTP2_SETTINGS, 0, 0); }

// Source of the numbers: the static table, RFC 7541 appendix A.
std::string http2_get(std::string_view path) {
  std::string block = "\x82\x86\x04";
  append_literal(block, path);
  block.push_back('\x01');
  append_literal(block, "localhost");
  return block;
}

namespace {

constexpr std::size_t kFrameHeaderBytes = 9;

std::size_t payload_size(std::string_view header) {
  const auto byte = [&](std::size_t index) { return std::size_t{static_cast<unsigned char>(header[index])}; };
  return (byte(0) << 16U) + (byte(1) << 8U) + byte(2);
}

}  // namespace

Http2Frame next_http2_frame(HttpClient& client, std::uint8_t type) {
  while (true) {
    const std::string header = client.read_bytes(kFrameHeaderBytes);
    std::string payload = client.read_bytes(payload_size(header));
    if (static_cast<std::uint8_t>(header[3]) == type) {
      return {static_cast<std::uint8_t>(header[4]), std::move(payload)};
    }
  }
}

bool http2_goes_away(std::string_view bytes, std::uint32_t error) {
  constexpr std::size_t kErrorAt = kFrameHeaderBytes + 7;
  while (bytes.size() >= kFrameHeaderBytes) {
    if (bytes[3] == NGHTTP2_GOAWAY && bytes.size() > kErrorAt && static_cast<unsigned char>(bytes[kErrorAt]) == error) {
      return true;
    }
    bytes.remove_prefix(std::min(bytes.size(), kFrameHeaderBytes + payload_size(bytes)));
  }
  return false;
}

}  // namespace freshet::net::testing
