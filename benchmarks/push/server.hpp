// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "push/child.hpp"
#include "push/stream_reader.hpp"

namespace freshet::bench {

/// What a server under load is to be. It keeps a table of rows by key; clients follow windows of it: window 3 of width
/// 64 is the keys from 192 to 255. A window of one key is what others call a topic.
struct Setup {
  Transport transport = Transport::sse;
  std::uint64_t keys = 1;
  std::uint64_t width = 1;
  bool tls = false;
  bool deflate = false;
  /// Clients are to be told all rows of their window at the beginning. The floor and Freshet always do that.
  bool begins_with_rows = false;
  /// Missed events are to be had for this long back, by number, where somebody comes back.
  std::size_t history = 0;
  /// Descriptors that the server may have; 0 for as many as the system gives.
  unsigned files_max = 0;
};

/// How the programs are started.
struct Placement {
  int server_cpu = 0;
  int client_cpu = 1;
  /// Of servers and clients; below 0 only where the system permits it.
  int niceness = 0;
  /// Threads that Freshet sends with, beside the one that commits.
  int io_loops = 0;
  /// Where ./dev bench put the peers.
  std::string peers_folder;
  /// A certificate and its key, where there is TLS.
  std::string certificate_file, key_file;
};

/// One row to be written: the window it is in, its key, and the row as JSON.
struct RowToWrite {
  std::uint64_t window{};
  std::uint64_t key{};
  std::string_view json;
};

/// One figure of one round.
struct Figure {
  std::string metric;
  std::string unit;
  double value{};
};
using Figures = std::vector<Figure>;

/// HTTP requests, and how many answers they will have.
struct Requests {
  std::string bytes;
  std::size_t count = 0;
};

/// What a client sends to read a window: a request, and texts once the WebSocket is open.
struct Subscription {
  std::string request;
  std::vector<std::string> texts;
};

/// A server under load: a process of its own and the bytes that its clients exchange with it. All that differs between
/// the floor, Freshet and the peers is here.
class Server {
 public:
  virtual ~Server() = default;
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  Child& process() { return *child_; }
  /// The processes whose time and memory count.
  std::vector<pid_t> processes() const;

  /// Makes ready what clients of a window need to know. Called once for each window before it is read.
  virtual void open_window(std::uint64_t window) { static_cast<void>(window); }
  /// `since`: the id of the last event of a client that comes back, or empty.
  virtual Subscription subscribe(std::uint64_t window, std::string_view since) const = 0;
  /// What writes these rows: one transaction, where the server has such.
  virtual Requests write(std::span<const RowToWrite> rows) const = 0;
  /// Whether it knows the rows: a client's stream begins with all of its window.
  virtual bool keeps_rows() const { return false; }
  /// Whether nothing says that a stream has begun but its response head.
  virtual bool begins_silently() const { return false; }
  /// What the server itself says of how it encoded, as far as it says anything. Asks it.
  virtual Figures own_figures() const { return {}; }

 protected:
  /// Starts a program and waits for its line `listening on http://HOST:PORT`, unless the port is known.
  void start(const std::vector<std::string>& command, const ChildOptions& options, std::uint16_t port = 0);

 private:
  std::unique_ptr<Child> child_;
  std::uint16_t port_ = 0;
};

/// Somebody who takes part in the benchmark.
struct Contender {
  std::string_view name;
  bool is_peer;
  bool (*can)(const Setup& setup);
  std::unique_ptr<Server> (*start)(const Setup& setup, const Placement& placement);
};

/// The floor, Freshet, then the peers.
std::span<const Contender> contenders();

// Each in a file of its own below servers/. Errors: std::runtime_error, std::system_error.
std::unique_ptr<Server> start_floor(const Setup& setup, const Placement& placement);
std::unique_ptr<Server> start_freshet(const Setup& setup, const Placement& placement);
std::unique_ptr<Server> start_nchan(const Setup& setup, const Placement& placement);
std::unique_ptr<Server> start_uwebsockets(const Setup& setup, const Placement& placement);
std::unique_ptr<Server> start_ws(const Setup& setup, const Placement& placement);

// What several of them say.
std::string get_request(std::string_view target, Transport transport, bool deflate, std::string_view since);
std::string body_request(std::string_view method, std::string_view target, std::string_view body);
/// Sends one request on a connection of its own and returns the body of the answer. Errors: std::runtime_error.
std::string ask(std::uint16_t port, bool tls, const std::string& request);
/// A program beside this one.
std::string beside_this_program(const char* name);

}  // namespace freshet::bench
