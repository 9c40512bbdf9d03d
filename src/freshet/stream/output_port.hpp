// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "freshet/net/output_stream.hpp"
#include "freshet/stream/session_port.hpp"

namespace freshet::stream {

/// A session with a connection of its own: the body of one response, as server-sent events or as NDJSON.
class OutputPort final : public SessionPort, private net::OutputStreamListener {
 public:
  /// Requires: the format is sse or ndjson.
  OutputPort(std::shared_ptr<net::OutputStream> stream, Format format);
  ~OutputPort() override;

  void set_listener(SessionPortListener* listener) override { listener_ = listener; }
  [[nodiscard]] bool write(const Event& event, std::size_t budget_bytes) override;
  std::size_t queued_bytes() const override { return stream_->queued_bytes(); }
  bool is_open() const override { return stream_->is_open(); }
  void heartbeat() override;
  void come_back_after(std::chrono::milliseconds delay) override;
  void finish() override { stream_->close(); }

 private:
  void on_drained() override;
  void on_closed(net::CloseReason reason) override;
  void write_last(const net::Block& block);

  std::shared_ptr<net::OutputStream> stream_;  // owners: this port, and the server until the last byte is out
  SessionPortListener* listener_ = nullptr;
  const Format format_;
};

}  // namespace freshet::stream
