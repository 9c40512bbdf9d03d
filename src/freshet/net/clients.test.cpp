// SPDX-License-Identifier: MIT
// What one client may have of a server, and who that client is.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/net/testing/http2_client.hpp"
#include "freshet/net/testing/server_rig.hpp"

namespace freshet::net {
namespace {

using namespace std::chrono_literals;
using testing::ClientResponse;
using testing::HttpClient;
using testing::ServerRig;

/// As from somewhere else: this machine is limited, too.
ServerOptions limited(ClientLimits limits) {
  ServerOptions options;
  options.clients = std::move(limits);
  options.clients.unlimited.clear();
  return options;
}

ServerOptions behind_proxies(std::vector<std::string> trusted, ForwardedField field = ForwardedField::x_forwarded_for) {
  ServerOptions options = limited({.requests = {.per_second = 1, .burst = 2}});
  for (const std::string& network : trusted) options.proxies.trusted.push_back(IpNetwork::parse(network).value());
  options.proxies.field = field;
  return options;
}

struct Clients : ::testing::Test {
  void serve(const ServerOptions& options) {
    rig = std::make_unique<ServerRig>(options);
    const Handler show = [this](Request& request, const PathParams&) {
      seen = request;
      return Response::text("hello\n");
    };
    for (const Method method : {Method::get, Method::post, Method::patch, Method::put, Method::delete_}) {
      rig->router.add(method, "/hello", show);
    }
    rig->router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
      return Response::stream({{"Content-Type", "text/plain"}},
                              [this](std::shared_ptr<OutputStream> stream) { streams.push_back(std::move(stream)); });
    });
  }
  std::string address_of(const std::vector<std::string>& headers) {
    HttpClient client = rig->connect();
    const ClientResponse response = client.request("GET", "/hello", "", headers);
    return response.status == 200 ? seen.client->address : std::to_string(response.status);
  }
  ClientStats stats() const { return rig->server.stats().clients; }

  std::vector<std::shared_ptr<OutputStream>> streams;
  std::unique_ptr<ServerRig> rig;
  Request seen;
};

TEST_F(Clients, have_so_many_connections_and_no_more_until_some_have_ended) {
  serve(limited({.connections_max = 2}));
  HttpClient first = rig->connect();
  HttpClient second = rig->connect();
  EXPECT_EQ(first.get("/hello").status, 200);
  second.open_stream("/stream");
  HttpClient third = rig->connect();
  third.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const ClientResponse refusal = third.read_response();
  EXPECT_EQ(refusal.status, 429);
  EXPECT_EQ(refusal.header("Retry-After"), "1");
  EXPECT_EQ(refusal.header("Content-Type"), "application/problem+json");
  EXPECT_TRUE(refusal.body.ends_with("\"primary\":\"too many connections from this address\"}")) << refusal.body;
  EXPECT_TRUE(third.read_to_end().empty());
  EXPECT_EQ(stats().connections_refused, 1u);
  EXPECT_EQ(first.get("/hello").status, 200);

  // A stream gives its place back as a connection does.
  streams.clear();
  rig->settle();
  HttpClient fourth = rig->connect();
  EXPECT_EQ(fourth.get("/hello").status, 200);
  first.close();
  fourth.close();
  rig->settle();
  HttpClient fifth = rig->connect();
  EXPECT_EQ(fifth.get("/hello").status, 200);
}

TEST_F(Clients, have_so_many_connections_of_http2_too) {
  serve(limited({.connections_max = 1}));
  {
    testing::Http2Client client(rig->connect());
    EXPECT_EQ(client.get("/hello").status, 200);
    HttpClient other = rig->connect();
    EXPECT_EQ(other.read_response().status, 429);
  }
  rig->settle();
  HttpClient next = rig->connect();
  EXPECT_EQ(next.get("/hello").status, 200);
}

TEST_F(Clients, that_ask_too_often_are_told_when_to_come_back) {
  serve(limited({.requests = {.per_second = 0.5, .burst = 3}}));
  HttpClient client = rig->connect();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/hello").status, 200);
  const ClientResponse refusal = client.get("/hello");
  EXPECT_EQ(refusal.status, 429);
  EXPECT_EQ(refusal.header("Retry-After"), "2");
  EXPECT_EQ(refusal.header("Content-Type"), "application/problem+json");
  EXPECT_NE(refusal.body.find("too many requests from this address"), std::string::npos);
  rig->pass(2s);
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_EQ(client.get("/hello").status, 429);
  EXPECT_EQ(stats().requests_refused, 2u);
}

TEST_F(Clients, that_ask_too_often_over_http2_are_refused_stream_by_stream) {
  serve(limited({.requests = {.per_second = 1, .burst = 2}}));
  testing::Http2Client client(rig->connect());
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_EQ(client.get("/hello").status, 429);
  rig->pass(1s);
  EXPECT_EQ(client.get("/hello").status, 200);
}

