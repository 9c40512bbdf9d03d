// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/net/testing/http_client.hpp"
#include "freshet/net/testing/io_loops.hpp"
#include "freshet/service/service.hpp"

/// Messages in rooms, who is in which room, and a service in testing mode, for the tests of access rules. Not
/// installed.
namespace freshet::testing {

struct Message {
  std::string room, author, text;
};
constexpr auto describe(of<Message>) {
  return model("messages", field<&Message::room>(), field<&Message::author>(), field<&Message::text>());
}

/// Keyed by "user/room".
struct Membership {
  bool may_write{};
};
constexpr auto describe(of<Membership>) { return model("memberships", field<&Membership::may_write>()); }

/// A service whose callers say who they are: clients run its loop while they wait.
struct MessageWorld {
  explicit MessageWorld(ServiceOptions options = {.auth = {.testing = true}})
      : service(for_tests(std::move(options)), clock) {}

  /// Call it when all is declared.
  void serve() {
    const auto listening = service.listen();
    if (!listening) throw std::runtime_error(to_string(listening.error()));
    port = *listening;
  }

  net::testing::HttpClient connect() {
    net::testing::ClientOptions options;
    options.pump = [this] { settle(); };
    return net::testing::HttpClient(port, std::move(options));
  }
  void settle() {
    while (service.loop().poll()) {
    }
  }
  void pass(std::chrono::milliseconds time) {
    settle();
    clock.advance(time);
    settle();
  }

  static std::vector<std::string> headers(const std::string& token) {
    std::vector<std::string> lines = {"Content-Type: application/json"};
    if (!token.empty()) lines.push_back("Authorization: Bearer " + token);
    return lines;
  }
  net::testing::ClientResponse ask(const std::string& token, std::string_view method, const std::string& target,
                                   const std::string& body = "") {
    auto client = connect();
    return client.request(method, target, body, headers(token));
  }
  net::testing::ClientResponse look(const std::string& token, const std::string& resource,
                                    const std::string& params = "{}") {
    return ask(token, "POST", "/v1/snapshot/" + resource, params);
  }
  std::string open(const std::string& token, const std::string& resource, const std::string& params = "{}") {
    const auto answer = ask(token, "POST", "/v1/streams/" + resource, params);
    if (answer.status != 200) throw std::runtime_error(answer.body);
    const std::size_t begin = answer.body.find(':') + 2;
    return answer.body.substr(begin, answer.body.find('"', begin) - begin);
  }
  /// A reader of the resource, at its first event.
  net::testing::HttpClient read(const std::string& token, const std::string& resource) {
    auto reader = connect();
    std::vector<std::string> lines;
    if (!token.empty()) lines.push_back("Authorization: Bearer " + token);
    const auto head = reader.open_stream("/v1/streams/" + open(token, resource), lines);
    if (head.status != 200) throw std::runtime_error("the stream is refused");
    return reader;
  }

  void say(const std::string& id, Message message) {
    Transaction transaction;
    transaction.set(messages, id, std::move(message));
    commit(std::move(transaction));
  }
  void join(const std::string& user, const std::string& room, bool may_write = true) {
    Transaction transaction;
    transaction.set(memberships, user + "/" + room, Membership{may_write});
    commit(std::move(transaction));
  }
  void leave(const std::string& user, const std::string& room) {
    Transaction transaction;
    transaction.erase(memberships, user + "/" + room);
    commit(std::move(transaction));
  }
  void commit(Transaction transaction) {
    if (!service.graph().commit(std::move(transaction))) throw std::runtime_error("refused");
  }

  SimulatedClock clock;
  Service service;
  Input<std::string, Message> messages = service.graph().input<std::string, Message>("messages");
  Input<std::string, Membership> memberships = service.graph().input<std::string, Membership>("memberships");
  std::uint16_t port = 0;

 private:
  static ServiceOptions for_tests(ServiceOptions options) {
    options.port = 0;
    options.http = net::testing::on_test_io_loops(options.http);
    options.log_level = "off";
    return options;
  }
};

}  // namespace freshet::testing
