// SPDX-License-Identifier: MIT
//
// Any further server of a chain: follows the measurements of the one before it, computes on them, and serves both. This
// is the meta face: plain structs and functions. classic.cpp is the same program in classes.
#include <cstdio>
#include <string>

#include "freshet/meta/remote.hpp"
#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "models.hpp"

using chain::Measurement;

namespace {

std::string region_name(const Measurement& measurement) { return measurement.region; }

void say(const freshet::RemoteStatus& status) {
  const std::string why = status.error ? ": " + to_string(*status.error) : "";
  std::fprintf(stderr, "%s is %s%s\n", status.url.c_str(), std::string(to_string(status.state)).c_str(), why.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  std::string url = "http://127.0.0.1:8080";
  const freshet::Program program{.name = "chain_meta",
                                 .about = "Follows another server, computes on what it serves, and serves that.",
                                 .options = {{"--upstream", &url, "The server to follow"}}};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  try {
    // [chain]
    freshet::Service service(options);
    freshet::Upstreams upstreams(service);
    auto measurements =
        upstreams.follow<std::string, Measurement>(url, "measurements", freshet::NoParams(), {.on_state = say});

    auto regions = measurements.key_by(region_name).reduce(chain::region_of);
    service.resource<"regions">([=] { return regions; }, "Each region, from all of its stations.");
    service.resource<"measurements">([=] { return measurements; }, "What each station measured last.");
    return service.run();
    // [/chain]
  } catch (const freshet::Failure& failure) {
    std::fprintf(stderr, "%s\n", to_string(failure.error()).c_str());
    return 1;
  }
}
