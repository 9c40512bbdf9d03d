// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace freshet::bench {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int number() const { return number_; }

 private:
  int number_ = -1;
};

/// Raises the number of files that may be open to what the system allows.
void raise_file_limit();

/// A listening socket on 127.0.0.1; `port` 0 takes a free one. Errors: std::system_error.
Descriptor listen_on(std::uint16_t port);
std::uint16_t port_of(const Descriptor& listener);

/// A connected, non-blocking, undelayed socket to 127.0.0.1:`port`, from the source address 127.0.0.(1 + `source`), so
/// that more than one address' worth of ports can be had. `receive_buffer` is the kernel's, 0 for what it chooses.
/// Errors: std::system_error.
Descriptor connect_to(std::uint16_t port, unsigned source, int receive_buffer = 0);

/// Sends all of `bytes` on a socket that has room for it (a request). Errors: std::system_error.
void send_all(const Descriptor& socket, std::string_view bytes);

/// The value of the `Content-Length` field in a head as the programs of this bench write it; 0 when there is none.
std::size_t content_length(std::string_view head);

}  // namespace freshet::bench
