// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/testing/sqlite_site.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/mount.h>

#include <gtest/gtest.h>

namespace freshet::store::testing {

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "freshet_sqlite_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<SmallDisk> SmallDisk::make(std::size_t bytes) {
  std::unique_ptr<SmallDisk> disk(new SmallDisk);
  const std::string options = "size=" + std::to_string(bytes);
  if (mount("freshet", disk->folder_.path().c_str(), "tmpfs", 0, options.c_str()) != 0) return nullptr;
  return disk;
}

SmallDisk::~SmallDisk() { umount2(folder_.path().c_str(), MNT_DETACH); }

bool SmallDisk::set_read_only(bool is_read_only) {
  const unsigned long read_only = MS_RDONLY;
  const unsigned long flags = MS_REMOUNT | (is_read_only ? read_only : 0UL);
  return mount("freshet", folder_.path().c_str(), "tmpfs", flags, nullptr) == 0;
}

std::unique_ptr<Backend> SqliteSite::open(const Limits& limits) {
  auto opened = open_sqlite(file(), {.limits = limits});
  EXPECT_TRUE(opened.has_value()) << to_string(opened.error());
  return opened ? *std::move(opened) : nullptr;
}

std::unique_ptr<Site> make_sqlite_site() { return std::make_unique<SqliteSite>(); }

std::unique_ptr<Backend> open_prepared(const std::string& file, const SqliteOptions& options) {
  auto opened = open_sqlite(file, options);
  EXPECT_TRUE(opened.has_value()) << to_string(opened.error());
  if (!opened) return nullptr;
  const Table* const tables[] = {&table_of<City>(), &table_of<Counter>()};
  const auto prepared = (*opened)->prepare(tables);
  EXPECT_TRUE(prepared.has_value()) << to_string(prepared.error());
  return *std::move(opened);
}

std::pair<std::string, bool> run_shell(const std::string& file, const std::string& sql) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("in.sql")) << sql;
  const std::string command = "sqlite3 -batch -bail '" + file + "' < '" + folder.file("in.sql") + "' 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {"the shell cannot be started", false};
  std::string out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  return {out, pclose(pipe) == 0};
}

}  // namespace freshet::store::testing
