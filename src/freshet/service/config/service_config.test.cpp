// SPDX-License-Identifier: MIT
#include "freshet/service/config/service_config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/service/command_line.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// [own]
struct RoomsSection {
  std::uint32_t seats_max = 12;
};
constexpr auto describe(of<RoomsSection>) {
  return model("rooms", field<&RoomsSection::seats_max>(optional, range(1, 1000), doc("People in one room.")));
}

struct RoomsConfig : ServiceConfig {
  RoomsSection rooms;
};
constexpr auto describe(of<RoomsConfig>) {
  return model("rooms_config", extends<ServiceConfig>(), field<&RoomsConfig::rooms>(optional, doc("The rooms.")));
}
// [/own]

struct ServiceConfigTest : ::testing::Test {
  ServiceConfigTest() { std::filesystem::create_directories(folder); }
  ~ServiceConfigTest() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& text) const {
    const auto path = folder / "freshet.toml";
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::optional<int> run(std::vector<std::string> arguments) {
    // [command_line]
    const Program program{.name = "rooms", .about = "Books rooms.", .config = bind_config(config)};
    // [/command_line]
    arguments.insert(arguments.begin(), "rooms");
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const auto status = parse_command_line(static_cast<int>(pointers.size()), pointers.data(), program, options);
    output = ::testing::internal::GetCapturedStdout();
    errors = ::testing::internal::GetCapturedStderr();
    return status;
  }
  std::vector<std::string> wrong_with(const ServiceConfig& checked) {
    std::vector<std::string> texts;
    for (const ConfigFault& fault : check(checked, "f.toml")) texts.push_back(to_string(fault));
    return texts;
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / random_token("freshet-service-config-");
  RoomsConfig config;
  ServiceOptions options;
  std::string errors, output;
};

constexpr const char* kExample = R"(
[server]
host = "::1"
port = 9000
log_level = "warn"
stop_deadline_ms = 100

[streams]
idle_time_ms = 5000

[http]
body_bytes_max = 1000

[auth]
secret = "0123456789abcdef0123456789abcdef"
issuer = "https://issuer.example"
audiences = ["rooms"]
required = true

[stores.main]
url = "postgres://rooms@localhost/rooms"
password = "p@ss word"

[rooms]
seats_max = 40
)";

TEST_F(ServiceConfigTest, one_file_configures_everything) {
  EXPECT_EQ(run({"--config", file(kExample)}), std::nullopt) << errors;
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.port, 9000);
  EXPECT_EQ(options.log_level, "warn");
  EXPECT_EQ(options.stop_deadline, std::chrono::milliseconds(100));
  EXPECT_EQ(options.streams.idle_time, std::chrono::milliseconds(5000));
  EXPECT_EQ(options.http.body_bytes_max, 1000u);
  EXPECT_EQ(options.auth.secret.reveal(), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(options.auth.checks.issuer, "https://issuer.example");
  EXPECT_THAT(options.auth.checks.audiences, ElementsAre("rooms"));
  EXPECT_TRUE(options.auth.required);
  EXPECT_EQ(config.stores.at("main").full_url().reveal(), "postgres://rooms:p%40ss%20word@localhost/rooms");
  EXPECT_EQ(config.rooms.seats_max, 40u);
}

TEST_F(ServiceConfigTest, speaks_tls_with_both_files_or_says_which_is_missing) {
  EXPECT_EQ(run({"--config", file("[tls]\ncertificate_file = \"a.pem\"\nprivate_key_file = \"a.key\"\n")}),
            std::nullopt)
      << errors;
  EXPECT_EQ(options.tls.certificate_file, "a.pem");
  EXPECT_EQ(options.tls.private_key_file, "a.key");
  EXPECT_EQ(run({"--tls-certificate", "b.pem", "--tls-key", "b.key"}), std::nullopt) << errors;
  EXPECT_EQ(config.tls.certificate_file, "b.pem");
  ServiceConfig half;
  half.tls.certificate_file = "a.pem";
  EXPECT_THAT(wrong_with(half), ElementsAre(HasSubstr("tls.private_key_file: is missing")));
}

TEST_F(ServiceConfigTest, the_command_line_wins_over_the_file) {
  EXPECT_EQ(run({"--config=" + file(kExample), "--port", "9001"}), std::nullopt) << errors;
  EXPECT_EQ(options.port, 9001);
  EXPECT_EQ(config.server.port, 9001);
  EXPECT_EQ(options.host, "::1");
}

TEST_F(ServiceConfigTest, is_shown_without_its_secrets) {
  EXPECT_EQ(run({"--config", file(kExample), "--port", "9001", "--print-config"}), 0);
  EXPECT_THAT(output, HasSubstr("port = 9001"));
  EXPECT_THAT(output, HasSubstr("[stores.main]"));
  EXPECT_THAT(output, HasSubstr("secret = \"***\""));
  EXPECT_THAT(output, HasSubstr("# People in one room.\nseats_max = 40"));
  EXPECT_THAT(output, Not(HasSubstr("0123456789")));
  EXPECT_THAT(output, Not(HasSubstr("p@ss")));
  EXPECT_EQ(errors, "");
}

