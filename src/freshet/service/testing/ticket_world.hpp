// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/net/testing/http_client.hpp"
#include "freshet/net/testing/io_loops.hpp"
#include "freshet/service/service.hpp"
#include "freshet/service/view_models.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/store.hpp"

/// Meetings and their tickets in a store, and a service in testing mode, for the tests of access rules of view models.
/// Not installed.
namespace freshet::testing {

/// Permission data: the host may change all tickets of his meeting, participants theirs while it is open.
struct Meeting {
  std::string id;
  std::string host;
  bool is_open = true;
};
constexpr auto describe(of<Meeting>) {
  return model("meetings", key<&Meeting::id>(), field<&Meeting::host>(), field<&Meeting::is_open>());
}

struct Ticket {
  std::string id;
  std::string meeting;
  std::string user;
  bool attendance = false;
};
constexpr auto describe(of<Ticket>) {
  return model("tickets", key<&Ticket::id>(), field<&Ticket::meeting>(), field<&Ticket::user>(),
               field<&Ticket::attendance>());
}

/// A ticket with its meeting's host, for clients.
struct Attendance {
  std::string user;
  std::string host;
  bool attendance = false;
  bool operator==(const Attendance&) const = default;
};
constexpr auto describe(of<Attendance>) {
  return model("attendance", field<&Attendance::user>(), field<&Attendance::host>(), field<&Attendance::attendance>());
}

struct Join {
  std::string ticket;
  std::string meeting;
  std::string user;
};
constexpr auto describe(of<Join>) {
  return model("join", field<&Join::ticket>(), field<&Join::meeting>(), field<&Join::user>());
}

inline Result<void> done(const auto& written) { return written ? Result<void>() : fail(written.error()); }

/// A file of its own for a store in SQLite; nothing for one in memory.
class StorePlace {
 public:
  explicit StorePlace(std::string_view kind) {
    if (kind != "sqlite") return;
    std::string folder = (std::filesystem::temp_directory_path() / "freshet-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    url_ = "sqlite:" + folder + "/tickets.db";
  }
  StorePlace(const StorePlace&) = delete;
  StorePlace& operator=(const StorePlace&) = delete;
  ~StorePlace() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  const std::string& url() const { return url_; }

 private:
  std::filesystem::path folder_;
  std::string url_ = "memory:";
};

/// A service whose callers say who they are: clients run its loop while they wait.
struct TicketWorld {
  explicit TicketWorld(std::string_view store_kind) : place(store_kind), store(Store::open(place.url()).value()) {
    if (!store.prepare<Meeting, Ticket>()) throw std::runtime_error("not prepared");
    put(Meeting{"party", "hal"});
    put(Ticket{"t_ann", "party", "ann", false});
    put(Ticket{"t_bob", "party", "bob", false});
  }

  /// Call it when all is declared.
  void serve() {
    if (const auto ready = start(); !ready) throw std::runtime_error(to_string(ready.error()));
  }
  Result<void> start() {
    if (auto started = live.start(); !started) return started;
    if (auto ready = live.wait_until_ready(); !ready) return ready;
    auto listening = service.listen();
    if (!listening) return fail(listening.error());
    port = *listening;
    return {};
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
  /// `token` is the name of the user; nobody if it is empty.
  net::testing::ClientResponse ask(const std::string& token, std::string_view method, const std::string& target,
                                   const std::string& body = "", const std::string& header = "X-Test: 1") {
    std::vector<std::string> lines = {"Content-Type: application/json", header};
    if (!token.empty()) lines.push_back("Authorization: Bearer " + token);
    return connect().request(method, target, body, lines);
  }

  // What the program itself writes.

  template <class T> void put(const T& value) {
    const auto written = store.set(value);
    if (!written) throw std::runtime_error(to_string(written.error()));
  }
  /// The same, and the graph shows it.
  template <class T> void put_and_show(const T& value) {
    store::Position position;
    const auto written = store.transact([&](StoreTransaction& t) { return done(t.set(value)); }, &position);
    if (!written) throw std::runtime_error(to_string(written.error()));
    bool shown = false;
    live.when_at(position, [&](Version) { shown = true; });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!shown) {
      settle();
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("not shown");
      std::this_thread::yield();
    }
  }
  Ticket ticket(const std::string& id) const { return store.get<Ticket>(id).value().value().value; }
  bool has_ticket(const std::string& id) const { return store.get<Ticket>(id).value().has_value(); }

  StorePlace place;
  Store store;
  Service service{options()};
  LiveStore live{store, service.graph()};
  ViewModels views{service, live};
  std::uint16_t port = 0;

 private:
  static ServiceOptions options() {
    ServiceOptions options{.auth = {.testing = true}, .http = net::testing::on_test_io_loops({})};
    options.port = 0;
    options.log_level = "off";
    return options;
  }
};

}  // namespace freshet::testing
