// SPDX-License-Identifier: MIT
// What a service does beside answering clients: it brings in the answers of asynchronous mappers, and fills views that
// were added to the running graph.
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/operators/map_async.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::TestService;

/// Asks a server over HTTP, each time on a thread of its own.
class Asker {
 public:
  explicit Asker(std::uint16_t port) : port_(port) {}
  void get(std::string target, Reply<std::string> reply) {
    threads_.emplace_back([this, target = std::move(target), reply = std::move(reply)]() mutable {
      net::testing::HttpClient client(port_);
      reply(client.get(target).body);
    });
  }
  static Asker*& current() {
    static Asker* asker = nullptr;
    return asker;
  }

 private:
  std::uint16_t port_;
  std::list<std::jthread> threads_;
};

struct AskServer {
  using Answer = std::string;
  static constexpr bool kIsTask = false;
  void operator()(int, const std::string& target, Reply<std::string> reply) const {
    Asker::current()->get(target, std::move(reply));
  }
  bool same(const AskServer&) const { return true; }
  std::size_t hash() const { return 1; }
};

TEST(Background, brings_in_what_a_mapper_asked_of_an_http_server) {
  TestService rig;
  const auto targets = rig.service.graph().input<int, std::string>("targets");
  const auto bodies = detail::make_map_async(static_cast<const Collection<int, std::string>&>(targets), AskServer(),
                                             AsyncOptions(), std::tuple<>());
  Asker asker(rig.port);
  Asker::current() = &asker;
  ASSERT_TRUE(rig.service.graph().commit(
      Transaction().set(targets, 1, "/v1/resources").set(targets, 2, "/v1/nothing of that name")));
  EXPECT_EQ(bodies.pending().size(), 2u);
  ASSERT_TRUE(rig.settle_until([&] { return bodies.pending().empty(); }));
  EXPECT_THAT(*bodies.get(1), HasSubstr("monitor"));
  EXPECT_EQ(bodies.size(), 2u);
}

struct NeverAnswer {
  using Answer = std::string;
  static constexpr bool kIsTask = false;
  void operator()(int, const std::string&, Reply<std::string> reply) const {
    static std::list<Reply<std::string>> kept;
    kept.push_back(std::move(reply));
  }
  bool same(const NeverAnswer&) const { return true; }
  std::size_t hash() const { return 2; }
};

TEST(Background, times_calls_out_by_the_clock_of_the_loop) {
  TestService rig;
  const auto targets = rig.service.graph().input<int, std::string>("targets");
  const auto bodies = detail::make_map_async(static_cast<const Collection<int, std::string>&>(targets), NeverAnswer(),
                                             AsyncOptions{.timeout = 5s, .retries_max = 1}, std::tuple<>());
  const auto errors = bodies.errors();
  ASSERT_TRUE(rig.service.graph().commit(Transaction().set(targets, 1, "x")));
  rig.pass(4s);
  const auto pending = bodies.pending();
  EXPECT_EQ(pending.get(1)->attempt, 1);
  rig.pass(1s);
  EXPECT_EQ(pending.get(1)->attempt, 2);
  rig.pass(100ms);
  rig.pass(5s);
  EXPECT_THAT(errors.get("1")->message, HasSubstr("no answer in time"));
}

TEST(Background, fills_a_view_that_was_added_while_it_runs) {
  TestService rig;
  Graph& graph = rig.service.graph();
  const auto numbers = graph.input<int, std::int64_t>("numbers");
  Transaction transaction;
  for (int key = 0; key < 1000; ++key) transaction.set(numbers, key, key);
  ASSERT_TRUE(graph.commit(transaction));
  const auto arriving = numbers.gradually({.rows_per_step = 10});
  const Version before = graph.version();
  EXPECT_TRUE(arriving.empty());
  rig.settle();
  EXPECT_TRUE(arriving.complete());
  EXPECT_EQ(arriving.size(), 1000u);
  EXPECT_GE(graph.version() - before, 100u);
}

TEST(Background, answers_clients_between_the_steps_of_filling) {
  TestService rig;
  Graph& graph = rig.service.graph();
  const auto numbers = graph.input<int, std::int64_t>("numbers");
  Transaction transaction;
  for (int key = 0; key < 100'000; ++key) transaction.set(numbers, key, key);
  ASSERT_TRUE(graph.commit(transaction));
  const auto arriving = numbers.gradually({.rows_per_step = 1});
  net::testing::HttpClient client(rig.port, {.pump = [&] { rig.service.loop().poll(); }});
  EXPECT_EQ(client.get("/v1/resources").status, 200);
  EXPECT_FALSE(arriving.complete());
  EXPECT_FALSE(arriving.empty());
}

}  // namespace
}  // namespace freshet
