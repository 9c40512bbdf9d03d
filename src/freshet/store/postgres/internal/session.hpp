// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/cell.hpp"
#include "freshet/store/postgres/internal/link.hpp"

namespace freshet::store::postgres {

/// The parameters of a statement, as text; the server knows from the statement what they are.
class Parameters {
 public:
  Parameters() = default;
  /// Errors: invalid_argument for text with NUL.
  Result<void> add(const Cell& cell);
  void add_text(std::string_view text) { values_.emplace_back(text); }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

/// A connection that runs statements in pipelines: what is queued travels in one round trip. Statements are prepared
/// the first time and kept, the least recently used given up.
///
/// Thread safety: as Link.
class Session {
 public:
  static constexpr std::size_t kPreparedMax = 200;

  /// Errors: as Link::open().
  static Result<Session> open(const Target& target, const Target::Parameters& settings, const StopSignal& stop,
                              std::chrono::milliseconds timeout);

  /// Adds a statement to the pipeline; nothing is told of its outcome before run_queue(). `is_kept` prepares it.
  void queue(const std::string& sql, const Parameters& parameters = {}, bool is_kept = true);

  /// Sends what is queued and waits for all of it: what each statement gave, in order. A statement that fails takes
  /// with it all that are queued after it.
  /// Errors: of the first that failed.
  Result<std::vector<Rows>> run_queue();

  /// queue() and run_queue(); the rows of this statement.
  Result<Rows> run(const std::string& sql, const Parameters& parameters = {}, bool is_kept = true);

  /// How many statements are queued.
  std::size_t queued() const { return queued_; }
  /// How many statements of the last run_queue() succeeded.
  std::size_t succeeded() const { return succeeded_; }
  /// Ends whatever transaction is open, and drops what is queued. Errors: unavailable.
  Result<void> roll_back();
  bool is_lost() const { return link_.is_lost(); }
  Link& link() { return link_; }

 private:
  struct Prepared {
    std::string sql;
    std::string name;
  };
  // One result that the server owes.
  struct Pending {
    enum class Kind { execute, prepare, release } kind = Kind::execute;
    std::string sql{};  // of a prepare
  };

  explicit Session(Link link) : link_(std::move(link)) {}

  const std::string& prepare(const std::string& sql);
  void forget(const std::string& sql);
  void note(bool is_sent);
  /// Takes the result of one pending item.
  Result<std::optional<Error>> take(const Pending& pending, std::vector<Rows>& rows);
  Result<void> take_sync();

  Link link_;
  std::vector<Pending> pending_;
  bool send_failed_ = false;
  std::size_t queued_ = 0;
  std::size_t succeeded_ = 0;
  std::list<Prepared> prepared_;                                                // most recently used first
  std::unordered_map<std::string_view, std::list<Prepared>::iterator> by_sql_;  // keys: of prepared_
  std::size_t names_ = 0;
};

}  // namespace freshet::store::postgres
