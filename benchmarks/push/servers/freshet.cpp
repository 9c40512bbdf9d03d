// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <unordered_map>

#include "push/server.hpp"

namespace freshet::bench {

namespace {

/// push_freshet: a service with one table, as a program of Freshet's users would have it.
class FreshetProcess final : public Server {
 public:
  FreshetProcess(const Setup& setup, const Placement& placement) : setup_(setup) {
    std::vector<std::string> command{
        beside_this_program("push_freshet"), "--port", "0", "--keys", std::to_string(setup.keys), "--width",
        std::to_string(setup.width)};
    if (setup.deflate) command.emplace_back("--deflate");
    if (placement.io_loops > 0) command.insert(command.end(), {"--io-loops", std::to_string(placement.io_loops)});
    if (setup.tls)
      command.insert(command.end(), {"--tls-certificate", placement.certificate_file, "--tls-key", placement.key_file});
    start(command, {.cpu = placement.server_cpu, .niceness = placement.niceness, .files_max = setup.files_max});
  }

  void open_window(std::uint64_t window) override {
    if (setup_.transport == Transport::websocket) return;
    constexpr std::string_view kId = R"("instance_id":")";
    const std::string answer = ask(port(), setup_.tls, body_request("POST", "/v1/streams/window", params(window)));
    const auto at = answer.find(kId);
    if (at == std::string::npos) throw std::runtime_error("no instance in " + answer);
    const std::string_view id = std::string_view(answer).substr(at + kId.size());
    instances_[window] = id.substr(0, id.find('"'));
  }

  Subscription subscribe(std::uint64_t window, std::string_view since) const override {
    if (setup_.transport == Transport::sse)
      return {.request = get_request("/v1/streams/" + instances_.at(window), Transport::sse, false, since),
              .texts = {}};
    std::string text = R"({"type":"subscribe","id":1,"resource":"window","params":)" + params(window);
    if (!since.empty()) text += R"(,"since":")" + std::string(since) + '"';
    return {.request = get_request("/v1/ws", Transport::websocket, setup_.deflate, {}), .texts = {text + '}'}};
  }

  bool keeps_rows() const override { return true; }

  Requests write(std::span<const RowToWrite> rows) const override {
    std::string body;
    for (const RowToWrite& row : rows) body.append(body.empty() ? "[" : ",").append(row.json);
    return {.bytes = body_request("PATCH", "/v1/inputs/rows", body + ']'), .count = 1};
  }

  Figures own_figures() const override {
    const std::string metrics = ask(port(), setup_.tls, get_request("/metrics", Transport::sse, false, {}));
    return {{"inits_encoded", "", sample(metrics, R"(freshet_events_encoded_total{event="init"} )")},
            {"updates_encoded", "", sample(metrics, R"(freshet_events_encoded_total{event="update"} )")},
            {"inits_shared", "", sample(metrics, "freshet_inits_shared_total ")}};
  }

 private:
  static double sample(const std::string& metrics, const std::string& name) {
    const auto at = metrics.find("\n" + name);
    if (at == std::string::npos) throw std::runtime_error("no metric " + name);
    return std::stod(metrics.substr(at + 1 + name.size()));
  }

  static std::string params(std::uint64_t window) { return R"({"number":)" + std::to_string(window) + '}'; }

  Setup setup_;
  std::unordered_map<std::uint64_t, std::string> instances_;
};

}  // namespace

std::unique_ptr<Server> start_freshet(const Setup& setup, const Placement& placement) {
  return std::make_unique<FreshetProcess>(setup, placement);
}

}  // namespace freshet::bench
