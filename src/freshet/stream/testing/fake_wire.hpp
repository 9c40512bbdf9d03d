// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "freshet/stream/session_port.hpp"

/// A connection that takes nothing until it is told to, for tests. Not installed.
namespace freshet::stream::testing {

/// Both ends of a connection: what waits, and what the client has got. Several ports may share it.
class FakeWire {
 public:
  class Port final : public SessionPort {
   public:
    Port(std::shared_ptr<FakeWire> wire, Format format) : wire_(std::move(wire)), format_(format) {
      wire_->ports_.push_back(this);
    }
    ~Port() override { std::erase(wire_->ports_, this); }

    void set_listener(SessionPortListener* listener) override { listener_ = listener; }
    bool write(const Event& event, std::size_t budget_bytes) override {
      const std::string& bytes = *event.block(format_);
      if (!wire_->open_) return false;
      if (!wire_->queue_.empty() && wire_->queue_.size() + bytes.size() > budget_bytes) {
        refused_ = true;
        return false;
      }
      wire_->queue_ += bytes;
      return true;
    }
    std::size_t queued_bytes() const override { return wire_->queue_.size(); }
    bool is_open() const override { return wire_->open_; }
    void heartbeat() override { wire_->queue_ += format_ == Format::sse ? ":\n" : "\n"; }
    void come_back_after(std::chrono::milliseconds delay) override {
      wire_->queue_ += "retry: " + std::to_string(delay.count()) + "\n";
    }
    void finish() override { wire_->open_ = false; }

   private:
    friend FakeWire;
    std::shared_ptr<FakeWire> wire_;
    SessionPortListener* listener_ = nullptr;
    const Format format_;
    bool refused_ = false;
  };

  static std::unique_ptr<Port> port(const std::shared_ptr<FakeWire>& wire, Format format = Format::sse) {
    return std::make_unique<Port>(wire, format);
  }

  /// The client reads so many bytes of what waits.
  std::string read(std::size_t bytes = std::string::npos) {
    std::string taken = queue_.substr(0, bytes);
    queue_.erase(0, taken.size());
    if (!queue_.empty()) return taken;
    const auto ports = ports_;
    for (Port* port : ports) {
      if (std::exchange(port->refused_, false) && port->listener_ != nullptr) port->listener_->on_drained();
    }
    return taken;
  }
  /// The same until nothing comes any more.
  std::string read_all() {
    std::string taken;
    while (!queue_.empty()) taken += read();
    return taken;
  }
  /// The connection breaks: what waits is lost.
  void cut() {
    open_ = false;
    queue_.clear();
    const auto ports = std::exchange(ports_, {});
    for (Port* port : ports) {
      if (port->listener_ != nullptr) port->listener_->on_closed();
    }
  }

  std::size_t queued_bytes() const { return queue_.size(); }
  bool is_open() const { return open_; }
  bool has_port() const { return !ports_.empty(); }

 private:
  std::string queue_;
  std::deque<Port*> ports_;
  bool open_ = true;
};

}  // namespace freshet::stream::testing
