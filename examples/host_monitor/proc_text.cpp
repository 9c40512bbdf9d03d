// SPDX-License-Identifier: MIT
#include "proc_text.hpp"

#include <algorithm>
#include <charconv>

namespace host_monitor {
namespace {

constexpr std::uint64_t kSectorBytes = 512;  // the unit of /proc/diskstats, whatever the device itself uses

/// Walks through a text; at its end every answer is empty or zero.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }

  std::string_view up_to(char end) {
    const auto found = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(std::min(found.size() + 1, rest_.size()));
    return found;
  }
  std::string_view line() { return up_to('\n'); }

  std::string_view word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
    const auto found = rest_.substr(0, rest_.find_first_of(" \t\n"));
    rest_.remove_prefix(found.size());
    return found;
  }
  void skip_words(int count) {
    while (count-- > 0) word();
  }

  template <class Number = std::uint64_t> Number number() {
    const auto text = word();
    Number value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

 private:
  std::string_view rest_;
};

template <std::size_t N> bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool stands_for_another_disk(std::string_view disk) {
  constexpr std::array<std::string_view, 5> prefixes{"loop", "ram", "zram", "dm-", "md"};
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return disk.starts_with(prefix); });
}

/// Undoes the escapes of /proc/mounts: a blank in a path is written as \040.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '\\' && i + 3 < text.size() && std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3) {
      result += static_cast<char>(code);
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

bool is_worth_watching(const Mount& mount) {
  constexpr std::array<std::string_view, 14> elsewhere{"nfs",   "nfs4",    "cifs",   "smb3",    "9p",
                                                       "afs",   "ceph",    "sshfs",  "fuse",    "autofs",
                                                       "erofs", "iso9660", "cramfs", "squashfs"};
  if (is_one_of(mount.type, elsewhere) || mount.type.starts_with("fuse.")) return false;
  return mount.path == "/" || mount.device.starts_with('/') || mount.type == "zfs";
}

/// How many bytes at the front of `bytes` are one well-formed UTF-8 character; 0 if there is none.
std::size_t utf8_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || bytes.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond_unicode = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

}  // namespace

std::vector<CpuTicks> parse_cpu_ticks(std::string_view stat) {
  std::vector<CpuTicks> result;
  for (Scanner lines(stat); !lines.done();) {
    Scanner line(lines.line());
    const auto name = line.word();
    if (!name.starts_with("cpu")) continue;
    CpuTicks cpu{.cpu = name == "cpu" ? "all" : std::string(name)};
    cpu.user = line.number();
    cpu.user += line.number();  // nice
    cpu.system = line.number();
    cpu.idle = line.number();
    cpu.io_wait = line.number();
    cpu.system += line.number();  // irq
    cpu.system += line.number();  // softirq
    cpu.stolen = line.number();   // what guests used comes after it, and is part of user already
    result.push_back(std::move(cpu));
  }
  return result;
}

MemoryBytes parse_memory(std::string_view meminfo) {
  MemoryBytes memory;
  std::uint64_t free = 0;
  std::uint64_t buffers = 0;
  std::optional<std::uint64_t> available;
  for (Scanner lines(meminfo); !lines.done();) {
    Scanner line(lines.line());
    const auto name = line.up_to(':');
    const auto bytes = line.number() * 1024;
    if (name == "MemTotal") memory.total = bytes;
    if (name == "MemFree") free = bytes;
    if (name == "MemAvailable") available = bytes;
    if (name == "Buffers") buffers = bytes;
    if (name == "Cached") memory.cached = bytes;
    if (name == "SwapTotal") memory.swap_total = bytes;
    if (name == "SwapFree") memory.swap_free = bytes;
  }
  memory.cached += buffers;
  memory.available = std::min(memory.total, available.value_or(free + memory.cached));
  return memory;
}

LoadAverage parse_load_average(std::string_view loadavg) {
  Scanner words(loadavg);
  LoadAverage result;
  for (double& load : result.load) load = words.number<double>();
  Scanner counts(words.word());
  Scanner running(counts.up_to('/'));
  result.running_count = running.number();
  result.thread_count = counts.number();
  return result;
}

double parse_uptime(std::string_view uptime) { return Scanner(uptime).number<double>(); }

