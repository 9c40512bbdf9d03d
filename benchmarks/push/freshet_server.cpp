// SPDX-License-Identifier: MIT
// What the push benchmark measures: a service with one table, and a resource that shows windows of its keys.
#include <chrono>
#include <limits>

#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "push/row.hpp"
#include "push/socket.hpp"

namespace {

using freshet::bench::Window, freshet::bench::Written;

std::uint64_t window_of(std::uint64_t key, const Written&, std::uint64_t width) { return key / width; }

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  options.log_level = "warn";
  // The writer is one client with one connection for the whole run, and all clients come from one address.
  options.http.keep_alive_requests_max = std::numeric_limits<std::size_t>::max();
  options.streams.client_sessions_max = 0;
  options.streams.client_instances_max = 0;
  options.streams.heartbeat_interval = std::chrono::seconds(25);
  std::uint64_t width = 1;
  std::uint64_t keys = 1;
  bool deflate = false;
  const freshet::Program program{.name = "push_freshet",
                                 .about = "Shows windows of one table to the push benchmark's load client",
                                 .options = {{"--keys", &keys, "Keys of the table"},
                                             {"--width", &width, "Keys of a window"},
                                             {"--deflate", &deflate, "Agree to permessage-deflate"}}};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  options.sockets.websocket.deflate.enabled = deflate;

  freshet::bench::raise_file_limit();
  freshet::Service service(options);
  auto rows = service.graph().input<std::uint64_t, Written>("rows");
  service.writable(rows);
  if (width >= keys) {
    service.resource<"window">([rows](const Window&) { return rows; });
  } else {
    const auto windows = rows.group_by(window_of, width);
    service.resource<"window">([windows](const Window& window) { return windows.at(window.number); });
  }
  return service.run();
}
