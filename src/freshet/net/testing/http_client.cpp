// SPDX-License-Identifier: MIT
#include "freshet/net/testing/http_client.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include "freshet/net/internal/ascii.hpp"

namespace freshet::net::testing {
namespace {

using Time = std::chrono::steady_clock;

constexpr int kPumpSliceMs = 1;
constexpr int kWaitSliceMs = 50;

[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error("http client: " + why); }

}  // namespace

HttpClient::HttpClient(std::uint16_t port, ClientOptions options)
    : options_(std::move(options)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!socket_) give_up("no socket");
  if (options_.receive_buffer_bytes > 0) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer_bytes, sizeof(int));
  }
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("cannot connect to port " + std::to_string(port));
  }
  if (!options_.tls.ca_file.empty()) shake_hands();
}

void HttpClient::shake_hands() {
  const auto deadline = Time::now() + options_.timeout;
  tls_ = std::make_unique<TlsClient>(socket_.get(), options_.tls);
  while (!tls_->shake_hands()) {
    if (Time::now() > deadline) give_up("the handshake takes too long");
    if (options_.pump) options_.pump();
    pollfd readable{socket_.get(), POLLIN, 0};
    ::poll(&readable, 1, options_.pump ? kPumpSliceMs : kWaitSliceMs);
  }
}

long HttpClient::send_some(std::string_view bytes) {
  if (tls_ != nullptr) return tls_->write(bytes);
  return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void HttpClient::send(std::string_view bytes) {
  const auto deadline = Time::now() + options_.timeout;
  while (!bytes.empty()) {
    const long count = send_some(bytes);
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    if (count >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) give_up("the connection does not take what is sent");
    if (Time::now() > deadline) give_up("nothing is taken for too long");
    pollfd writable{socket_.get(), POLLOUT, 0};
    ::poll(&writable, 1, options_.pump ? kPumpSliceMs : kWaitSliceMs);
    if (options_.pump) options_.pump();
  }
}

// Takes what has arrived; false when there is nothing (yet, or any more).
bool HttpClient::receive() {
  std::array<char, 16 * 1024> bytes;
  if (ended_) return false;
  const long count = tls_ != nullptr ? tls_->read(bytes.data(), bytes.size())
                                     : ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count > 0) input_.append(bytes.data(), static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
    ended_ = true;
    cut_off_ = count < 0;
  }
  return count > 0;
}

// Waits for more bytes; false at the end of the connection.
bool HttpClient::wait_for_input() {
  const auto deadline = Time::now() + options_.timeout;
  while (!receive()) {
    if (ended_) return false;
    if (Time::now() > deadline) give_up("nothing arrives for too long; so far: " + input_);
    wait_a_moment();
  }
  return true;
}

void HttpClient::wait_a_moment() {
  if (options_.pump) options_.pump();
  pollfd readable{socket_.get(), POLLIN, 0};
  ::poll(&readable, 1, options_.pump ? kPumpSliceMs : kWaitSliceMs);
}

std::string HttpClient::read_bytes(std::size_t count) {
  while (input_.size() < count) {
    if (!wait_for_input()) give_up("the connection ended after: " + input_);
  }
  std::string bytes = input_.substr(0, count);
  input_.erase(0, count);
  return bytes;
}

std::string HttpClient::read_until(std::string_view text) {
  std::size_t searched = 0;
  std::size_t at = 0;
  while ((at = input_.find(text, searched)) == std::string::npos) {
    searched = input_.size() < text.size() ? 0 : input_.size() - text.size();
    if (!wait_for_input()) give_up("the connection ended after: " + input_);
  }
  return read_bytes(at + text.size());
}

std::string HttpClient::read_to_end() {
  while (wait_for_input()) {
  }
  return std::exchange(input_, {});
}

std::string HttpClient::read_some() {
  if (input_.empty()) wait_for_input();
  return std::exchange(input_, {});
}

std::string HttpClient::read_available() {
  while (receive()) {
  }
  return std::exchange(input_, {});
}

ClientResponse HttpClient::read_head() {
  const std::string head = read_until("\r\n\r\n");
  ClientResponse response;
  constexpr std::string_view kStart = "HTTP/1.1 ";
  if (!head.starts_with(kStart)) give_up("that is no response: " + head);
  std::from_chars(head.data() + kStart.size(), head.data() + head.size(), response.status);
  std::string_view rest = head;
  rest.remove_prefix(rest.find("\r\n") + 2);
  while (rest.size() > 2) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) give_up("that is no header field: " + std::string(line));
    response.headers.add(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
    rest.remove_prefix(end + 2);
  }
  return response;
}

ClientResponse HttpClient::read_response(bool to_head_request) {
  ClientResponse response = read_head();
  if (to_head_request || response.status < 200 || response.status == 204 || response.status == 304) return response;
  const std::string_view length = response.header("content-length");
  if (length.empty()) {
    response.body = read_to_end();
    return response;
  }
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  response.body = read_bytes(size);
  return response;
}

ClientResponse HttpClient::request(std::string_view method, std::string_view target, std::string_view body,
                                   const std::vector<std::string>& headers) {
  std::string bytes;
  bytes.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  for (const std::string& header : headers) bytes.append(header).append("\r\n");
  if (!body.empty()) bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  send(bytes.append("\r\n").append(body));
  return read_response(method == "HEAD");
}

ClientResponse HttpClient::open_stream(std::string_view target, const std::vector<std::string>& headers) {
  std::string bytes = "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n";
  for (const std::string& header : headers) bytes.append(header).append("\r\n");
  send(bytes.append("\r\n"));
  ClientResponse response = read_head();
  if (response.status == 200) return response;
  const std::string_view length = response.header("content-length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  response.body = read_bytes(size);
  return response;
}

void HttpClient::feed_events() {
  const auto fed =
      parser_.feed(std::exchange(input_, {}), [this](codec::SseEvent e) { events_.push_back(std::move(e)); });
  if (!fed) give_up(fed.error().primary);
}

codec::SseEvent HttpClient::next_event() {
  feed_events();
  while (events_.empty()) {
    if (!wait_for_input()) give_up("the event stream ended");
    feed_events();
  }
  codec::SseEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

bool HttpClient::stream_ends() {
  feed_events();
  while (events_.empty() && wait_for_input()) feed_events();
  return events_.empty();
}

void HttpClient::shut_down_sending() { ::shutdown(socket_.get(), SHUT_WR); }

void HttpClient::close() {
  if (tls_ != nullptr) tls_->finish();
  socket_.reset();
}

void HttpClient::reset() {
  const linger hard{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  socket_.reset();
}

}  // namespace freshet::net::testing
