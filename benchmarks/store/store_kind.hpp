// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::bench {

/// The document that everything is measured with: a handful of columns, some 150 bytes.
struct Place {
  std::string id;
  std::string name;
  std::string country;
  std::int64_t people = 0;
  double area = 0;
  bool capital = false;
  std::vector<std::string> regions;
};
constexpr auto describe(freshet::of<Place>) {
  return freshet::model("places", freshet::key<&Place::id>(), freshet::field<&Place::name>(),
                        freshet::field<&Place::country>(), freshet::field<&Place::people>(),
                        freshet::field<&Place::area>(), freshet::field<&Place::capital>(),
                        freshet::field<&Place::regions>());
}

/// A place by its number, and the write that sets it. Another `people` makes it another document.
store::Write write_of(std::uint64_t number, std::int64_t people);

/// What is written and how: so many documents are there; `group` transactions of `writes` writes each share a commit.
struct Load {
  std::uint64_t documents = 0;
  std::uint64_t group = 1;
  std::uint64_t writes = 1;
  double seconds = 1;
};

/// The same by hand: a loop over the statements that the store runs, with as many durable commits, on its own schema.
class Floor {
 public:
  virtual ~Floor() = default;
  /// Returns writes per second. `with_log`: the change log is written too; without it only the documents are.
  virtual double writes_per_second(const Load& load, bool with_log) = 0;
  struct Seen {
    std::chrono::steady_clock::time_point committed_at;
    std::chrono::steady_clock::time_point seen_at;
  };
  /// Commits one write and reads it back from the change log.
  virtual Seen write_and_see(std::uint64_t number, std::int64_t people) = 0;
  /// Reads all documents; returns how many a second.
  virtual double rows_per_second() = 0;
};

/// A kind of store under test: a place for one, and the floor on the same place.
class StoreKind {
 public:
  virtual ~StoreKind() = default;
  virtual const char* name() const = 0;
  /// Opens it, with the table prepared. One at a time, and not while the floor is there.
  virtual std::unique_ptr<store::Backend> open() = 0;
  virtual std::unique_ptr<Floor> floor() = 0;
};

/// In a file of its own in `folder`, which has to be on the disk that is meant.
std::unique_ptr<StoreKind> make_sqlite_kind(const std::string& folder);
/// On a private server in the folder for temporary files. Errors: throws where PostgreSQL's server is not installed.
std::unique_ptr<StoreKind> make_postgres_kind();

}  // namespace freshet::bench
