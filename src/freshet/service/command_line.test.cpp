// SPDX-License-Identifier: MIT
#include "freshet/service/command_line.hpp"

#include <algorithm>

#include <gmock/gmock.h>

#include "freshet/service/options.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct CommandLine : ::testing::Test {
  ServiceOptions options;
  std::uint64_t seed = 7;
  std::int64_t ticks = -1;
  std::string place = "attic";
  bool quiet = false;
  std::chrono::milliseconds interval{500};
  std::string errors, output;

  std::optional<int> parse(std::vector<const char*> arguments) {
    const Program program{.name = "thermometer",
                          .about = "Shows temperatures.",
                          .options = {{"--seed", &seed, "Start of the random numbers"},
                                      {"--ticks", &ticks, "How often"},
                                      {"--place", &place, "Where"},
                                      {"--quiet", &quiet, "Say nothing"},
                                      {"--interval-ms", &interval, "Pause"}}};
    arguments.insert(arguments.begin(), "./thermometer");
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const auto status = parse_command_line(static_cast<int>(arguments.size()), arguments.data(), program, options);
    output = ::testing::internal::GetCapturedStdout();
    errors = ::testing::internal::GetCapturedStderr();
    return status;
  }
};

TEST_F(CommandLine, without_arguments_the_defaults_stay) {
  EXPECT_EQ(parse({}), std::nullopt);
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 8080);
  EXPECT_EQ(seed, 7u);
  EXPECT_EQ(interval, std::chrono::milliseconds(500));
  EXPECT_EQ(errors + output, "");
}

TEST_F(CommandLine, common_and_own_options_are_filled_in) {
  EXPECT_EQ(parse({"--port", "0", "--host=::1", "--log-level", "debug", "--seed=42", "--ticks", "-3", "--place",
                   "cellar", "--quiet", "--interval-ms", "20"}),
            std::nullopt);
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.log_level, "debug");
  EXPECT_EQ(seed, 42u);
  EXPECT_EQ(ticks, -3);
  EXPECT_EQ(place, "cellar");
  EXPECT_TRUE(quiet);
  EXPECT_EQ(interval, std::chrono::milliseconds(20));
}

TEST_F(CommandLine, streams_are_kept_and_shared_as_told) {
  EXPECT_EQ(parse({"--idle-time-ms", "250", "--cors-origin", "https://a.example", "--cors-origin=https://b.example"}),
            std::nullopt);
  EXPECT_EQ(options.streams.idle_time, std::chrono::milliseconds(250));
  EXPECT_EQ(options.cors_origins, (std::vector<std::string>{"https://a.example", "https://b.example"}));
}

TEST_F(CommandLine, help_goes_to_standard_output_and_names_every_option) {
  EXPECT_EQ(parse({"--help"}), 0);
  for (const auto* option :
       {"--host", "--port", "--log-level", "--help", "--seed", "--quiet", "--interval-ms", "8080"}) {
    EXPECT_THAT(output, HasSubstr(option));
  }
  EXPECT_EQ(errors, "");
}

TEST_F(CommandLine, what_is_wrong_is_one_line_on_standard_error) {
  const std::vector<std::vector<const char*>> cases = {
      {"--prot", "80"}, {"--port", "many"}, {"--port", "65536"},   {"--port", "-1"},        {"--port"},
      {"stray"},        {"--seed", "-1"},   {"--seed", "1.5"},     {"--log-level", "loud"}, {"--interval-ms", "0"},
      {"--port", ""},   {"--ticks", "9x"},  {"--interval-ms", "x"}};
  for (const auto& arguments : cases) {
    EXPECT_EQ(parse(arguments), 2) << arguments.front();
    EXPECT_THAT(errors, StartsWith("thermometer: ")) << arguments.front();
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
    EXPECT_EQ(output, "");
  }
}

}  // namespace
}  // namespace freshet
