// SPDX-License-Identifier: MIT
#include "text_directory.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace host_monitor {
namespace {

constexpr std::size_t kFirstBufferBytes = 16 * 1024;

}  // namespace

TextDirectory::TextDirectory(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), buffer_(kFirstBufferBytes, '\0') {}

TextDirectory::~TextDirectory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string_view TextDirectory::read(const std::string& path) {
  const int file = ::openat(descriptor_, path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  std::size_t size = 0;
  for (;;) {
    if (size == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const auto got = ::read(file, buffer_.data() + size, buffer_.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(file);
  return std::string_view(buffer_).substr(0, size);
}

std::string TextDirectory::read_line(const std::string& path) {
  const auto text = read(path);
  return std::string(text.substr(0, text.find('\n')));
}

std::vector<std::string> TextDirectory::list(const std::string& path) const {
  std::vector<std::string> names;
  const int descriptor = ::openat(descriptor_, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(descriptor), ::closedir);
  while (const auto* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

bool TextDirectory::contains(const std::string& path) const {
  return ::faccessat(descriptor_, path.c_str(), F_OK, 0) == 0;
}

std::optional<uid_t> TextDirectory::owner(const std::string& path) const {
  struct stat status {};
  if (::fstatat(descriptor_, path.c_str(), &status, 0) != 0) return std::nullopt;
  return status.st_uid;
}

}  // namespace host_monitor