TEST_F(Clients, that_write_too_often_may_still_read) {
  serve(limited({.writes = {.per_second = 1, .burst = 4}}));
  HttpClient client = rig->connect();
  for (const char* method : {"PATCH", "POST", "PUT", "DELETE"}) {
    EXPECT_EQ(client.request(method, "/hello", "x").status, 200) << method;
  }
  for (const char* method : {"PATCH", "POST", "PUT", "DELETE"}) {
    EXPECT_EQ(client.request(method, "/hello", "x").status, 429) << method;
  }
  EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_EQ(stats().writes_refused, 4u);
  // What is no request counts with them.
  EXPECT_EQ(rig->server.admit_write(seen.client->network), 1s);
  rig->pass(1s);
  EXPECT_EQ(rig->server.admit_write(seen.client->network), 0s);
  EXPECT_EQ(client.request("PATCH", "/hello", "x").status, 429);
}

TEST_F(Clients, of_this_machine_are_not_limited_by_default) {
  serve({.clients = {.connections_max = 1, .requests = {.per_second = 1, .burst = 1}}});
  std::vector<HttpClient> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(rig->connect());
  for (HttpClient& client : clients) EXPECT_EQ(client.get("/hello").status, 200);
  EXPECT_EQ(seen.client->address, "127.0.0.1");
  EXPECT_EQ(seen.client->network, "");
  EXPECT_EQ(stats().known, 0u);
}

TEST_F(Clients, are_whom_trusted_proxies_name) {
  serve(behind_proxies({"127.0.0.1", "10.0.0.0/8"}));
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.9"}), "203.0.113.9");
  // Through a chain of trusted ones, and not beyond the first that is not.
  EXPECT_EQ(address_of({"X-Forwarded-For: 1.1.1.1, 203.0.113.10, 10.0.0.7,10.255.0.1"}), "203.0.113.10");
  EXPECT_EQ(address_of({"X-Forwarded-For: 1.1.1.1, 203.0.113.11", "X-Forwarded-For: 10.0.0.7"}), "203.0.113.11");
  EXPECT_EQ(address_of({"X-Forwarded-For: rubbish, 203.0.113.12"}), "203.0.113.12");
  EXPECT_EQ(address_of({"X-Forwarded-For: [2001:db8::9]:4711"}), "2001:db8::9");
  EXPECT_EQ(seen.client->network, "2001:db8::/64");
  EXPECT_TRUE(seen.remote.starts_with("127.0.0.1:"));
  // Where a proxy does not know, or says nothing, it is the client itself.
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.13, unknown, 10.0.0.7"}), "10.0.0.7");
  EXPECT_EQ(address_of({}), "127.0.0.1");
  // The other field is anybody's.
  EXPECT_EQ(address_of({"Forwarded: for=203.0.113.14", "X-Forwarded-For: 203.0.113.15"}), "203.0.113.15");
}

TEST_F(Clients, are_whom_forwarded_fields_of_trusted_proxies_name) {
  serve(behind_proxies({"127.0.0.1", "10.0.0.0/8"}, ForwardedField::forwarded));
  EXPECT_EQ(address_of({"Forwarded: for=203.0.113.9;proto=https;by=10.0.0.1"}), "203.0.113.9");
  EXPECT_TRUE(seen.client->secure);
  EXPECT_EQ(address_of({"Forwarded: for=1.1.1.1, for=\"203.0.113.10:80\", for=10.0.0.7"}), "203.0.113.10");
  EXPECT_FALSE(seen.client->secure);
  EXPECT_EQ(address_of({"Forwarded: for=1.1.1.1, for=\"[2001:db8:1:2:3::]\"", "Forwarded: for=10.0.0.7"}),
            "2001:db8:1:2:3::");
  EXPECT_EQ(seen.client->network, "2001:db8:1:2::/64");
  EXPECT_EQ(address_of({"Forwarded: for=203.0.113.11, for=_hidden"}), "127.0.0.1");
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.12"}), "127.0.0.1");
}

TEST_F(Clients, cannot_pretend_to_be_somebody_else) {
  serve(behind_proxies({"10.0.0.0/8"}));
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https"}), "127.0.0.1");
  EXPECT_FALSE(seen.client->secure);
  // Nor escape the limits by a new name for each request.
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.10"}), "127.0.0.1");
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.11"}), "429");
  EXPECT_EQ(address_of({"X-Forwarded-For: nonsense"}), "429");
  EXPECT_EQ(stats().forwarded_faults, 0u);
}

