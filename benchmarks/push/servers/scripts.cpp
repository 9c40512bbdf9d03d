// SPDX-License-Identifier: MIT
#include "push/server.hpp"

namespace freshet::bench {

namespace {

/// One of the scripts in benchmarks/peers/push: each row is a message to all that follow its key.
class ScriptProcess final : public Server {
 public:
  ScriptProcess(std::vector<std::string> command, const Setup& setup, const Placement& placement) : setup_(setup) {
    command.insert(command.end(), {std::to_string(setup.width), setup.deflate ? "deflate" : "-",
                                   setup.begins_with_rows ? "rows" : "-"});
    start(command, {.cpu = placement.server_cpu, .niceness = placement.niceness, .files_max = setup.files_max});
  }

  Subscription subscribe(std::uint64_t window, std::string_view) const override {
    return {.request = get_request("/" + std::to_string(window), setup_.transport, setup_.deflate, {}), .texts = {}};
  }

  bool keeps_rows() const override { return setup_.begins_with_rows; }

  Requests write(std::span<const RowToWrite> rows) const override {
    std::string body;
    for (const RowToWrite& row : rows)
      body.append(std::to_string(row.key)).append("\t[").append(row.json).append("]\n");
    return {.bytes = body_request("POST", "/", body), .count = 1};
  }

 private:
  Setup setup_;
};

}  // namespace

std::unique_ptr<Server> start_uwebsockets(const Setup& setup, const Placement& placement) {
  const std::string folder = placement.peers_folder + "/push/";
  return std::make_unique<ScriptProcess>(
      std::vector<std::string>{folder + "node_modules/bun/bin/bun.exe", folder + "uwebsockets.mjs"}, setup, placement);
}

std::unique_ptr<Server> start_ws(const Setup& setup, const Placement& placement) {
  return std::make_unique<ScriptProcess>(
      std::vector<std::string>{"/usr/bin/env", "node", placement.peers_folder + "/push/ws.mjs"}, setup, placement);
}

}  // namespace freshet::bench
