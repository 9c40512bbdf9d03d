// SPDX-License-Identifier: MIT
//
// Any further server of a chain: follows the measurements of the one before it, computes on them, and serves both. This
// is the classic face: classes. meta.cpp is the same program in functions.
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "freshet/classic/remote.hpp"
#include "freshet/classic/resource.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "models.hpp"

using chain::Measurement, chain::Region;
using freshet::Collection, freshet::NoParams;

namespace {

// [chain]
class RemoteMeasurements final : public freshet::RemoteResource<NoParams, std::string, Measurement> {
 public:
  void on_state(const freshet::RemoteStatus& status) override {
    const std::string why = status.error ? ": " + to_string(*status.error) : "";
    std::fprintf(stderr, "%s is %s%s\n", status.url.c_str(), std::string(to_string(status.state)).c_str(), why.c_str());
  }
};

class ByRegion final : public freshet::OneToManyMapper<std::string, Measurement, std::string, Measurement> {
 public:
  std::vector<std::pair<std::string, Measurement>> map_value(const Measurement& measurement) override {
    return {{measurement.region, measurement}};
  }
};

class RegionMapper final : public freshet::ManyToOneMapper<std::string, Measurement, Region> {
 public:
  std::optional<Region> map_values(std::span<const Measurement> measurements) override {
    return chain::region_of(measurements);
  }
};
// [/chain]

template <class Value> class Rows final : public freshet::Resource<NoParams, std::string, Value> {
 public:
  explicit Rows(Collection<std::string, Value> rows) : rows_(std::move(rows)) {}
  Collection<std::string, Value> build(const NoParams&) override { return rows_; }

 private:
  Collection<std::string, Value> rows_;
};

int run(const freshet::ServiceOptions& options, const std::string& url) {
  freshet::Service service(options);
  freshet::Upstreams upstreams(service);
  const auto measurements = upstreams.follow(url, "measurements", std::make_unique<RemoteMeasurements>());
  const auto regions = measurements.flat_map<ByRegion>().reduce<RegionMapper>();
  service.resource("regions", std::make_unique<Rows<Region>>(regions), "Each region, from all of its stations.");
  service.resource("measurements", std::make_unique<Rows<Measurement>>(measurements),
                   "What each station measured last.");
  return service.run();
}

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  std::string url = "http://127.0.0.1:8080";
  const freshet::Program program{.name = "chain_classic",
                                 .about = "Follows another server, computes on what it serves, and serves that.",
                                 .options = {{"--upstream", &url, "The server to follow"}}};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  try {
    return run(options, url);
  } catch (const freshet::Failure& failure) {
    std::fprintf(stderr, "%s\n", to_string(failure.error()).c_str());
    return 1;
  }
}
