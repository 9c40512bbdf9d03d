// SPDX-License-Identifier: MIT
#include "freshet/net/internal/http2_callbacks.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

namespace freshet::net {
namespace {

constexpr std::size_t kFrameHeaderBytes = 9;
constexpr std::size_t kWriterBytesMax = 64 * 1024;
// Windows that are opened by less are a way to have many small frames sent.
constexpr std::int32_t kSmallIncrement = 256;
constexpr std::uint8_t kLastKnownFrameType = NGHTTP2_CONTINUATION;

std::string_view text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool ends_stream(const nghttp2_frame_hd& header) { return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0; }
bool is_ack(const nghttp2_frame_hd& header) { return (header.flags & NGHTTP2_FLAG_ACK) != 0; }
bool is_request(const nghttp2_frame* frame) {
  return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

std::uint8_t* bytes_of(const std::string& text) {
  // nghttp2's interface takes a pointer to mutable bytes and does not change them.
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

struct Http2Callbacks::Functions {
  static Http2Connection& connection(void* user) { return *static_cast<Http2Connection*>(user); }
  static Http2Stream* stream(nghttp2_session* session, std::int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_begin_frame(nghttp2_session* /*session*/, const nghttp2_frame_hd* header, void* user) {
    if (header->type > kLastKnownFrameType) connection(user).note_control_frame();
    return 0;
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    if (!is_request(frame)) return 0;
    Http2Stream* const stream = connection(user).begin_stream(frame->hd.stream_id);
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t /*flags*/,
                       void* /*user*/) {
    // Trailers are not for merging with what a head says.
    if (!is_request(frame)) return 0;
    Http2Stream* const to = stream(session, frame->hd.stream_id);
    if (to != nullptr) to->request.add_field(text(name, name_size), text(value, value_size));
    return 0;
  }

  static int on_invalid_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* /*name*/,
                               std::size_t /*name_size*/, const std::uint8_t* /*value*/, std::size_t /*value_size*/,
                               std::uint8_t /*flags*/, void* /*user*/) {
    if (Http2Stream* const to = stream(session, frame->hd.stream_id); to != nullptr) to->request.refuse_field();
    return 0;
  }

  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Connection& self = connection(user);
    const nghttp2_frame_hd& header = frame->hd;
    switch (header.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA:
        on_message_frame(session, self, stream(session, header.stream_id), frame);
        break;
      case NGHTTP2_RST_STREAM:
        if (Http2Stream* const of = stream(session, header.stream_id); of != nullptr) of->client_done = true;
        self.note_reset();
        break;
      case NGHTTP2_PING:
        if (!is_ack(header)) {
          self.note_control_frame();
        } else {
          self.send_last_goaway();
        }
        break;
      case NGHTTP2_SETTINGS:
        if (!is_ack(header)) self.note_control_frame();
        break;
      case NGHTTP2_PRIORITY:
        self.note_control_frame();
        break;
      case NGHTTP2_WINDOW_UPDATE:
        if (frame->window_update.window_size_increment < kSmallIncrement) self.note_control_frame();
        break;
      default:
        break;
    }
    return 0;
  }

  static void ask_for_body(nghttp2_session* session, std::int32_t id) {
    const std::string name = ":status", value = "100";
    const nghttp2_nv field{bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
    nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, id, nullptr, &field, 1, nullptr);
  }

  static void on_message_frame(nghttp2_session* session, Http2Connection& self, Http2Stream* to,
                               const nghttp2_frame* frame) {
    if (frame->hd.type == NGHTTP2_DATA && frame->hd.length == frame->data.padlen && !ends_stream(frame->hd)) {
      self.note_control_frame();
    }
    if (to == nullptr) return;
    if (is_request(frame)) {
      to->request.end_head();
      to->phase = Http2Stream::Phase::body;
      to->deadline = self.now() + self.server_->options().body_timeout;
      if (to->request.expects_continue() && !ends_stream(frame->hd)) ask_for_body(session, to->id);
      // There is nothing to wait for in what follows a head that is refused.
      if (to->request.failed() && !ends_stream(frame->hd)) {
        to->phase = Http2Stream::Phase::answer;
        self.ready_.push_back(to->id);
      }
    }
    if (ends_stream(frame->hd)) self.complete(*to);
  }

  static int on_data(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* user) {
    if (Http2Stream* const to = stream(session, id); to != nullptr) connection(user).take_body(*to, text(bytes, size));
    return 0;
  }

  static int on_close(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t error, void* user) {
    connection(user).close_stream(id, error);
    return 0;
  }

  static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Connection& self = connection(user);
    const nghttp2_frame_hd& header = frame->hd;
    if (header.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR &&
        frame->goaway.error_code != NGHTTP2_ENHANCE_YOUR_CALM) {
      ++self.stats_.protocol_errors;
    }
    if (header.type == NGHTTP2_RST_STREAM) self.note_cut_off(header.stream_id);
    // Streams that the client has us reset cost as much as those it resets.
    if (header.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
        frame->rst_stream.error_code != NGHTTP2_CANCEL) {
      self.note_reset();
    }
    const bool is_last = (header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_DATA) && ends_stream(header);
    if (!is_last) return 0;
    // An answer that did not wait for all of its request: the client need not send the rest.
    const Http2Stream* const of = stream(session, header.stream_id);
    if (of == nullptr || of->request_complete) return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, header.stream_id, NGHTTP2_NO_ERROR);
  }

