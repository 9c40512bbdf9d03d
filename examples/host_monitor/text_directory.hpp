// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace host_monitor {

/// Small text files below one directory, read through one buffer; made for /proc and /sys, where files come and go.
///
/// Paths are relative to the directory; "." is the directory itself.
class TextDirectory {
 public:
  explicit TextDirectory(const std::filesystem::path& path);
  ~TextDirectory();
  TextDirectory(const TextDirectory&) = delete;
  TextDirectory& operator=(const TextDirectory&) = delete;

  /// Reads a whole file; empty if it is not there or vanishes meanwhile. The view is good until the next call.
  std::string_view read(const std::string& path);
  /// The first line of a file.
  std::string read_line(const std::string& path);
  /// Names what is in a subdirectory, unsorted; nothing if it is not there.
  std::vector<std::string> list(const std::string& path) const;
  bool contains(const std::string& path) const;
  std::optional<uid_t> owner(const std::string& path) const;

 private:
  int descriptor_;
  std::string buffer_;
};

}  // namespace host_monitor