TEST_F(Clients, behind_one_proxy_are_limited_one_by_one) {
  serve(behind_proxies({"127.0.0.0/8"}));
  const std::vector<std::string> one = {"X-Forwarded-For: 203.0.113.9"};
  const std::vector<std::string> same_house = {"X-Forwarded-For: 2001:db8::1"};
  EXPECT_EQ(address_of(one), "203.0.113.9");
  EXPECT_EQ(address_of(one), "203.0.113.9");
  EXPECT_EQ(address_of(one), "429");
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.10"}), "203.0.113.10");
  EXPECT_EQ(address_of({"X-Forwarded-For: 1.2.3.4, 203.0.113.9"}), "429");
  EXPECT_EQ(address_of(same_house), "2001:db8::1");
  EXPECT_EQ(address_of({"X-Forwarded-For: 2001:db8::2"}), "2001:db8::2");
  EXPECT_EQ(address_of({"X-Forwarded-For: 2001:db8::3"}), "429");
  EXPECT_EQ(address_of({"X-Forwarded-For: 2001:db8:0:1::3"}), "2001:db8:0:1::3");
}

TEST_F(Clients, that_tamper_with_what_a_proxy_adds_are_refused) {
  serve(behind_proxies({"127.0.0.0/8"}, ForwardedField::forwarded));
  EXPECT_EQ(address_of({"Forwarded: for=\"1.1.1.1, for=203.0.113.9"}), "400");
  EXPECT_EQ(address_of({"Forwarded: for=203.0.113.256"}), "400");
  EXPECT_EQ(stats().forwarded_faults, 2u);
  serve(behind_proxies({"127.0.0.0/8"}));
  EXPECT_EQ(address_of({"X-Forwarded-For: 203.0.113.9, nonsense"}), "400");
  EXPECT_EQ(stats().forwarded_faults, 1u);
}

TEST_F(Clients, connections_of_trusted_proxies_are_not_counted) {
  ServerOptions options = behind_proxies({"127.0.0.1"});
  options.clients.connections_max = 1;
  serve(options);
  std::vector<HttpClient> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(rig->connect());
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::string client = "X-Forwarded-For: 203.0.113." + std::to_string(i);
    EXPECT_EQ(clients[i].request("GET", "/hello", "", {client}).status, 200);
  }
}

TEST_F(Clients, name_their_requests_or_the_server_does) {
  serve({});
  HttpClient client = rig->connect();
  client.request("GET", "/hello", "", {"X-Request-Id: web-1:27_a/b+c=."});
  EXPECT_EQ(seen.id, "web-1:27_a/b+c=.");
  std::string last;
  for (const std::string& id : {std::string("a b"), std::string("\"x\""), std::string(65, 'a'), std::string("a\\b")}) {
    client.request("GET", "/hello", "", {"X-Request-Id: " + id});
    EXPECT_EQ(seen.id.size(), 15u) << id;
    EXPECT_NE(seen.id, last);
    last = seen.id;
  }
}

TEST_F(Clients, are_told_of_with_each_exchange_that_is_over) {
  ServerRig own;
  std::vector<Exchange> told;
  own.server.on_exchange([&](const Exchange& exchange) { told.push_back(exchange); });
  own.router.add(Method::get, "/hello", [&](Request& request, const PathParams&) {
    const std::string taken = std::move(request.path);
    own.clock.advance(3ms);
    return Response::text("hello\n");
  });
  own.router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
    return Response::stream({{"Content-Type", "text/plain"}},
                            [this](std::shared_ptr<OutputStream> stream) { streams.push_back(std::move(stream)); });
  });
  HttpClient client = own.connect();
  client.request("GET", "/hello?a=b", "", {"X-Request-Id: one"});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].path, "/hello");
  EXPECT_EQ(told[0].query, "a=b");
  EXPECT_EQ(told[0].method, Method::get);
  EXPECT_EQ(told[0].status, 200);
  EXPECT_EQ(told[0].duration, 3ms);
  EXPECT_EQ(told[0].request_id, "one");
  EXPECT_EQ(told[0].client->address, "127.0.0.1");
  EXPECT_GT(told[0].bytes, 6u);
  EXPECT_EQ(told[0].closed, std::nullopt);

  client.open_stream("/stream");
  own.pass(5s);
  EXPECT_EQ(told.size(), 1u);
  EXPECT_TRUE(streams.back()->write(make_block("12345")));
  own.settle();
  const auto sent = streams.back()->sent_bytes();
  client.reset();
  own.settle();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1].path, "/stream");
  EXPECT_EQ(told[1].closed, CloseReason::peer_gone);
  EXPECT_EQ(told[1].duration, 5s);
  EXPECT_EQ(told[1].bytes, sent);
  EXPECT_GT(sent, 5u);

  testing::Http2Client second(own.connect());
  EXPECT_EQ(second.get("/hello").status, 200);
  own.settle();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2].protocol, Exchange::Protocol::http2);
  EXPECT_EQ(told[2].bytes, 6u);

  HttpClient rude = own.connect();
  rude.send("nonsense\r\n\r\n");
  EXPECT_EQ(rude.read_response().status, 400);
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[3].status, 400);
  EXPECT_EQ(told[3].method, std::nullopt);
  EXPECT_EQ(own.server.stats().request_times.count(), 2u);
}

}  // namespace
}  // namespace freshet::net
