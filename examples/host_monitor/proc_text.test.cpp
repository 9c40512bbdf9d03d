// SPDX-License-Identifier: MIT
#include "proc_text.hpp"

#include <gmock/gmock.h>

namespace host_monitor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ProcText, reads_the_ticks_of_each_cpu_and_of_all) {
  const auto cpus = parse_cpu_ticks(
      "cpu  300 20 100 5000 40 1 2 3 250 0\n"
      "cpu0 150 10 50 2500 20 1 1 3 125 0\n"
      "cpu1 150 10 50 2500 20 0 1 0 125 0\n"
      "intr 227705 0 0 0\nctxt 456586\n");
  EXPECT_THAT(cpus,
              ElementsAre(CpuTicks{.cpu = "all", .user = 320, .system = 103, .io_wait = 40, .idle = 5000, .stolen = 3},
                          CpuTicks{.cpu = "cpu0", .user = 160, .system = 52, .io_wait = 20, .idle = 2500, .stolen = 3},
                          CpuTicks{.cpu = "cpu1", .user = 160, .system = 51, .io_wait = 20, .idle = 2500}));
}

TEST(ProcText, takes_missing_columns_of_an_old_kernel_as_zero) {
  EXPECT_THAT(parse_cpu_ticks("cpu0 1 2 3 4"), ElementsAre(CpuTicks{.cpu = "cpu0", .user = 3, .system = 3, .idle = 4}));
}

TEST(ProcText, reads_memory_in_bytes) {
  const auto memory = parse_memory(
      "MemTotal:       1000 kB\nMemFree:         200 kB\nMemAvailable:    600 kB\nBuffers:          50 kB\n"
      "Cached:          300 kB\nSwapCached:        7 kB\nSwapTotal:       100 kB\nSwapFree:         90 "
      "kB\nHugePages_Total:  0\n");
  EXPECT_EQ(
      memory,
      (MemoryBytes{
          .total = 1'024'000, .available = 614'400, .cached = 358'400, .swap_total = 102'400, .swap_free = 92'160}));
}

TEST(ProcText, guesses_what_is_available_where_the_kernel_does_not_say) {
  const auto memory = parse_memory("MemTotal: 1000 kB\nMemFree: 200 kB\nBuffers: 50 kB\nCached: 300 kB\n");
  EXPECT_EQ(memory.available, 550 * 1024u);
}

TEST(ProcText, never_has_more_memory_available_than_there_is) {
  EXPECT_EQ(parse_memory("MemTotal: 100 kB\nMemAvailable: 900 kB\n").available, 100 * 1024u);
}

TEST(ProcText, reads_the_load_and_the_uptime) {
  EXPECT_EQ(parse_load_average("0.18 1.50 12.04 3/93 8476\n"),
            (LoadAverage{.load = {0.18, 1.5, 12.04}, .running_count = 3, .thread_count = 93}));
  EXPECT_EQ(parse_uptime("1836.61 3571.93\n"), 1836.61);
}

