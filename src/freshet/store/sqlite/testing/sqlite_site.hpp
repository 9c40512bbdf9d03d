// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/store/backend.hpp"
#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/testing/calls.hpp"
#include "freshet/store/testing/conformance.hpp"

namespace freshet::store::testing {

/// A folder of its own below the system's temporary one, gone with this.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A small file system in memory, with so much room and no more; gone with this. Only root may make one.
class SmallDisk {
 public:
  /// Nothing where this process may not mount.
  static std::unique_ptr<SmallDisk> make(std::size_t bytes);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  std::string file(const std::string& name) const { return folder_.file(name); }
  bool set_read_only(bool is_read_only);

 private:
  SmallDisk() = default;

  TemporaryFolder folder_;
};

/// A place for a SQLite store.
class SqliteSite final : public Site {
 public:
  std::unique_ptr<Backend> open(const Limits& limits) override;
  std::string file() const { return folder_.file("store.db"); }

 private:
  TemporaryFolder folder_;
};

std::unique_ptr<Site> make_sqlite_site();

/// Opens a store with the tables of City and Counter.
std::unique_ptr<Backend> open_prepared(const std::string& file, const SqliteOptions& options = {});
/// Runs SQL as another program would: with the sqlite3 shell, as a process of its own. Returns its output and whether
/// it succeeded.
std::pair<std::string, bool> run_shell(const std::string& file, const std::string& sql);

}  // namespace freshet::store::testing
