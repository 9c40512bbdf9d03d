// SPDX-License-Identifier: MIT
#include "freshet/service/auth/key_ring.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/net/fetch.hpp"

namespace freshet::auth {
namespace {

constexpr auto kFileInterval = std::chrono::seconds(1);

Result<std::string> contents(const std::string& path, Bytes bytes_max) {
  std::ifstream file(path, std::ios::binary);
  std::string text(bytes_max + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && !file.good()) return fail(ErrorCode::unavailable, "cannot read " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) return fail(ErrorCode::too_large, path + " is too long");
  return text;
}

tl::unexpected<Error> in(const std::string& where, Error error) {
  error.primary = where + ": " + error.primary;
  return fail(std::move(error));
}

}  // namespace

KeyFetcher::KeyFetcher(const AuthOptions& options, std::function<void(Result<std::string>)> deliver)
    : url_(options.jwks_url),
      ca_file_(options.jwks_ca_file),
      timeout_(options.jwks_timeout),
      deliver_(std::move(deliver)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

KeyFetcher::~KeyFetcher() {
  thread_.request_stop();
  thread_.join();
}

void KeyFetcher::ask() {
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  asked_changed_.notify_one();
}

void KeyFetcher::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!asked_changed_.wait(lock, stop, [this] { return asked_; })) return;
      asked_ = false;
    }
    deliver_(net::fetch(url_, {.timeout = timeout_,
                               .body_bytes_max = kJwksBytesMax,
                               .accept = "application/jwk-set+json, application/json",
                               .ca_file = ca_file_,
                               .stop = stop}));
  }
}

KeyRing::KeyRing(const AuthOptions& options, net::Loop& loop, Report report)
    : options_(options), loop_(loop), report_(std::move(report)) {}

KeyRing::~KeyRing() { *alive_ = false; }

Result<void> KeyRing::start() {
  if (auto read = read_fixed(); !read) return read;
  if (!options_.jwks_file.empty()) {
    if (auto read = read_file(); !read) return read;
  }
  collect();
  if (options_.jwks_url.empty()) return {};
  if (const auto url = net::parse_url(options_.jwks_url); !url) return in("jwks_url", url.error());
  fetcher_ = std::make_unique<KeyFetcher>(options_, [this, alive = alive_, &loop = loop_](Result<std::string> answer) {
    loop.post([this, alive, answer = std::move(answer)] {
      if (*alive) fetched(answer);
    });
  });
  refresh_timer_ = loop_.every(options_.jwks_refresh_interval, [this] {
    if (!fetching_) ask();
  });
  ask();
  return {};
}

Result<void> KeyRing::read_fixed() {
  if (!options_.secret.empty()) {
    auto key = Key::from_secret(options_.secret.reveal());
    if (!key) return in("secret", std::move(key.error()));
    fixed_.push_back(*std::move(key));
  }
  if (options_.public_key_file.empty()) return {};
  const auto pem = contents(options_.public_key_file, kJwksBytesMax);
  if (!pem) return fail(pem.error());
  auto key = Key::from_pem(*pem);
  if (!key) return in(options_.public_key_file, std::move(key.error()));
  fixed_.push_back(*std::move(key));
  return {};
}

Result<void> KeyRing::read_file() {
  const auto json = contents(options_.jwks_file, kJwksBytesMax);
  if (!json) return fail(json.error());
  auto keys = parse_jwks(*json);
  if (!keys) return in(options_.jwks_file, std::move(keys.error()));
  from_file_ = *std::move(keys);
  return {};
}

const Keys& KeyRing::keys() {
  if (!options_.jwks_file.empty()) look_at_file();
  return all_;
}

void KeyRing::look_at_file() {
  const SteadyTime now = loop_.clock().steady_now();
  if (file_state_ && now - file_looked_at_ < kFileInterval) return;
  file_looked_at_ = now;
  std::error_code time_error, size_error;
  const FileState state{std::filesystem::last_write_time(options_.jwks_file, time_error),
                        std::filesystem::file_size(options_.jwks_file, size_error)};
  if (time_error || size_error || state == file_state_) return;
  file_state_ = state;
  if (const auto read = read_file(); !read) return fail_with(read.error());
  collect();
}

bool KeyRing::refetch(std::function<void()> done) {
  if (fetcher_ == nullptr) return false;
  if (!fetching_) {
    if (last_fetch_ && loop_.clock().steady_now() - *last_fetch_ < options_.jwks_refetch_interval) return false;
    ask();
  }
  waiting_.push_back(std::move(done));
  return true;
}

void KeyRing::ask() {
  fetching_ = true;
  last_fetch_ = loop_.clock().steady_now();
  ++fetch_count_;
  fetcher_->ask();
}

void KeyRing::fetched(Result<std::string> answer) {
  fetching_ = false;
  auto keys = answer ? parse_jwks(*answer) : fail(std::move(answer.error()));
  if (keys) {
    from_url_ = *std::move(keys);
    collect();
  } else {
    fail_with(keys.error());
  }
  for (const auto& done : std::exchange(waiting_, {})) done();
}

void KeyRing::fail_with(const Error& error) {
  ++failure_count_;
  report_("the keys for tokens stay as they were: " + to_string(error));
}

void KeyRing::collect() {
  all_ = fixed_;
  all_.insert(all_.end(), from_file_.begin(), from_file_.end());
  all_.insert(all_.end(), from_url_.begin(), from_url_.end());
}

}  // namespace freshet::auth
