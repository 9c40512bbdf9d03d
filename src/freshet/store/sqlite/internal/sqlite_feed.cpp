// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/sqlite_feed.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/store/sqlite/internal/errors.hpp"
#include "freshet/store/sqlite/internal/schema.hpp"

namespace freshet::store::sqlite {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kPause{250};

}  // namespace

SqliteFeed::SqliteFeed(std::shared_ptr<Core> core, FeedOptions options, FeedReceiver receiver)
    : core_(std::move(core)), options_(std::move(options)), receiver_(std::move(receiver)) {}

SqliteFeed::~SqliteFeed() {
  FRESHET_ASSERT(std::this_thread::get_id() != thread_.get_id());
  is_stopped_ = true;
  {
    const std::lock_guard lock(connection_mutex_);
    if (connection_ != nullptr) connection_->interrupt();
  }
  core_->wake.notify();
  if (thread_.joinable()) thread_.join();
}

Result<void> SqliteFeed::start() {
  if (auto open = be_open(); !open) return open;
  if (auto checked = reader_->check(); !checked) return checked;
  if (auto found = find_beginning(); !found) return found;
  thread_ = std::thread([this] { loop(); });
  return {};
}

Result<void> SqliteFeed::find_beginning() {
  if (!options_.after || options_.after->text.empty()) return {};
  if (*options_.after == Position::now()) {
    const auto last = last_number(*connection_);
    if (!last) return fail(last.error());
    number_ = *last;
    return {};
  }
  if (options_.after->epoch() == epoch_) number_ = options_.after->number();
  is_reset_due_ = !number_;
  return {};
}

void SqliteFeed::loop() {
  std::uint64_t seen = core_->wake.count();
  while (!is_stopped_ && !has_ended_) {
    const auto done = catch_up();
    if (is_stopped_ || has_ended_) return;
    if (done) {
      trouble_.reset();
      wait_for_changes(seen);
    } else {
      tell(done.error());
      pause_after_trouble();
    }
  }
}

Result<void> SqliteFeed::catch_up() {
  if (auto open = be_open(); !open) return open;
  const auto version = connection_->integer("PRAGMA data_version");
  if (!version) return fail(version.error());
  data_version_ = *version;  // before reading: what comes while we read is found the next time
  if (!number_) {
    if (auto taken = take_snapshot(); !taken) return taken;
  }
  while (!is_stopped_ && !has_ended_) {
    const auto more = take_commits();
    if (!more) return fail(more.error());
    if (!*more) return {};
  }
  return {};
}

Result<void> SqliteFeed::be_open() {
  const bool is_usable =
      connection_ != nullptr && (!trouble_ || !is_about_file(*trouble_)) && !connection_->has_moved();
  if (is_usable) return {};
  {
    const std::lock_guard lock(connection_mutex_);
    reader_.reset();
    connection_.reset();
  }
  auto opened = core_->connect(Role::read, is_stopped_);
  if (!opened) return fail(std::move(opened.error()));
  auto epoch = read_epoch(**opened);
  if (!epoch) return fail(std::move(epoch.error()));
  if (!epoch_.empty() && epoch_ != *epoch) {  // another database lies there now
    number_.reset();
    is_reset_due_ = true;
  }
  epoch_ = *std::move(epoch);
  const std::lock_guard lock(connection_mutex_);
  connection_ = *std::move(opened);
  reader_.emplace(*connection_, options_.tables);
  return {};
}

Result<void> SqliteFeed::take_snapshot() {
  if (is_reset_due_) {
    if (auto told = deliver({.kind = Batch::Kind::reset, .changes = {}, .position = {}, .committed_at = {}}); !told) {
      return told;
    }
    is_reset_due_ = false;
  }
  bool is_begun = false;
  const auto number = reader_->snapshot(options_.snapshot_rows, [&](Batch batch) {
    is_begun = true;
    return deliver(std::move(batch));
  });
  if (!number) {
    is_reset_due_ = is_begun;  // what was handed out of it is void
    return fail(number.error());
  }
  number_ = *number;
  return deliver(
      {.kind = Batch::Kind::snapshot_end, .changes = {}, .position = position(), .committed_at = core_->now()});
}

Result<bool> SqliteFeed::take_commits() {
  auto page = reader_->read_after(*number_, std::max<std::size_t>(options_.commit_changes, 1));
  if (!page) return fail(std::move(page.error()));
  if (page->is_lost) {
    number_.reset();
    is_reset_due_ = true;
    if (auto taken = take_snapshot(); !taken) return fail(std::move(taken.error()));
    return true;
  }
  if (page->is_end) return false;
  number_ = page->last;
  auto taken = deliver({.kind = Batch::Kind::commit,
                        .changes = std::move(page->changes),
                        .position = position(),
                        .committed_at = page->committed_at});
  if (!taken) return fail(std::move(taken.error()));
  return true;
}

Result<void> SqliteFeed::deliver(Batch batch) {
  if (is_stopped_) {
    return fail(ErrorCode::unavailable, "the feed is being stopped");
  }
  Result<void> taken;
  try {
    taken = receiver_.on_batch(std::move(batch));
  } catch (const std::exception& exception) {
    taken = fail(ErrorCode::internal, "who follows a feed threw an exception", exception.what());
    if (receiver_.on_trouble) receiver_.on_trouble(taken.error());
  }
  if (!taken) has_ended_ = true;
  return taken;
}

// Once for each kind of trouble, not at each attempt.
void SqliteFeed::tell(const Error& error) {
  const bool is_known = trouble_ && trouble_->primary == error.primary;
  trouble_ = error;
  if (!is_known && receiver_.on_trouble) receiver_.on_trouble(error);
}

void SqliteFeed::wait_for_changes(std::uint64_t& seen) {
  while (!is_stopped_) {
    const std::uint64_t count = core_->wake.wait(seen, core_->options.poll_interval);
    if (count != seen) {
      seen = count;
      return;
    }
    if (connection_->has_moved()) return;
    const auto version = connection_->integer("PRAGMA data_version");
    if (!version || *version != data_version_) return;
  }
}

void SqliteFeed::pause_after_trouble() {
  const auto until = std::chrono::steady_clock::now() + kPause;
  std::uint64_t seen = core_->wake.count();
  while (!is_stopped_ && std::chrono::steady_clock::now() < until) {
    seen = core_->wake.wait(
        seen, std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now()) + milliseconds(1));
  }
}

}  // namespace freshet::store::sqlite
