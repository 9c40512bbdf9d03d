// SPDX-License-Identifier: MIT
// Who callers are, over HTTP: tokens, keys that rotate, and streams whose token expires.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/testing/server_rig.hpp"
#include "freshet/service/testing/message_world.hpp"
#include "freshet/service/testing/token_signer.hpp"

namespace freshet {
namespace {

using auth::testing::jwks;
using auth::testing::Signer;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::Message;
using testing::MessageWorld;
using ::testing::Not;

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
// The simulated clock starts then.
constexpr std::int64_t kStart = 946'684'800;

Value claims(const std::string& user, std::int64_t exp = kStart + 3600) {
  Value value;
  value["sub"] = user;
  value["exp"] = exp;
  return value;
}
std::string token(const std::string& user, std::int64_t exp = kStart + 3600) {
  return auth::sign_token(claims(user, exp), kSecret);
}
AuthOptions with_secret() { return {.secret = Secret(kSecret)}; }

/// A service with one resource, for whoever is let in.
struct Who : MessageWorld {
  explicit Who(AuthOptions auth) : MessageWorld({.auth = std::move(auth)}) {
    service.add_resource(stream::define_resource<NoParams, std::string, Message>(
        "messages", "", [this](const NoParams&) { return messages; }));
  }
  // Whom a token makes of its sender, or the status.
  std::string who(const std::string& text) {
    const auto answer = look(text, "messages");
    return answer.status == 200 ? "known" : std::to_string(answer.status);
  }
};

TEST(Authentication, a_good_token_makes_its_caller_known_and_none_makes_nobody) {
  Who rig(with_secret());
  rig.serve();
  EXPECT_EQ(rig.who(token("ann")), "known");
  EXPECT_EQ(rig.look("", "messages").status, 200);
  auto client = rig.connect();
  EXPECT_EQ(client.request("POST", "/v1/snapshot/messages", "", {"authorization: bEARER " + token("ann")}).status, 200);
}

TEST(Authentication, a_bad_token_is_refused_with_the_reason_and_never_quoted) {
  Who rig(with_secret());
  rig.serve();
  const std::string good = token("ann");
  const std::string expired = token("ann", kStart - 60);
  const auto answer = rig.look(expired, "messages");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("WWW-Authenticate"),
            R"(Bearer error="invalid_token", error_description="the token has expired")");
  EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  EXPECT_THAT(answer.body, HasSubstr("the token has expired"));
  for (const std::string& text : {expired, good.substr(0, good.size() - 2), good + "x", std::string("nonsense"),
                                  auth::sign_token(claims("ann"), "another secret of thirty-two bytes")}) {
    const auto refused = rig.look(text, "messages");
    EXPECT_EQ(refused.status, 401) << text;
    EXPECT_THAT(refused.body, Not(HasSubstr(text)));
    EXPECT_THAT(std::string(refused.header("WWW-Authenticate")), Not(HasSubstr(text)));
  }
}

TEST(Authentication, a_token_is_sent_in_one_way_only) {
  Who rig({.secret = Secret(kSecret), .query_token = true});
  rig.serve();
  auto client = rig.connect();
  const auto status = [&](const std::string& target, const std::vector<std::string>& headers) {
    return client.request("POST", target, "", headers).status;
  };
  const std::string target = "/v1/snapshot/messages";
  EXPECT_EQ(status(target, {"Authorization: Basic YTpi"}), 401);
  EXPECT_EQ(status(target, {"Authorization: Bearer " + token("a"), "Authorization: Bearer " + token("b")}), 401);
  EXPECT_EQ(status(target + "?access_token=" + token("a"), {}), 200);
  EXPECT_EQ(status(target + "?access_token=nonsense", {}), 401);
  EXPECT_EQ(status(target + "?access_token=" + token("a"), {"Authorization: Bearer " + token("a")}), 401);
  Who strict(with_secret());
  strict.serve();
  EXPECT_EQ(strict.ask("", "POST", target + "?access_token=nonsense").status, 200) << "it is no token there";
}

TEST(Authentication, may_be_required_for_all_but_health_and_preflights) {
  Who rig({.secret = Secret(kSecret), .required = true});
  rig.serve();
  const auto answer = rig.look("", "messages");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(rig.ask("", "GET", "/v1/nothing").status, 401);
  EXPECT_EQ(rig.ask("", "OPTIONS", "/v1/snapshot/messages").status, 204);
  EXPECT_EQ(rig.ask("", "GET", "/healthz").status, rig.ask(token("ann"), "GET", "/healthz").status);
  EXPECT_EQ(rig.look(token("ann"), "messages").status, 200);
}

TEST(Authentication, without_keys_no_token_is_taken) {
  Who rig(AuthOptions{});
  rig.serve();
  EXPECT_EQ(rig.who(token("ann")), "401");
}

TEST(Authentication, testing_mode_takes_a_token_for_a_name) {
  Who rig({.testing = true});
  rig.serve();
  EXPECT_EQ(rig.who("ann"), "known");
  EXPECT_EQ(rig.look(std::string(300, 'a'), "messages").status, 401);
}

TEST(Authentication, a_stream_ends_when_its_token_expires) {
  Who rig({.secret = Secret(kSecret), .checks = {.leeway = seconds(5)}});
  rig.serve();
  const auto open = [&](const std::string& text) { return rig.read(text, "messages"); };
  auto first = open(token("ann", kStart + 60));
  auto second = open(token("ann", kStart + 120));
  auto nobody = open("");
  for (auto* reader : {&first, &second, &nobody}) EXPECT_EQ(reader->next_event().type, "init");
  rig.pass(seconds(64));
  rig.say("1", {"hall", "ann", "still here"});
  for (auto* reader : {&first, &second, &nobody}) EXPECT_EQ(reader->next_event().type, "update");
  rig.pass(seconds(2));
  const auto event = first.next_event();
  EXPECT_EQ(event.type, "close");
  EXPECT_EQ(event.data, R"({"reason":"token_expired"})");
  EXPECT_TRUE(first.stream_ends());
  rig.say("1", {"hall", "ann", "and on"});
  EXPECT_EQ(second.next_event().type, "update");
  rig.pass(seconds(61));
  EXPECT_EQ(second.next_event().type, "close");
  rig.say("1", {"hall", "ann", "and on"});
  EXPECT_EQ(rig.service.stream_stats().sessions, 1u);
  EXPECT_EQ(rig.service.stream_stats().sessions_expired, 2u);
}

/// A folder that goes with the test.
struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return (path / name).string();
  }
  const std::filesystem::path path = std::filesystem::temp_directory_path() / random_token("freshet-auth-");
};

