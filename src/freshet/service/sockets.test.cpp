// SPDX-License-Identifier: MIT
// Many streams on one WebSocket: GET /v1/ws as a client sees it.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/net/testing/websocket_client.hpp"
#include "freshet/net/websocket/testing/frames.hpp"
#include "freshet/service/auth/verifier.hpp"
#include "freshet/service/testing/message_world.hpp"
#include "freshet/service/testing/test_service.hpp"

namespace freshet {
namespace {

using net::testing::WebSocketClient;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

/// A client of /v1/ws that speaks in messages.
class Client {
 public:
  template <class Rig>
  explicit Client(Rig& rig, const std::vector<std::string>& headers = {}, net::testing::ClientOptions options = {})
      : socket_(connect(rig, std::move(options)), "/v1/ws", headers) {}

  WebSocketClient& socket() { return socket_; }
  void say(const std::string& message) { socket_.send_text(message); }
  /// The next message, without "text:"; a ping, a close or the end as they are.
  std::string next() {
    const std::string line = socket_.next();
    return line.starts_with("text:") ? line.substr(5) : line;
  }
  std::string ask(const std::string& message) {
    say(message);
    return next();
  }
  /// Subscribes to a resource; the id of the stream. Its init is next.
  std::string subscribe(const std::string& resource, const std::string& params = "{}") {
    const std::string answer =
        ask(R"({"type":"subscribe","id":"s","resource":")" + resource + R"(","params":)" + params + "}");
    EXPECT_THAT(answer, StartsWith(R"({"type":"subscribed","id":"s","stream":")"));
    return member(answer, "stream");
  }
  static std::string member(const std::string& message, const std::string& name) {
    const std::string key = "\"" + name + "\":\"";
    const std::size_t begin = message.find(key) + key.size();
    return message.substr(begin, message.find('"', begin) - begin);
  }

 private:
  template <class Rig> static net::testing::HttpClient connect(Rig& rig, net::testing::ClientOptions options) {
    options.pump = [&rig] { rig.settle(); };
    return net::testing::HttpClient(rig.port, std::move(options));
  }

  WebSocketClient socket_;
};

using testing::TestService;

TEST(Sockets, read_many_streams_at_once) {
  TestService rig;
  rig.set("s1", 25);
  Client client(rig);
  const std::string all = client.subscribe("monitor", R"({"threshold":-100})");
  EXPECT_THAT(client.next(), AllOf(StartsWith(R"({"stream":")" + all + R"(","event":"init","id":")"),
                                   HasSubstr(R"("data":[["s1",[{"place":"hall","celsius":25}]]]})")));
  const std::string warm = client.subscribe("monitor", R"({"threshold":30})");
  EXPECT_THAT(client.next(), HasSubstr(R"("event":"init")"));
  EXPECT_NE(all, warm);
  rig.set("s1", 31);
  EXPECT_THAT(client.next(), HasSubstr(R"("event":"update")"));
  EXPECT_THAT(client.next(), HasSubstr(R"("data":[["s1",[{"place":"hall","celsius":31}]]]})"));
  EXPECT_EQ(rig.streams().sessions, 2u);
  EXPECT_EQ(rig.streams().openings, 2u);
}

TEST(Sockets, agree_on_the_subprotocol) {
  TestService rig;
  Client with(rig, {"Sec-WebSocket-Protocol: other, freshet.v1"});
  EXPECT_EQ(with.socket().response().header("sec-websocket-protocol"), "freshet.v1");
  Client without(rig);
  EXPECT_EQ(without.socket().response().header("sec-websocket-protocol"), "");
}

TEST(Sockets, give_the_same_bytes_to_all_who_read_a_stream) {
  TestService rig;
  Client one(rig);
  Client two(rig);
  EXPECT_EQ(one.subscribe("monitor"), two.subscribe("monitor"));
  EXPECT_EQ(one.next(), two.next());
  rig.set("s1", 40);
  const std::string update = one.next();
  EXPECT_THAT(update, HasSubstr("update"));
  EXPECT_EQ(two.next(), update);
  EXPECT_EQ(rig.streams().updates_encoded, 1u);
}

TEST(Sockets, read_what_others_opened) {
  TestService rig;
  const std::string stream = rig.open("monitor");
  Client client(rig);
  EXPECT_EQ(client.ask(R"({"type":"subscribe","id":1,"stream":")" + stream + R"("})"),
            R"({"type":"subscribed","id":1,"stream":")" + stream + R"(","reused":true})");
  EXPECT_THAT(client.next(), HasSubstr("init"));
  EXPECT_EQ(rig.streams().openings, 1u);
}

TEST(Sockets, go_on_where_a_client_left_off) {
  TestService rig;
  auto client = std::make_unique<Client>(rig);
  const std::string stream = rig.open("monitor");
  client->subscribe("monitor");
  const std::string id = Client::member(client->next(), "id");
  client.reset();
  rig.set("s1", 40);
  rig.set("s2", 41);
  Client again(rig);
  again.say(R"({"type":"subscribe","stream":")" + stream + R"(","since":")" + id + R"("})");
  EXPECT_THAT(again.next(), HasSubstr("subscribed"));
  EXPECT_THAT(again.next(), AllOf(HasSubstr(R"("event":"update")"), HasSubstr("s1")));
  EXPECT_THAT(again.next(), AllOf(HasSubstr(R"("event":"update")"), HasSubstr("s2")));
  EXPECT_EQ(rig.streams().inits_encoded, 1u);
}

TEST(Sockets, end_a_subscription_when_they_are_asked_to) {
  TestService rig;
  Client client(rig);
  const std::string stream = client.subscribe("monitor");
  client.next();
  const std::string end = R"({"type":"unsubscribe","id":2,"stream":")" + stream + R"("})";
  EXPECT_EQ(client.ask(end), R"({"type":"unsubscribed","id":2,"stream":")" + stream + R"("})");
  EXPECT_EQ(rig.streams().sessions, 0u);
  EXPECT_EQ(rig.streams().instances, 0u);
  EXPECT_THAT(client.ask(end), AllOf(HasSubstr(R"("type":"error","id":2)"), HasSubstr(R"("status":404)")));
  rig.set("s1", 40);
  EXPECT_EQ(client.ask(R"({"type":"ping","id":3})"), R"({"type":"pong","id":3})");
}

TEST(Sockets, give_back_what_they_opened_when_they_close) {
  TestService rig;
  const std::string kept = rig.open("monitor", R"({"threshold":1})");
  for (const bool politely : {true, false}) {
    Client client(rig);
    for (const auto& [resource, params] :
         std::map<std::string, std::string>{{"monitor", R"({"threshold":2})"}, {"zone", R"({"place":"hall"})"}}) {
      client.subscribe(resource, params);
      EXPECT_THAT(client.next(), HasSubstr("init"));
    }
    client.subscribe("monitor", R"({"threshold":1})");
    EXPECT_EQ(rig.streams().openings, 4u);
    if (politely)
      client.socket().send(net::testing::close());
    else
      client.socket().connection().reset();
    rig.settle();
    EXPECT_EQ(rig.streams().openings, 1u);
    EXPECT_EQ(rig.streams().instances, 1u);
    EXPECT_EQ(rig.streams().sessions, 0u);
  }
}

TEST(Sockets, are_told_when_a_stream_ends) {
  TestService rig;
  const std::string stream = rig.open("monitor");
  Client client(rig);
  client.say(R"({"type":"subscribe","stream":")" + stream + R"("})");
  client.next();
  client.next();
  auto other = rig.connect();
  EXPECT_EQ(other.request("DELETE", "/v1/streams/" + stream).status, 204);
  EXPECT_EQ(client.next(), R"({"stream":")" + stream + R"(","event":"close","data":null})");
  EXPECT_EQ(client.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
  EXPECT_EQ(rig.streams().openings, 0u);
}

TEST(Sockets, refuse_a_second_subscription_to_the_same_stream) {
  TestService rig;
  Client client(rig);
  const std::string stream = client.subscribe("monitor");
  client.next();
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":1,"resource":"monitor"})"),
              AllOf(HasSubstr(R"("code":"already_exists")"), HasSubstr(stream)));
  EXPECT_EQ(rig.streams().openings, 1u);
  rig.set("s1", 40);
  EXPECT_THAT(client.next(), HasSubstr("update"));
  EXPECT_EQ(client.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
}

TEST(Sockets, write_in_one_transaction_and_answer_with_its_version) {
  TestService rig;
  Client client(rig);
  client.subscribe("monitor");
  client.next();
  client.say(
      R"({"type":"write","id":7,"inputs":{"readings":[["s1",[{"place":"hall","celsius":30}]]],"values":[[1,[true]]]}})");
  const std::string update = client.next();
  EXPECT_THAT(update, HasSubstr(R"([["s1",[{"place":"hall","celsius":30}]]])"));
  const std::string answer = client.next();
  EXPECT_THAT(answer, MatchesRegex(R"(.*"type":"written","id":7,"version":[0-9]+.)"));
  EXPECT_EQ(answer, R"({"type":"written","id":7,"version":)" + std::to_string(rig.service.graph().version()) + "}");
}

TEST(Sockets, say_what_is_wrong_with_a_write_and_apply_nothing) {
  TestService rig;
  Client client(rig);
  const auto version = rig.service.graph().version();
  EXPECT_THAT(
      client.ask(R"({"type":"write","id":1,"inputs":{"values":[[1,[1]]],"readings":[["s1",[{"place":5}]]]}})"),
      AllOf(HasSubstr(R"("type":"error","id":1,"problem":{)"), HasSubstr(R"($.inputs.readings[0][1][0].place)")));
  EXPECT_THAT(client.ask(R"({"type":"write","id":2,"inputs":{"nothing":[]}})"), HasSubstr(R"("status":404)"));
  EXPECT_THAT(client.ask(R"({"type":"write","id":3,"inputs":[]})"), HasSubstr(R"("status":400)"));
  EXPECT_THAT(client.ask(R"({"type":"write","id":4,"inputs":{"readings":[["s1",[{"place":"x","celsius":-300}]]]}})"),
              HasSubstr("colder than cold"));
  EXPECT_EQ(rig.service.graph().version(), version);
}

TEST(Sockets, say_why_a_resource_cannot_be_read) {
  TestService rig;
  Client client(rig);
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":1,"resource":"monitr"})"),
              AllOf(HasSubstr(R"("type":"error","id":1)"), HasSubstr(R"("status":404)")));
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":2,"resource":"monitor","params":{"threshold":"x"}})"),
              AllOf(HasSubstr(R"("status":400)"), HasSubstr("threshold")));
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":3,"resource":"broken"})"), HasSubstr(R"("status":500)"));
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":4,"stream":"0123"})"), HasSubstr(R"("status":404)"));
  EXPECT_EQ(rig.streams().openings, 0u);
}

