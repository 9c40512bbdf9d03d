// SPDX-License-Identifier: MIT
// A service as a process among others: signals, a supervisor's sockets and messages, and a lack of descriptors.
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"
#include "freshet/service/testing/child_service.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using net::testing::ClientResponse;
using net::testing::HttpClient;
using testing::ChildService;
using ::testing::HasSubstr;

/// A child process with a resource and an input, both called numbers.
int serve_numbers(ServiceOptions options) {
  Service service(std::move(options));
  const auto numbers = service.graph().input<std::string, std::int64_t>("numbers");
  service.writable(numbers);
  service.add_resource(stream::define_resource<NoParams, std::string, std::int64_t>(
      "numbers", "", [numbers](const NoParams&) { return numbers; }));
  return service.run();
}

std::string open_numbers(HttpClient& client) {
  const std::string body = client.request("POST", "/v1/streams/numbers", "{}").body;
  const std::size_t begin = body.find(':') + 2;
  return body.substr(begin, body.find('"', begin) - begin);
}

TEST(Processes, without_descriptors_turn_new_clients_away_serve_the_old_ones_and_recover) {
  constexpr rlim_t kDescriptors = 40;
  const ChildService program([] {
    const rlimit few{kDescriptors, kDescriptors};
    ::setrlimit(RLIMIT_NOFILE, &few);
    return serve_numbers(ChildService::options());
  });
  const std::uint16_t port = program.port();
  HttpClient writer(port);
  const std::string id = open_numbers(writer);
  std::vector<HttpClient> readers;
  int refused = 0;
  for (rlim_t count = 0; count < kDescriptors; ++count) {
    HttpClient reader(port);
    const ClientResponse answer = reader.open_stream("/v1/streams/" + id);
    if (answer.status == 200) {
      EXPECT_EQ(refused, 0);
      EXPECT_EQ(reader.next_event().type, "init");
      readers.push_back(std::move(reader));
    } else {
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(answer.header("Retry-After"), "1");
      if (++refused == 4) break;
    }
  }
  ASSERT_EQ(refused, 4);
  ASSERT_GT(readers.size(), 10u);
  for (int number = 1; number <= 3; ++number) {
    const ClientResponse written =
        writer.request("PATCH", "/v1/inputs/numbers", "[[\"a\",[" + std::to_string(number) + "]]]");
    EXPECT_EQ(written.status, 200);
    for (HttpClient& reader : readers) EXPECT_THAT(reader.next_event().data, HasSubstr(std::to_string(number)));
  }
  const std::string metrics = writer.get("/metrics").body;
  const std::string counter = "freshet_limits_total{limit=\"descriptors\"} ";
  // One more where the lack is noticed before anybody comes.
  EXPECT_GE(std::stoi(metrics.substr(metrics.find(counter) + counter.size())), 4);

  readers.pop_back();
  readers.pop_back();
  // The end of a connection takes a turn or two to be noticed.
  int status = 503;
  for (int attempt = 0; status == 503 && attempt < 100; ++attempt) {
    HttpClient next(port);
    status = next.open_stream("/v1/streams/" + id).status;
  }
  EXPECT_EQ(status, 200);
  kill(program.child, SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

TEST(Processes, that_are_asked_twice_end_at_once) {
  const ChildService program([] {
    ServiceOptions options = ChildService::options();
    options.drain_delay = std::chrono::hours(1);
    return serve_numbers(options);
  });
  HttpClient client(program.port());
  EXPECT_EQ(client.get("/readyz").status, 200);
  kill(program.child, SIGTERM);
  while (client.get("/readyz").status == 200) {
  }
  kill(program.child, SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

/// Plays systemd: a socket that listens, and one that is told how the service is.
struct Supervisor {
  Supervisor() : listener(::socket(AF_INET, SOCK_STREAM, 0)), notified(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path + 1, notify_name.data() + 1, notify_name.size() - 1);
    const auto name_size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + notify_name.size());
    const timeval patience{20, 0};
    ::setsockopt(notified, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 16) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        ::bind(notified, reinterpret_cast<sockaddr*>(&name), name_size) != 0) {
      throw std::runtime_error("sockets");
    }
    port = ntohs(address.sin_port);
  }
  ~Supervisor() {
    ::close(listener);
    ::close(notified);
  }

  /// In the child: as systemd leaves it for the program.
  void hand_over(const char* count) const {
    ::dup2(listener, 3);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", count, 1);
    ::setenv("NOTIFY_SOCKET", notify_name.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "40000", 1);
  }
  std::string heard() const {
    std::string text(256, '\0');
    const long size = ::recv(notified, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

  const std::string notify_name = "@" + random_token("freshet-supervisor-");
  int listener;
  int notified;
  std::uint16_t port = 0;
};

TEST(Processes, take_over_sockets_and_tell_how_they_are) {
  const Supervisor supervisor;
  // A client who comes before the service waits, and is not turned away.
  HttpClient early(supervisor.port);
  early.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  const ChildService program([&] {
    supervisor.hand_over("1");
    ServiceOptions options = ChildService::options();
    options.port = 1;  // of no account
    return serve_numbers(options);
  });
  EXPECT_EQ(supervisor.heard(), "READY=1");
  EXPECT_EQ(program.port(), supervisor.port);
  EXPECT_EQ(early.read_response().status, 200);
  EXPECT_EQ(supervisor.heard(), "WATCHDOG=1");
  EXPECT_EQ(supervisor.heard(), "WATCHDOG=1");
  EXPECT_EQ(HttpClient(supervisor.port).get("/readyz").status, 200);
  kill(program.child, SIGTERM);
  std::string last;
  for (int count = 0; count < 1000 && last != "STOPPING=1"; ++count) last = supervisor.heard();
  EXPECT_EQ(last, "STOPPING=1");
  EXPECT_EQ(program.wait(), 0);
}

TEST(Processes, refuse_sockets_that_they_cannot_listen_on) {
  const Supervisor supervisor;
  const ChildService nonsense([&] {
    supervisor.hand_over("many");
    return serve_numbers(ChildService::options());
  });
  EXPECT_THAT(nonsense.line(), HasSubstr("LISTEN_FDS"));
  EXPECT_EQ(nonsense.wait(), 1);
  const ChildService datagrams([&] {
    supervisor.hand_over("1");
    ::dup2(supervisor.notified, 3);
    return serve_numbers(ChildService::options());
  });
  EXPECT_THAT(datagrams.line(), HasSubstr("descriptor 3 is not a TCP socket that listens"));
  EXPECT_EQ(datagrams.wait(), 1);
}

}  // namespace
}  // namespace freshet