TEST(Authentication, keys_in_a_file_are_read_again_when_it_changes) {
  const Folder folder;
  const Signer first = Signer::p256("first");
  const Signer second = Signer::rsa("second");
  const std::string path = folder.file("keys.json", jwks({first.jwk()}));
  Who rig({.jwks_file = path});
  rig.serve();
  EXPECT_EQ(rig.who(first.sign(claims("ann"))), "known");
  EXPECT_EQ(rig.who(second.sign(claims("ann"))), "401");
  folder.file("keys.json", "nonsense");
  rig.pass(seconds(2));
  EXPECT_EQ(rig.who(first.sign(claims("ann"))), "known") << "a broken file changes nothing";
  folder.file("keys.json", jwks({second.jwk()}));
  rig.pass(seconds(2));
  EXPECT_EQ(rig.who(second.sign(claims("ann"))), "known");
  EXPECT_EQ(rig.who(first.sign(claims("ann"))), "401");
}

TEST(Authentication, a_public_key_may_stand_in_a_file) {
  const Folder folder;
  const Signer signer = Signer::rsa("");
  Who rig({.public_key_file = folder.file("key.pem", signer.pem())});
  rig.serve();
  EXPECT_EQ(rig.who(signer.sign(claims("ann"))), "known");
}

TEST(Authentication, keys_that_cannot_serve_are_found_at_the_start) {
  const Folder folder;
  for (const AuthOptions& options :
       {AuthOptions{.secret = Secret("short")}, AuthOptions{.jwks_file = "/nowhere/keys.json"},
        AuthOptions{.jwks_file = folder.file("a", "{}")}, AuthOptions{.public_key_file = folder.file("b", "nonsense")},
        AuthOptions{.jwks_url = "ftp://example.org/keys"}}) {
    Who rig(options);
    EXPECT_THROW(rig.serve(), std::runtime_error);
  }
}