TEST(Sockets, close_on_repeated_nonsense_and_forgive_a_little) {
  TestService rig({.sockets = {.nonsense_max = 2}});
  Client client(rig);
  for (int round = 0; round < 3; ++round) {
    EXPECT_THAT(client.ask("hello"), HasSubstr(R"({"type":"error","problem":{)"));
    EXPECT_THAT(client.ask(R"({"id":5,"type":"shout"})"), HasSubstr(R"({"type":"error","id":5,"problem":{)"));
    EXPECT_EQ(client.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
  }
  for (int count = 0; count < 3; ++count) EXPECT_THAT(client.ask("{"), HasSubstr("error"));
  EXPECT_EQ(client.next(), "close:1008:the messages make no sense");
  Client binary(rig);
  binary.socket().send(net::testing::binary("x"));
  EXPECT_EQ(binary.next(), "close:1003:only text is understood here");
}

TEST(Sockets, have_a_limit_of_subscriptions) {
  TestService rig({.sockets = {.subscriptions_max = 2}});
  Client client(rig);
  for (const char* const threshold : {"1", "2"}) {
    client.subscribe("monitor", std::string(R"({"threshold":)") + threshold + "}");
    client.next();
  }
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":1,"resource":"monitor"})"),
              AllOf(HasSubstr(R"("status":429)"), HasSubstr("at most 2")));
  auto metrics = rig.connect();
  EXPECT_THAT(std::string(metrics.get("/metrics").body),
              AllOf(HasSubstr(R"(freshet_limits_total{limit="websocket_subscriptions"} 1)"),
                    HasSubstr("freshet_websocket_subscriptions 2"), HasSubstr("freshet_websockets 1")));
}

