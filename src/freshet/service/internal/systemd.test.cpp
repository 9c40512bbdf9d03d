// SPDX-License-Identifier: MIT
#include "freshet/service/internal/systemd.hpp"

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "freshet/base/ids.hpp"

namespace freshet::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kProcess = 4711;

Result<Systemd> from(const Systemd::Environment& environment) { return Systemd::from(environment, kProcess); }

std::string fault_of(const Systemd::Environment& environment) {
  const auto systemd = from(environment);
  return systemd ? "" : systemd.error().primary;
}

TEST(Systemd, gives_the_sockets_that_are_for_this_process) {
  EXPECT_THAT(from({})->listeners(), IsEmpty());
  EXPECT_THAT(from({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", "2"}})->listeners(), ElementsAre(3, 4));
  EXPECT_THAT(from({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", "0"}})->listeners(), IsEmpty());
  EXPECT_THAT(from({{"LISTEN_PID", "4712"}, {"LISTEN_FDS", "2"}})->listeners(), IsEmpty());
  EXPECT_THAT(from({{"LISTEN_PID", "4712"}, {"LISTEN_FDS", "nonsense"}})->listeners(), IsEmpty());
  EXPECT_THAT(from({{"LISTEN_FDS", "2"}})->listeners(), IsEmpty());
  EXPECT_THAT(from({{"LISTEN_PID", "4711"}})->listeners(), IsEmpty());
}

TEST(Systemd, is_read_strictly) {
  for (const char* number : {"", "-1", "+2", " 2", "2 ", "0x2", "02", "2.0", "65", "18446744073709551616"}) {
    EXPECT_THAT(fault_of({{"LISTEN_PID", "4711"}, {"LISTEN_FDS", number}}), HasSubstr("LISTEN_FDS")) << number;
  }
  for (const char* number : {"", "-4711", "4711x", "99999999999"}) {
    EXPECT_THAT(fault_of({{"LISTEN_PID", number}}), HasSubstr("LISTEN_PID")) << number;
    EXPECT_THAT(fault_of({{"WATCHDOG_PID", number}}), HasSubstr("WATCHDOG_PID")) << number;
  }
  for (const char* number : {"", "0", "1", "-5", "1s", "86400000001"}) {
    EXPECT_THAT(fault_of({{"WATCHDOG_USEC", number}}), HasSubstr("WATCHDOG_USEC")) << number;
  }
  EXPECT_THAT(fault_of({{"NOTIFY_SOCKET", "relative"}}), HasSubstr("NOTIFY_SOCKET"));
  EXPECT_THAT(fault_of({{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}}), HasSubstr("NOTIFY_SOCKET"));
  EXPECT_THAT(fault_of({{"NOTIFY_SOCKET", "@"}}), HasSubstr("NOTIFY_SOCKET"));
}

TEST(Systemd, wants_a_sign_of_life_in_half_of_its_time) {
  EXPECT_EQ(from({{"WATCHDOG_USEC", "30000000"}})->watchdog_period(), std::chrono::seconds(15));
  EXPECT_EQ(from({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "4711"}})->watchdog_period(),
            std::chrono::seconds(15));
  EXPECT_EQ(from({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}})->watchdog_period(), std::nullopt);
  EXPECT_EQ(from({})->watchdog_period(), std::nullopt);
}

/// Who listens on a NOTIFY_SOCKET; `name` as in the variable.
struct Manager {
  explicit Manager(const std::string& name) : descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0) throw std::runtime_error("bind");
  }
  ~Manager() { ::close(descriptor); }

  std::string heard() const {
    std::string text(256, '\0');
    const long size = ::recv(descriptor, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

  int descriptor;
};

TEST(Systemd, is_told_by_path_and_by_abstract_name) {
  const auto folder = std::filesystem::temp_directory_path() / random_token("freshet-systemd-");
  std::filesystem::create_directories(folder);
  for (const std::string& name : {(folder / "notify").string(), "@" + random_token("freshet-notify-")}) {
    const Manager manager(name);
    const auto systemd = from({{"NOTIFY_SOCKET", name}});
    systemd->notify("READY=1");
    EXPECT_EQ(manager.heard(), "READY=1") << name;
    systemd->notify("STOPPING=1");
    EXPECT_EQ(manager.heard(), "STOPPING=1") << name;
    EXPECT_EQ(manager.heard(), "");
  }
  std::filesystem::remove_all(folder);
}

TEST(Systemd, that_is_not_there_hurts_nobody) {
  Systemd().notify("READY=1");
  from({{"NOTIFY_SOCKET", "/nonexistent/notify"}})->notify("READY=1");
  from({{"NOTIFY_SOCKET", ""}})->notify("READY=1");
}

}  // namespace
}  // namespace freshet::service
