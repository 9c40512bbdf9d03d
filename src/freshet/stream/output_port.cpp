// SPDX-License-Identifier: MIT
#include "freshet/stream/output_port.hpp"

#include <string>
#include <utility>

#include "freshet/codec/sse.hpp"

namespace freshet::stream {
namespace {

net::Block comment_block() {
  std::string text;
  codec::append_sse_comment(text);
  return net::make_block(std::move(text));
}

/// What keeps a quiet connection alive and is passed over by readers: a comment; an empty line.
const net::Block& heartbeat_block(Format format) {
  static const net::Block comment = comment_block();           // constant
  static const net::Block empty_line = net::make_block("\n");  // constant
  return format == Format::sse ? comment : empty_line;
}

}  // namespace

OutputPort::OutputPort(std::shared_ptr<net::OutputStream> stream, Format format)
    : stream_(std::move(stream)), format_(format) {
  stream_->set_listener(this);
}

OutputPort::~OutputPort() { stream_->set_listener(nullptr); }

bool OutputPort::write(const Event& event, std::size_t budget_bytes) {
  if (stream_->budget_bytes() != budget_bytes) stream_->set_budget_bytes(budget_bytes);
  return stream_->write(event.block(format_));
}

void OutputPort::heartbeat() {
  // Bytes that wait show a dead connection as well: the server's write timeout ends it.
  if (stream_->queued_bytes() != 0) return;
  static_cast<void>(stream_->write(heartbeat_block(format_)));  // an empty queue takes it
}

void OutputPort::come_back_after(std::chrono::milliseconds delay) {
  if (format_ == Format::sse) {
    std::string text;
    codec::append_sse_retry(text, delay);
    write_last(net::make_block(std::move(text)));
  } else {
    const auto event = close_event(R"({"reason":"stopping","retry_ms":)" + std::to_string(delay.count()) + "}");
    write_last(event->block(format_));
  }
}

void OutputPort::write_last(const net::Block& block) {
  stream_->set_budget_bytes(stream_->queued_bytes() + block->size());
  static_cast<void>(stream_->write(block));  // refused only where nobody would read it
}

void OutputPort::on_drained() {
  if (listener_ != nullptr) listener_->on_drained();
}

void OutputPort::on_closed(net::CloseReason) {
  if (listener_ != nullptr) listener_->on_closed();
}

}  // namespace freshet::stream
