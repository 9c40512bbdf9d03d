// SPDX-License-Identifier: MIT
#include "push/server.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <stdexcept>

#include "push/channel.hpp"
#include "report.hpp"

namespace freshet::bench {

namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr std::string_view kEndOfHead = "\r\n\r\n";

bool always(const Setup&) { return true; }
bool websocket_only(const Setup& setup) {
  return setup.transport == Transport::websocket && !setup.tls && setup.history == 0;
}
bool plain_topics(const Setup& setup) {
  return !setup.tls && !setup.deflate && setup.width <= 64 && !setup.begins_with_rows;
}

std::uint16_t port_in(const std::string& line) {
  const auto at = line.rfind(':');
  if (!line.starts_with("listening on http") || at == std::string::npos)
    throw std::runtime_error("not the line that a server begins with: " + line);
  return static_cast<std::uint16_t>(std::stoi(line.substr(at + 1)));
}

void add_with_children(pid_t process, std::vector<pid_t>& all) {
  all.push_back(process);
  const std::string id = std::to_string(process);
  std::ifstream children("/proc/" + id + "/task/" + id + "/children");
  for (pid_t child = 0; children >> child;) add_with_children(child, all);
}

}  // namespace

std::span<const Contender> contenders() {
  static constexpr std::array kContenders = {
      Contender{kFloor, false, always, start_floor},
      Contender{kFreshet, false, always, start_freshet},
      Contender{"uwebsockets", true, websocket_only, start_uwebsockets},
      Contender{"ws", true, websocket_only, start_ws},
      Contender{"nchan", true, plain_topics, start_nchan},
  };
  return kContenders;
}

std::vector<pid_t> Server::processes() const {
  std::vector<pid_t> all;
  add_with_children(child_->id(), all);
  return all;
}

void Server::start(const std::vector<std::string>& command, const ChildOptions& options, std::uint16_t port) {
  child_ = std::make_unique<Child>(command, options);
  port_ = port;
  if (port != 0) return;
  const auto greeting = child_->read_line(kPatience);
  if (!greeting) throw std::runtime_error(command.front() + " does not listen");
  port_ = port_in(*greeting);
}

std::string get_request(std::string_view target, Transport transport, bool deflate, std::string_view since) {
  std::string request = "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (transport == Transport::sse) {
    request += "Accept: text/event-stream\r\n";
  } else {
    request +=
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    if (deflate)
      request +=
          "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
  }
  if (!since.empty()) request += "Last-Event-ID: " + std::string(since) + "\r\n";
  return request + "\r\n";
}

std::string body_request(std::string_view method, std::string_view target, std::string_view body) {
  std::string request;
  request.reserve(body.size() + 256);
  request.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return request.append(body);
}

std::string ask(std::uint16_t port, bool tls, const std::string& request) {
  Channel channel(connect_to(port, 0), tls ? ClientTls::make() : ClientTls::none());
  channel.send(request);
  std::string answer;
  std::array<char, 65536> buffer;
  while (true) {
    pollfd readable{.fd = channel.number(), .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, std::chrono::milliseconds(kPatience).count()) <= 0) break;
    const auto size = channel.receive(buffer);
    if (!size) continue;
    if (*size == 0) break;
    answer.append(buffer.data(), *size);
    const auto head_size = answer.find(kEndOfHead);
    if (head_size == std::string::npos) continue;
    const std::size_t body_at = head_size + kEndOfHead.size();
    if (answer.size() < body_at + content_length(std::string_view(answer).substr(0, head_size))) continue;
    if (!answer.starts_with("HTTP/1.1 200")) throw std::runtime_error("refused: " + answer);
    return answer.substr(body_at);
  }
  throw std::runtime_error("no answer to " + request);
}

std::string beside_this_program(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace freshet::bench