  static ssize_t on_read(nghttp2_session* session, std::int32_t id, std::uint8_t* /*buffer*/, std::size_t length,
                         std::uint32_t* flags, nghttp2_data_source* /*source*/, void* /*user*/) {
    Http2Stream* const from = stream(session, id);
    if (from == nullptr) return NGHTTP2_ERR_DEFERRED;
    const std::size_t size = std::min(length, from->queue.bytes());
    if (size == 0 && !from->closing) {
      from->deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (from->closing && size == from->queue.bytes()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }

  // Follows on on_read() at once.
  static int on_send_data(nghttp2_session* session, nghttp2_frame* frame, const std::uint8_t* header,
                          std::size_t length, nghttp2_data_source* /*source*/, void* user) {
    Http2Connection& self = connection(user);
    self.writer_.add_bytes(text(header, kFrameHeaderBytes));
    if (Http2Stream* const from = stream(session, frame->hd.stream_id); from != nullptr) {
      from->take(length, self.writer_);
    }
    self.paused_ = self.writer_.bytes() >= kWriterBytesMax;
    return self.paused_ ? NGHTTP2_ERR_PAUSE : 0;
  }

  static nghttp2_session_callbacks* make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, on_send_data);
    return callbacks;
  }
};

std::unique_ptr<nghttp2_session, Http2Connection::FreeSession> Http2Callbacks::make_session(
    Http2Connection& connection, const Http2Options& options) {
  // The same for all connections; nghttp2 copies them.
  static nghttp2_session_callbacks* const callbacks = Functions::make();
  nghttp2_option* option = nullptr;
  if (nghttp2_option_new(&option) != 0) throw std::bad_alloc();
  nghttp2_option_set_no_closed_streams(option, 1);
  // The session's own limit stands behind ours.
  nghttp2_option_set_stream_reset_rate_limit(option, static_cast<std::uint64_t>(options.resets.burst) * 2 + 1,
                                             static_cast<std::uint64_t>(options.resets.per_second) * 2 + 1);
  nghttp2_session* session = nullptr;
  const int result = nghttp2_session_server_new2(&session, callbacks, &connection, option);
  nghttp2_option_del(option);
  if (result != 0) throw std::bad_alloc();
  return std::unique_ptr<nghttp2_session, Http2Connection::FreeSession>(session);
}

int Http2Callbacks::submit(nghttp2_session* session, std::int32_t id, const Http2Head& head, bool has_data) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(head.fields.size());
  for (const Header& field : head.fields) {
    fields.push_back(
        {bytes_of(field.name), bytes_of(field.value), field.name.size(), field.value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_data_provider provider{};
  provider.read_callback = Functions::on_read;
  return nghttp2_submit_response(session, id, fields.data(), fields.size(), has_data ? &provider : nullptr);
}

}  // namespace freshet::net
