// SPDX-License-Identifier: MIT
#include "freshet/service/internal/access_log.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/model/value.hpp"

namespace freshet::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

net::Exchange exchange_of(std::string path, std::string query = {}) {
  return {.begun_at = Timestamp(std::chrono::seconds(946684800)),
          .duration = std::chrono::microseconds(1500),
          .method = net::Method::get,
          .path = std::move(path),
          .query = std::move(query),
          .client = std::make_shared<const net::Client>(net::Client{"192.0.2.7", "192.0.2.7", false}),
          .request_id = "web-1",
          .status = 200,
          .bytes = 17};
}

struct AccessLogTest : ::testing::Test {
  AccessLogTest() { std::filesystem::create_directories(folder); }
  ~AccessLogTest() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string& name) const { return (folder / name).string(); }
  std::string text_of(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  // What is written by another thread is there some time.
  void wait_for(const std::string& name, const std::string& text) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (text_of(name).find(text) == std::string::npos && std::chrono::steady_clock::now() < deadline) ::usleep(1000);
    EXPECT_THAT(text_of(name), HasSubstr(text));
  }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / random_token("freshet-access-log-");
};

TEST_F(AccessLogTest, a_line_says_what_happened) {
  EXPECT_EQ(access_log_line(exchange_of("/v1/resources")),
            R"({"time":"2000-01-01T00:00:00.000000Z","client":"192.0.2.7","method":"GET","path":"/v1/resources",)"
            R"("protocol":"http/1.1","status":200,"bytes":17,"duration_us":1500,"request_id":"web-1"})"
            "\n");
  net::Exchange stream = exchange_of("/v1/streams/x", "since=e-1&poll");
  stream.protocol = net::Exchange::Protocol::http2;
  stream.closed = net::CloseReason::stalled;
  EXPECT_THAT(access_log_line(stream), HasSubstr(R"("query":"since=e-1&poll","protocol":"h2")"));
  EXPECT_THAT(access_log_line(stream), HasSubstr(R"("closed":"stalled"})"));
  net::Exchange malformed;
  malformed.status = 400;
  EXPECT_THAT(access_log_line(malformed), Not(HasSubstr("method")));
}

TEST_F(AccessLogTest, no_line_holds_a_secret) {
  for (const char* query : {"access_token=hunter2", "a=1&ticket=hunter2&b=2", "hunter2", "since=1&x=hunter2",
                            "SINCE=hunter2", "=hunter2", "a=b=hunter2", "&&hunter2&", "x=hunter2%26since=1"}) {
    const std::string line = access_log_line(exchange_of("/v1/ws", query));
    EXPECT_THAT(line, Not(HasSubstr("hunter2"))) << query;
    EXPECT_THAT(line, HasSubstr("***")) << query;
  }
}

TEST_F(AccessLogTest, a_line_is_json_whatever_the_path) {
  for (const std::string& path :
       {std::string("/\"}{\\"), std::string("/\xff\xfe"), std::string("/a\0b", 4), "/" + std::string(100'000, 'x')}) {
    const std::string line = access_log_line(exchange_of(path, path));
    EXPECT_TRUE(from_json<Value>(std::string_view(line).substr(0, line.size() - 1)).has_value()) << path.substr(0, 20);
    EXPECT_LT(line.size(), 4000u);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
  }
}

TEST_F(AccessLogTest, is_written_and_after_being_moved_away_to_a_new_file) {
  {
    const auto log = AccessLog::open({.file = path("access.log")});
    ASSERT_TRUE(log.has_value());
    (*log)->add(exchange_of("/one"));
    wait_for("access.log", "/one");
    std::filesystem::rename(path("access.log"), path("access.log.1"));
    (*log)->add(exchange_of("/two"));
    wait_for("access.log.1", "/two");
    (*log)->reopen();
    (*log)->add(exchange_of("/three"));
    EXPECT_EQ((*log)->stats().lines, 3u);
    EXPECT_EQ((*log)->stats().faults, 0u);
  }
  // The third came before or after the file was opened anew, and is in one of them.
  EXPECT_THAT(text_of("access.log") + text_of("access.log.1"), HasSubstr("/three"));
  EXPECT_TRUE(std::filesystem::exists(path("access.log")));
  struct stat facts {};
  ASSERT_EQ(::stat(path("access.log").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0007U, 0u);
}

TEST_F(AccessLogTest, that_cannot_be_opened_is_an_error) {
  const auto log = AccessLog::open({.file = path("nothing/access.log")});
  ASSERT_FALSE(log.has_value());
  EXPECT_THAT(log.error().primary, HasSubstr("nothing/access.log"));
}

TEST_F(AccessLogTest, keeps_the_old_file_where_no_new_one_can_be_had) {
  std::filesystem::create_directories(path("logs"));
  const auto log = AccessLog::open({.file = path("logs/access.log")});
  ASSERT_TRUE(log.has_value());
  std::filesystem::rename(path("logs"), path("old"));
  (*log)->reopen();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while ((*log)->stats().faults == 0 && std::chrono::steady_clock::now() < deadline) ::usleep(1000);
  EXPECT_EQ((*log)->stats().faults, 1u);
  (*log)->add(exchange_of("/one"));
  wait_for("old/access.log", "/one");
}

TEST_F(AccessLogTest, drops_and_counts_what_a_slow_disk_does_not_take_and_holds_up_nobody) {
  // A pipe that nobody reads is a disk that has stopped.
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const int reader = ::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  constexpr std::size_t kQueueBytes = 100'000;
  constexpr int kLines = 5'000;
  {
    const auto log = AccessLog::open({.file = path("pipe"), .queue_bytes_max = kQueueBytes});
    ASSERT_TRUE(log.has_value());
    for (int line = 0; line < kLines; ++line) (*log)->add(exchange_of("/" + std::string(100, 'x')));
    const AccessLog::Stats stats = (*log)->stats();
    EXPECT_GT(stats.dropped, 0u);
    EXPECT_GT(stats.lines, 0u);
    EXPECT_EQ(stats.lines + stats.dropped, static_cast<std::uint64_t>(kLines));
    // What was taken leaves as soon as the disk goes on.
    ASSERT_EQ(::fcntl(reader, F_SETFL, 0), 0);
    std::size_t arrived = 0;
    std::string bytes(64 * 1024, '\0');
    while (arrived < stats.lines) {
      const long count = ::read(reader, bytes.data(), bytes.size());
      ASSERT_GT(count, 0);
      arrived += static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + count, '\n'));
    }
    EXPECT_EQ(arrived, stats.lines);
    // A reader that goes is an error, and not the end of the process.
    ::close(reader);
    (*log)->add(exchange_of("/one"));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while ((*log)->stats().faults == 0 && std::chrono::steady_clock::now() < deadline) ::usleep(1000);
    EXPECT_EQ((*log)->stats().faults, 1u);
  }
}

}  // namespace
}  // namespace freshet::service