std::vector<DiskCounters> parse_disks(std::string_view diskstats) {
  std::vector<DiskCounters> result;
  for (Scanner lines(diskstats); !lines.done();) {
    Scanner line(lines.line());
    line.skip_words(2);  // device numbers
    DiskCounters disk{.disk = std::string(line.word())};
    line.skip_words(2);  // reads, merged
    disk.read_bytes = line.number() * kSectorBytes;
    line.skip_words(3);  // time reading; writes, merged
    disk.written_bytes = line.number() * kSectorBytes;
    line.skip_words(2);  // time writing; in flight
    disk.busy_ms = line.number();
    const bool unused = disk.read_bytes == 0 && disk.written_bytes == 0;
    if (!unused && !stands_for_another_disk(disk.disk)) result.push_back(std::move(disk));
  }
  return result;
}

std::vector<InterfaceCounters> parse_interfaces(std::string_view net_dev) {
  std::vector<InterfaceCounters> result;
  for (Scanner lines(net_dev); !lines.done();) {
    const auto text = lines.line();
    // The name may hold colons itself ("eth0:1"), and the first number may touch the last of them.
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) continue;
    InterfaceCounters interface { .interface = std::string(Scanner(text.substr(0, colon)).word()) };
    Scanner numbers(text.substr(colon + 1));
    interface.received_bytes = numbers.number();
    numbers.skip_words(1);  // packets
    interface.error_count = numbers.number();
    interface.error_count += numbers.number();  // drops
    numbers.skip_words(4);                      // fifo, frame, compressed, multicast
    interface.sent_bytes = numbers.number();
    numbers.skip_words(1);
    interface.error_count += numbers.number();
    interface.error_count += numbers.number();
    if (interface.received_bytes + interface.sent_bytes > 0) result.push_back(std::move(interface));
  }
  return result;
}

std::vector<Mount> parse_mounts(std::string_view mounts) {
  std::vector<Mount> result;
  for (Scanner lines(mounts); !lines.done();) {
    Scanner line(lines.line());
    Mount mount;
    mount.device = unescaped(line.word());
    mount.path = unescaped(line.word());
    mount.type = line.word();
    if (!is_worth_watching(mount)) continue;
    const auto same = std::find_if(result.begin(), result.end(), [&](const Mount& other) {
      return other.path == mount.path || (other.device == mount.device && mount.device.starts_with('/'));
    });
    if (same == result.end()) {
      result.push_back(std::move(mount));
    } else if (same->path == mount.path || mount.path.size() < same->path.size()) {
      *same = std::move(mount);  // a later mount hides an earlier one at the same path
    }
  }
  return result;
}

std::optional<ProcessTicks> parse_process(std::string_view stat) {
  // The name stands in parentheses and may hold any byte, parentheses and line ends included; the last one ends it.
  const auto open = stat.find('(');
  const auto close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  ProcessTicks process{.pid = Scanner(stat.substr(0, open)).number<int>(),
                       .name = std::string(stat.substr(open + 1, close - open - 1))};
  Scanner words(stat.substr(close + 1));
  const auto state = words.word();
  if (process.pid <= 0 || state.size() != 1) return std::nullopt;
  process.state = state.front();
  words.skip_words(10);  // parent, group, session, terminal and its group, flags, four counts of page faults
  process.cpu_ticks = words.number();
  process.cpu_ticks += words.number();  // system
  words.skip_words(4);                  // of its children, priority, nice
  process.thread_count = words.number();
  words.skip_words(1);
  process.start_ticks = words.number();
  words.skip_words(1);  // virtual size
  process.resident_pages = words.number();
  return process;
}

std::string parse_command_line(std::string_view cmdline, std::size_t bytes_max) {
  cmdline = cmdline.substr(0, bytes_max);
  cmdline = cmdline.substr(0, cmdline.find_last_not_of('\0') + 1);
  std::string result(cmdline);
  std::replace(result.begin(), result.end(), '\0', ' ');
  return result;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const auto word = Scanner(text).word();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::string printable(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto length = utf8_length(bytes);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
    } else if (length == 1 && (static_cast<unsigned char>(bytes[0]) < 0x20 || bytes[0] == 0x7F)) {
      result += ' ';
    } else {
      result += bytes.substr(0, length);
    }
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

}  // namespace host_monitor