TEST_F(ServiceConfigTest, is_checked_and_everything_that_is_wrong_is_named) {
  EXPECT_EQ(run({"--config", file(kExample), "--check-config"}), 0);
  EXPECT_EQ(output, "the configuration is fine\n");
  const std::string path = file(
      "[server]\nprot = 1\n[auth]\nsecret = \"short\"\n[stores.main]\nurl = \"mysql://x\"\n"
      "[rooms]\nseats_max = 0\n");
  for (const auto& more : std::vector<std::vector<std::string>>{{"--check-config"}, {}, {"--print-config"}}) {
    std::vector<std::string> arguments = {"--config", path};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run(arguments), 2);
    EXPECT_EQ(output, "");
    EXPECT_THAT(errors, HasSubstr("rooms: " + path + ":2:1: server.prot: there is no such setting"));
    EXPECT_THAT(errors, HasSubstr("auth.secret: a secret for HS256 has at least 32 bytes"));
    EXPECT_THAT(errors, HasSubstr("stores.main.url: is no store that there is"));
    EXPECT_THAT(errors, HasSubstr("rooms.seats_max: "));
    EXPECT_THAT(errors, Not(HasSubstr("short")));
  }
  EXPECT_EQ(run({"--config", path, "--help"}), 0);
}

TEST_F(ServiceConfigTest, a_file_that_is_not_there_is_an_error) {
  EXPECT_EQ(run({"--config", (folder / "nothing.toml").string()}), 2);
  EXPECT_THAT(errors, HasSubstr("cannot read"));
}

TEST_F(ServiceConfigTest, what_does_not_go_together_is_refused) {
  EXPECT_THAT(wrong_with({}), IsEmpty());
  EXPECT_THAT(wrong_with({.auth = {.required = true}}), ElementsAre(HasSubstr("auth.required")));
  EXPECT_THAT(wrong_with({.server = {.host = "0.0.0.0"}, .auth = {.testing = true}}),
              ElementsAre(HasSubstr("auth.testing")));
  EXPECT_THAT(wrong_with({.auth = {.testing = true}}), IsEmpty());
  EXPECT_THAT(wrong_with({.streams = {.retry_min_ms = 10, .retry_max_ms = 5}}), ElementsAre(HasSubstr("retry_min_ms")));
  EXPECT_THAT(wrong_with({.auth = {.jwks_url = "example.org/keys"}}), ElementsAre(HasSubstr("auth.jwks_url")));
  EXPECT_THAT(
      wrong_with({.clients = {.unlimited = {"10.1.0.0/8"}, .trusted_proxies = {"proxy", "::1"}}}),
      ElementsAre(HasSubstr("clients.unlimited: no network: 10.1.0.0/8"), HasSubstr("clients.trusted_proxies")));
  EXPECT_THAT(wrong_with({.server = {.cors_origins = {"*", "https://a.example", "https://a.example/", "a.example"}}}),
              ElementsAre(HasSubstr("https://a.example/"), HasSubstr("server.cors_origins: is no origin: a.example")));
  const auto in_url = wrong_with({.stores = {{"main", {.url = "postgres://a:hunter2@h/d"}}}});
  EXPECT_THAT(in_url, ElementsAre(HasSubstr("password_file")));
  EXPECT_THAT(in_url.front(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(wrong_with({.stores = {{"main", {.url = "sqlite:a.db", .password = Secret("x")}}}}),
              ElementsAre(HasSubstr("stores.main.password")));
  EXPECT_THAT(wrong_with({.stores = {{"a", {.url = "memory:"}}, {"b", {.url = "sqlite:b.db"}}}}), IsEmpty());
}

TEST_F(ServiceConfigTest, options_survive_the_way_there_and_back) {
  ServiceConfig before;
  before.server = {
      .host = "::1", .port = 1, .log_level = LogLevel::error, .show_graph = true, .workers = 2, .io_loops = 3};
  before.streams = {.instances_max = 3,
                    .history_bytes_max = 5,
                    .history_total_bytes_max = 6,
                    .history_age_max_ms = 7,
                    .poll_timeout_ms = 88,
                    .heartbeat_interval_ms = 44,
                    .retry_max_ms = 77'000};
  before.http = {.body_bytes_max = 9, .answers_under_way_max = 5, .write_timeout_ms = 6};
  before.websocket = {.enabled = false,
                      .subscriptions_max = 7,
                      .origins = {"https://a"},
                      .same_origin = false,
                      .message_bytes_max = 1'000'000,
                      .messages_per_second = 2.5,
                      .bytes_per_second = 5000,
                      .ping_interval_ms = 1000,
                      .pong_timeout_ms = 2000,
                      .token_timeout_ms = 3000,
                      .deflate = true};
  before.clients = {.connections_max = 3,
                    .requests_per_second = 4.5,
                    .writes_per_second = 0,
                    .sessions_max = 5,
                    .instances_max = 6,
                    .addresses_max = 7,
                    .unlimited = {"192.0.2.0/24"},
                    .trusted_proxies = {"10.0.0.0/8", "::1"},
                    .forwarded_by = ForwardedBy::forwarded};
  before.access_log = {.file = "access.log", .queue_bytes_max = 10'000};
  before.tls = {.hsts_max_age_s = 60};
  before.skip = {.control_port = 8081};
  before.auth = {.jwks_url = "https://a/b", .leeway_s = 1, .require_expiry = false, .user_claim = "email"};
  ServiceOptions through;
  apply(before, through);
  EXPECT_EQ(through.sockets.websocket.byte_rate.burst, 2'000'000);
  EXPECT_EQ(through.http.clients.requests.burst, 18);
  ServiceConfig after;
  take(through, after);
  EXPECT_EQ(*to_json(after), *to_json(before));
}

}  // namespace
}  // namespace freshet
