// SPDX-License-Identifier: MIT
// What the push benchmark measures: a service with one input that one resource shows as it is.
#include <limits>
#include <string>

#include "freshet/meta/resource.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "push/socket.hpp"
#include "push/tick.hpp"

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  options.log_level = "warn";
  // The writer is one client with one connection for the whole run.
  options.http.keep_alive_requests_max = std::numeric_limits<std::size_t>::max();
  const freshet::Program program{.name = "push_freshet",
                                 .about = "Shows one table to the push benchmark's load client"};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;

  freshet::bench::raise_file_limit();
  freshet::Service service(options);
  auto ticks = service.graph().input<std::string, freshet::bench::Tick>("ticks");
  service.writable(ticks);
  service.resource<"ticks">([ticks] { return ticks; });
  return service.run();
}
