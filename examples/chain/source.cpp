// SPDX-License-Identifier: MIT
//
// The first server of a chain: takes what stations measure, and serves it as it is.
#include "freshet/meta/resource.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "models.hpp"

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  const freshet::Program program{.name = "chain_source", .about = "Serves what weather stations measure."};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  freshet::Service service(options);
  auto measurements = service.graph().input<std::string, chain::Measurement>("measurements");
  service.writable(measurements, "What each station measured last.");
  service.resource<"measurements">([=] { return measurements; }, "What each station measured last.");
  return service.run();
}