TEST(ProcText, reads_the_disks_that_do_the_work) {
  const auto disks = parse_disks(
      "   7       0 loop0 5 0 10 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
      " 254       0 vda 52170 9632 1000 12738 30927 9868 2000 4527 0 7532 17668 4510 37 553232 326 1956 75\n"
      " 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11\n"
      " 253       0 dm-0 1 2 3 4 5 6 7 8 9 10 11\n"
      " 254      16 vdb 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  EXPECT_THAT(
      disks,
      ElementsAre(DiskCounters{.disk = "vda", .read_bytes = 512'000, .written_bytes = 1'024'000, .busy_ms = 7532},
                  DiskCounters{.disk = "nvme0n1", .read_bytes = 1536, .written_bytes = 3584, .busy_ms = 10}));
}

TEST(ProcText, reads_the_interfaces_that_ever_carried_anything) {
  const auto interfaces = parse_interfaces(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier "
      "compressed\n"
      "    lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0 "
      "         0\n"
      "  ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0 "
      "         0\n"
      "eth0:1:207936288 4055    1    2    0     0          0         0   198187    2573    3    4    0     0       0   "
      "       0\n");
  EXPECT_THAT(
      interfaces,
      ElementsAre(InterfaceCounters{.interface = "lo", .received_bytes = 3193, .sent_bytes = 3193},
                  InterfaceCounters{
                      .interface = "eth0:1", .received_bytes = 207'936'288, .sent_bytes = 198'187, .error_count = 10}));
}

TEST(ProcText, watches_file_systems_on_local_disks_and_the_root) {
  const auto mounts = parse_mounts(
      "proc /proc proc rw 0 0\n"
      "overlay / overlay rw 0 0\n"
      "/dev/sda1 /data ext4 rw 0 0\n"
      "/dev/sda1 /srv/bound/again ext4 rw 0 0\n"
      "/dev/sdb1 /media/my\\040disk vfat rw 0 0\n"
      "/dev/loop3 /snap/core squashfs ro 0 0\n"
      "server:/export /net nfs4 rw 0 0\n"
      "//server/share /share cifs rw 0 0\n"
      "me@host: /home/me/far fuse.sshfs rw 0 0\n"
      "tmpfs /run tmpfs rw 0 0\n");
  EXPECT_THAT(mounts, ElementsAre(Mount{"overlay", "/", "overlay"}, Mount{"/dev/sda1", "/data", "ext4"},
                                  Mount{"/dev/sdb1", "/media/my disk", "vfat"}));
}

TEST(ProcText, names_a_device_once_and_a_path_by_what_was_mounted_last) {
  EXPECT_THAT(parse_mounts("/dev/a /mnt/deep ext4 rw 0 0\n/dev/a /m ext4 rw 0 0\n"),
              ElementsAre(Mount{"/dev/a", "/m", "ext4"}));
  EXPECT_THAT(parse_mounts("rootfs / rootfs rw 0 0\n/dev/b / xfs rw 0 0\n"), ElementsAre(Mount{"/dev/b", "/", "xfs"}));
}

struct OddName {
  const char* text;
  const char* name;
};
class OddProcessNames : public testing::TestWithParam<OddName> {};

TEST_P(OddProcessNames, do_not_shift_the_fields_after_them) {
  const std::string after = " S 8470 8470 3880 0 -1 4194304 98 0 0 0 30 12 0 0 20 0 4 0 183661 3133440 359 184467";
  const auto process = parse_process("8476 (" + std::string(GetParam().text) + ")" + after);
  ASSERT_TRUE(process);
  EXPECT_EQ(*process, (ProcessTicks{.pid = 8476,
                                    .name = GetParam().name,
                                    .state = 'S',
                                    .cpu_ticks = 42,
                                    .thread_count = 4,
                                    .start_ticks = 183661,
                                    .resident_pages = 359}));
}
INSTANTIATE_TEST_SUITE_P(ProcText, OddProcessNames,
                         testing::Values(OddName{"cat", "cat"}, OddName{"Web Content", "Web Content"}, OddName{"", ""},
                                         OddName{"(sd-pam)", "(sd-pam)"}, OddName{") R 1 (", ") R 1 ("},
                                         OddName{"line\nend", "line\nend"}, OddName{"\xff", "\xff"}));

TEST(ProcText, knows_no_process_in_text_that_holds_none) {
  for (const char* text : {"", "12", "12 (cut", "12 )cut(", "(no pid) S", "12 (x)", "x (y) S 1", "-3 (x) S 1"}) {
    EXPECT_FALSE(parse_process(text)) << text;
  }
}

TEST(ProcText, joins_the_arguments_of_a_command) {
  EXPECT_EQ(parse_command_line(std::string_view("/bin/sh\0-c\0echo  a\0", 19), 100), "/bin/sh -c echo  a");
  EXPECT_EQ(parse_command_line(std::string_view("/bin/sh\0-c\0", 11), 9), "/bin/sh -");
  EXPECT_EQ(parse_command_line("", 100), "");
}

TEST(ProcText, makes_any_bytes_printable) {
  EXPECT_EQ(printable("kworker/0:1"), "kworker/0:1");
  EXPECT_EQ(printable("Grüße 😀"), "Grüße 😀");
  EXPECT_EQ(printable("a\nb\tc\x7f"), "a b c ");
  EXPECT_EQ(printable("\xff|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82"),
            "\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD");
}

TEST(ProcText, reads_a_number_that_stands_alone) {
  EXPECT_EQ(parse_integer("-5000\n"), -5000);
  EXPECT_EQ(parse_integer("42"), 42);
  EXPECT_EQ(parse_integer(""), std::nullopt);
  EXPECT_EQ(parse_integer("N/A"), std::nullopt);
  EXPECT_EQ(parse_integer("12x"), std::nullopt);
}

TEST(ProcText, takes_a_counter_that_went_back_as_not_grown) {
  EXPECT_EQ(grown(7, 5), 2u);
  EXPECT_EQ(grown(5, 5), 0u);
  EXPECT_EQ(grown(3, 4'294'967'290), 0u);
}

TEST(ProcText, finds_nothing_in_nothing) {
  EXPECT_THAT(parse_cpu_ticks(""), IsEmpty());
  EXPECT_EQ(parse_memory(""), MemoryBytes{});
  EXPECT_EQ(parse_load_average(""), LoadAverage{});
  EXPECT_EQ(parse_uptime(""), 0);
  EXPECT_THAT(parse_disks("\n\n"), IsEmpty());
  EXPECT_THAT(parse_interfaces("garbage"), IsEmpty());
  EXPECT_THAT(parse_mounts("\n"), IsEmpty());
}

}  // namespace
}  // namespace host_monitor