TEST(Sockets, close_on_who_does_not_read_the_answers) {
  TestService rig({.sockets = {.answer_bytes_max = 2000,
                               .websocket = {.message_rate = {.per_second = 1e6, .burst = 1e6},
                                             .byte_rate = {.per_second = 1e9, .burst = 1e9}}},
                   .http = {.stream_send_buffer_bytes = 4096}});
  Client client(rig, {}, {.receive_buffer_bytes = 4096});
  const std::string ping = R"({"type":"ping","id":")" + std::string(60, 'x') + R"("})";
  std::string all;
  for (int count = 0; count < 2000; ++count) all += net::testing::text(ping);
  client.socket().send(all);
  std::string line;
  while (line != "end" && !line.starts_with("close:")) line = client.next();
  EXPECT_EQ(line, "close:1008:the answers are not read");
}

// A reader that stalls is owed the newest values of each of its streams, and no other client notices.
TEST(Sockets, bring_all_streams_of_a_slow_client_up_to_date) {
  TestService rig({.streams = {.session_queue_bytes_max = 8 * 1024}, .http = {.stream_send_buffer_bytes = 4096}});
  Client slow(rig, {}, {.receive_buffer_bytes = 4096});
  constexpr std::size_t kStreams = 3;
  for (std::size_t count = 0; count < kStreams; ++count) {
    slow.subscribe("monitor", R"({"threshold":-)" + std::to_string(count + 1) + "}");
    EXPECT_THAT(slow.next(), HasSubstr("init"));
  }
  const std::string padding(500, 'x');
  for (int count = 0; count < 200; ++count) {
    Transaction transaction;
    transaction.set(rig.readings(), std::string("s") + std::to_string(count % 5),
                    testing::Reading{padding, count * 1.0});
    ASSERT_TRUE(rig.service.graph().commit(std::move(transaction)).has_value());
    rig.settle();
  }
  EXPECT_GT(rig.streams().sessions_lagged, 0u);
  std::map<std::string, int> newest;
  const std::string wanted = R"("celsius":199)";
  while (newest.size() < kStreams) {
    const std::string message = slow.next();
    ASSERT_THAT(message, HasSubstr(R"("stream":)"));
    if (message.find(wanted) != std::string::npos) ++newest[Client::member(message, "stream")];
  }
  EXPECT_EQ(slow.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
}

TEST(Sockets, are_told_to_come_back_when_the_service_stops) {
  TestService rig;
  Client client(rig);
  const std::string stream = client.subscribe("monitor");
  client.next();
  rig.service.stop();
  EXPECT_THAT(client.next(), MatchesRegex(R"(."stream":")" + stream +
                                          R"(","event":"close","data":."reason":"stopping","retry_ms":[0-9]+..)"));
  EXPECT_THAT(client.next(), StartsWith("close:1001:"));
  client.socket().send(net::testing::close());
  EXPECT_EQ(client.next(), "end");
}

TEST(Sockets, may_outlive_nothing_and_hurt_nobody_when_a_service_goes) {
  auto rig = std::make_unique<TestService>();
  Client client(*rig);
  client.subscribe("monitor");
  rig->settle();
  rig.reset();
}

TEST(Sockets, are_not_there_when_they_are_switched_off) {
  TestService rig({.sockets = {.enabled = false}});
  auto client = rig.connect();
  EXPECT_EQ(client.get("/v1/ws").status, 404);
}

TEST(Sockets, are_described) {
  TestService rig;
  auto client = rig.connect();
  const auto answer = client.get("/v1/asyncapi.yaml");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/yaml");
  EXPECT_THAT(answer.body, HasSubstr("asyncapi: 3.0.0"));
}

TEST(Sockets, let_pages_connect_that_may_use_the_service) {
  TestService rig({.cors_origins = {"https://app.example.org"}});
  auto client = rig.connect();
  auto fields = WebSocketClient::handshake();
  fields.push_back("Origin: https://evil.net");
  EXPECT_EQ(client.request("GET", "/v1/ws", {}, fields).status, 403);
  fields.back() = "Origin: https://app.example.org";
  EXPECT_EQ(client.request("GET", "/v1/ws", {}, fields).status, 101);
}

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
// The simulated clock starts then.
constexpr std::int64_t kStart = 946'684'800;

/// Rooms that their members may read, and callers with real tokens.
struct Rooms : testing::MessageWorld {
  explicit Rooms(bool required = false)
      : MessageWorld({.auth = {.secret = Secret(kSecret), .checks = {.leeway = seconds(0)}, .required = required}}) {
    service.writable(messages);
    service.add_resource(stream::define_resource<NoParams, std::string, testing::Message>(
        "messages", "", [this](const NoParams&) { return messages; }));
    service.add_resource(stream::define_resource<NoParams, std::string, std::string>(
        "mine", "", [this](const Caller& caller, const NoParams&) {
          return map(
              messages, [](const std::string&, const testing::Message&, const std::string& user) { return user; },
              caller.user);
        }));
    serve();
  }
  static std::string token(const std::string& user, std::int64_t lifetime_s = 3600) {
    Value claims;
    claims["sub"] = user;
    claims["exp"] = kStart + lifetime_s;
    return auth::sign_token(claims, kSecret);
  }
  static std::vector<std::string> header(const std::string& user, std::int64_t lifetime_s = 3600) {
    return {"Authorization: Bearer " + token(user, lifetime_s)};
  }
  static std::string token_message(const std::string& token) {
    return R"({"type":"token","id":0,"token":")" + token + R"("})";
  }
};

TEST(SocketCallers, are_those_of_the_handshake) {
  Rooms rig;
  rig.say("m1", {"hall", "ann", "hello"});
  Client ann(rig, Rooms::header("ann"));
  ann.subscribe("mine");
  EXPECT_THAT(ann.next(), HasSubstr(R"("data":[["m1",["ann"]]])"));
  auto refused = rig.connect();
  auto fields = WebSocketClient::handshake();
  fields.push_back("Authorization: Bearer nonsense");
  EXPECT_EQ(refused.request("GET", "/v1/ws", {}, fields).status, 401);
}

TEST(SocketCallers, do_not_read_what_is_for_others) {
  Rooms rig;
  rig.say("m1", {"hall", "ann", "hello"});
  Client ann(rig, Rooms::header("ann"));
  Client bob(rig, Rooms::header("bob"));
  const std::string hers = ann.subscribe("mine");
  EXPECT_NE(bob.subscribe("mine"), hers);
  bob.next();
  EXPECT_THAT(bob.ask(R"({"type":"subscribe","id":1,"stream":")" + hers + R"("})"), HasSubstr(R"("status":403)"));
  Client nobody(rig);
  EXPECT_THAT(nobody.ask(R"({"type":"subscribe","id":1,"stream":")" + hers + R"("})"), HasSubstr(R"("status":401)"));
}

TEST(SocketCallers, may_send_a_token_later) {
  Rooms rig(true);
  rig.say("m1", {"hall", "ann", "hello"});
  Client client(rig);
  EXPECT_EQ(client.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
  EXPECT_THAT(client.ask(R"({"type":"subscribe","id":1,"resource":"mine"})"), HasSubstr(R"("status":401)"));
  EXPECT_THAT(client.ask(Rooms::token_message("nonsense")),
              AllOf(HasSubstr(R"("type":"error","id":0)"), HasSubstr("the token is refused")));
  EXPECT_EQ(client.ask(Rooms::token_message(Rooms::token("ann"))), R"({"type":"authenticated","id":0,"user":"ann"})");
  client.subscribe("mine");
  EXPECT_THAT(client.next(), HasSubstr(R"(["ann"])"));
}

TEST(SocketCallers, are_not_waited_for_longer_than_the_limit) {
  Rooms rig(true);
  Client client(rig);
  rig.pass(seconds(9));
  EXPECT_EQ(client.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
  rig.pass(seconds(2));
  EXPECT_EQ(client.next(), "close:1008:a token is needed");
  Client known(rig, Rooms::header("ann"));
  rig.pass(seconds(11));
  EXPECT_EQ(known.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
}

TEST(SocketCallers, lose_their_streams_when_their_token_expires) {
  Rooms rig;
  Client ann(rig, Rooms::header("ann", 20));
  const std::string stream = ann.subscribe("mine");
  ann.next();
  rig.pass(seconds(19));
  rig.say("m1", {"hall", "ann", "hello"});
  EXPECT_THAT(ann.next(), HasSubstr("update"));
  rig.pass(seconds(2));
  EXPECT_EQ(ann.next(), R"({"stream":")" + stream + R"(","event":"close","data":{"reason":"token_expired"}})");
  EXPECT_EQ(rig.service.stream_stats().openings, 0u);
  EXPECT_EQ(rig.service.stream_stats().instances, 0u);
  EXPECT_EQ(ann.ask(R"({"type":"ping"})"), R"({"type":"pong"})");
  ann.subscribe("messages");
}

TEST(SocketCallers, keep_their_streams_with_a_new_token_and_lose_them_with_one_of_another) {
  Rooms rig;
  Client ann(rig, Rooms::header("ann", 20));
  const std::string stream = ann.subscribe("mine");
  ann.next();
  EXPECT_THAT(ann.ask(Rooms::token_message(Rooms::token("ann", 100))), HasSubstr("authenticated"));
  rig.pass(seconds(60));
  EXPECT_EQ(ann.next(), "ping:");
  rig.say("m1", {"hall", "ann", "hello"});
  EXPECT_THAT(ann.next(), HasSubstr("update"));
  EXPECT_EQ(ann.ask(Rooms::token_message(Rooms::token("bob", 200))),
            R"({"stream":")" + stream + R"(","event":"close","data":{"reason":"caller_changed"}})");
  EXPECT_THAT(ann.next(), HasSubstr(R"("user":"bob")"));
  EXPECT_EQ(rig.service.stream_stats().instances, 0u);
}

}  // namespace
}  // namespace freshet