/// An issuer with its keys at an address, on a thread of its own.
struct Issuer {
  explicit Issuer(std::string keys) : document(std::move(keys)) {
    router.add(net::Method::get, "/keys", [this](net::Request&, const net::PathParams&) {
      ++asked;
      return down ? net::Response::empty(500) : net::Response::json(document);
    });
    port = *server.listen("127.0.0.1", 0);
    thread = std::thread([this] { loop.run(); });
  }
  ~Issuer() {
    loop.stop();
    thread.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port) + "/keys"; }
  void change(const std::string& keys) {
    std::promise<void> done;
    loop.post([&] { document = keys, done.set_value(); });
    done.get_future().wait();
  }

  std::string document;
  std::atomic<int> asked = 0;
  std::atomic<bool> down = false;
  net::Loop loop;
  net::Router router;
  net::HttpServer server{loop, router};
  std::uint16_t port = 0;
  std::thread thread;
};

TEST(Authentication, a_request_waits_for_keys_that_have_to_be_fetched) {
  const Signer signer = Signer::p256("first");
  Issuer issuer(jwks({signer.jwk()}));
  Who rig({.jwks_url = issuer.url()});
  rig.serve();
  // Right after the start: the first fetch is under way.
  EXPECT_EQ(rig.who(signer.sign(claims("ann"))), "known");
  EXPECT_EQ(rig.who(signer.sign(claims("bob"))), "known");
  EXPECT_EQ(issuer.asked, 1);
}

TEST(Authentication, keys_rotate_and_unknown_ones_do_not_make_it_ask_again_and_again) {
  const Signer first = Signer::p256("first");
  const Signer second = Signer::p256("second");
  const Signer stranger = Signer::p256("stranger");
  Issuer issuer(jwks({first.jwk()}));
  Who rig({.jwks_url = issuer.url(), .jwks_refetch_interval = seconds(30)});
  rig.serve();
  EXPECT_EQ(rig.who(first.sign(claims("ann"))), "known");
  for (int count = 0; count < 5; ++count) EXPECT_EQ(rig.who(stranger.sign(claims("ann"))), "401");
  EXPECT_EQ(issuer.asked, 1);
  issuer.change(jwks({first.jwk(), second.jwk()}));
  rig.pass(seconds(31));
  EXPECT_EQ(rig.who(second.sign(claims("ann"))), "known");
  EXPECT_EQ(rig.who(first.sign(claims("ann"))), "known");
  EXPECT_EQ(issuer.asked, 2);
  issuer.down = true;
  rig.pass(seconds(31));
  EXPECT_EQ(rig.who(stranger.sign(claims("ann"))), "401");
  EXPECT_EQ(rig.who(second.sign(claims("ann"))), "known") << "an issuer that is down takes no keys away";
}

TEST(Authentication, a_service_ends_while_its_keys_are_being_fetched) {
  const auto begin = std::chrono::steady_clock::now();
  {
    // Nobody answers there: the documentation's addresses lead nowhere.
    Who rig({.jwks_url = "http://192.0.2.1/keys"});
    rig.serve();
    auto client = rig.connect();
    client.send("GET /v1/resources HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                Signer::p256("x").sign(claims("ann")) + "\r\n\r\n");
    rig.settle();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(4));
}

}  // namespace
}  // namespace freshet
