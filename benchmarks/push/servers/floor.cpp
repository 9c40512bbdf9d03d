// SPDX-License-Identifier: MIT
#include "push/server.hpp"

namespace freshet::bench {

namespace {

/// push_floor: the barest server that does the job, by hand.
class FloorProcess final : public Server {
 public:
  FloorProcess(const Setup& setup, const Placement& placement) : setup_(setup) {
    std::vector<std::string> command{
        beside_this_program("push_floor"), setup.transport == Transport::sse ? "sse" : "websocket",
        std::to_string(setup.keys),        std::to_string(setup.width),
        std::to_string(setup.history),     setup.deflate ? "deflate" : "-"};
    if (setup.tls) command.insert(command.end(), {placement.certificate_file, placement.key_file});
    start(command, {.cpu = placement.server_cpu, .niceness = placement.niceness, .files_max = setup.files_max});
  }

  Subscription subscribe(std::uint64_t window, std::string_view since) const override {
    return {.request = get_request("/" + std::to_string(window), setup_.transport, setup_.deflate, since), .texts = {}};
  }

  bool keeps_rows() const override { return true; }

  Requests write(std::span<const RowToWrite> rows) const override {
    std::string body;
    for (const RowToWrite& row : rows) body.append(std::to_string(row.key)).append("\t").append(row.json).append("\n");
    return {.bytes = body_request("POST", "/", body), .count = 1};
  }

 private:
  Setup setup_;
};

}  // namespace

std::unique_ptr<Server> start_floor(const Setup& setup, const Placement& placement) {
  return std::make_unique<FloorProcess>(setup, placement);
}

}  // namespace freshet::bench
