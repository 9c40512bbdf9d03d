// SPDX-License-Identifier: MIT
#include "push/load_client.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "machine.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kWriterTag = ~std::uint64_t{0};
/// One source address has some 28 000 ports.
constexpr std::size_t kConnectionsPerAddress = 20'000;
/// A server accepts this many before more come, so that its backlog does not decide the outcome.
constexpr std::size_t kConnectionsAtOnce = 64;
/// Rows in one transaction when the table is filled: a body's worth.
constexpr std::uint64_t kRowsPerFill = 1'000;
/// Requests that the writer has under way, beyond which it waits, and the times add up.
constexpr std::size_t kAnswersDueMax = 64;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPatienceNs = 60 * kSecond;

}  // namespace

LoadClient::LoadClient(Server& server, const ClientOptions& options)
    : server_(server),
      options_(options),
      tls_(options.tls ? ClientTls::make() : ClientTls::none()),
      processes_(server.processes()),
      audit_(options.keys, options.width, options.payload_bytes),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      writer_(server, tls_, options.survives_end),
      opened_windows_((options.keys + options.width - 1) / options.width),
      buffer_(256 * 1024) {
  raise_file_limit();
}

void LoadClient::prepare() {
  for (std::uint64_t key = 0; key < options_.keys; key += kRowsPerFill) {
    keys_.clear();
    for (std::uint64_t at = key; at < std::min(key + kRowsPerFill, options_.keys); ++at) keys_.push_back(at);
    write_tick(keys_, monotonic_ns());
    wait_until("the table was not filled", [this] { return writer_is_answered(); });
  }
  audit_.forget_ticks();
}

void LoadClient::add_subscribers(std::size_t count, int receive_buffer) {
  add_subscribers_of(opened_windows_.size(), count, receive_buffer);
}

void LoadClient::add_subscribers_of(std::uint64_t windows, std::size_t count, int receive_buffer) {
  const std::size_t wanted = subscribers_.size() + count;
  const std::size_t unready = subscribers_.size() - ready_count_;
  for (const std::int64_t deadline = monotonic_ns() + kPatienceNs; ready_count_ + unready < wanted;) {
    if (subscribers_.size() < wanted && subscribers_.size() - ready_count_ - unready < kConnectionsAtOnce) {
      const std::size_t index = add_closed();
      open(index, index % windows, receive_buffer);
    } else {
      turn(kSecond);
    }
    if (monotonic_ns() > deadline)
      throw std::runtime_error("only " + std::to_string(ready_count_) + " of " + std::to_string(wanted) +
                               " subscribers got a beginning");
  }
}

std::size_t LoadClient::add_closed() {
  subscribers_.emplace_back(options_.transport);
  return subscribers_.size() - 1;
}

void LoadClient::open(std::size_t index, std::uint64_t window, int receive_buffer) {
  Subscriber& subscriber = subscribers_[index];
  if (!opened_windows_[window]) server_.open_window(window);
  opened_windows_[window] = true;
  subscriber.window = window;
  subscriber.last_id.clear();
  const std::uint64_t first = window * options_.width;
  subscriber.knowledge = {.first_key = first,
                          .numbers = std::vector<std::uint32_t>(std::min(options_.width, options_.keys - first)),
                          .is_ready = false,
                          .skipped = 0,
                          .begun_after = 0};
  reconnect(index, receive_buffer);
}

void LoadClient::reconnect(std::size_t index, int receive_buffer) {
  Subscriber& subscriber = subscribers_[index];
  subscriber.opened_ns = monotonic_ns();
  subscriber.channel = Channel(
      connect_to(server_.port(), static_cast<unsigned>(1 + index / kConnectionsPerAddress), receive_buffer), tls_);
  subscriber.reader = StreamReader(options_.transport);
  subscriber.is_stalled = false;
  subscriber.was_told_to_leave = false;
  watch(subscriber.channel.number(), index);
  subscriber.channel.send(server_.subscribe(subscriber.window, subscriber.last_id).request);
}

void LoadClient::cut(std::size_t index) {
  Subscriber& subscriber = subscribers_[index];
  if (subscriber.knowledge.is_ready) audit_.add_follower(subscriber.window, -1);
  if (subscriber.knowledge.is_ready) --ready_count_;
  subscriber.knowledge.is_ready = false;
  subscriber.channel = Channel();
}

void LoadClient::cut_after(std::size_t index, std::size_t bytes) {
  Subscriber& subscriber = subscribers_[index];
  const auto size = subscriber.channel.receive(std::span(buffer_).first(bytes));
  now_ns_ = monotonic_ns();
  current_ = &subscriber;
  if (size && *size > 0) subscriber.reader.receive({buffer_.data(), *size}, *this);
  cut(index);
}

void LoadClient::set_stalled(std::size_t index, bool is_stalled) {
  Subscriber& subscriber = subscribers_[index];
  subscriber.is_stalled = is_stalled;
  epoll_event event{.events = is_stalled ? 0U : static_cast<std::uint32_t>(EPOLLIN), .data = {.u64 = index}};
  epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, subscriber.channel.number(), &event);
}

Run LoadClient::run(const Pace& pace, double seconds) {
  static_cast<void>(audit_.take_latencies());
  const std::uint64_t ticks_before = audit_.tick_count();
  const std::uint64_t delivered_before = audit_.delivered_count();
  const std::uint64_t bytes_before = received_bytes_;
  const double cpu_before = server_cpu_seconds();
  const double ours_before = own_cpu_seconds();
  const double all_before = busy_cpu_seconds();
  const std::int64_t start = monotonic_ns();
  last_due_ns_ = start + static_cast<std::int64_t>(seconds * 1e9);
  run_until(pace, [this] {
    const std::int64_t now = monotonic_ns();
    if (now > last_due_ns_ + kPatienceNs)
      throw std::runtime_error("lost: " + std::to_string(audit_.tick_count() - audit_.complete_count()) +
                               " ticks did not reach every subscriber");
    return now >= last_due_ns_ && writer_.answers_due() == 0 && audit_.complete_count() == audit_.tick_count();
  });
  Run run{.latencies = audit_.take_latencies(),
          .seconds = static_cast<double>(monotonic_ns() - start) / 1e9,
          .ticks = audit_.tick_count() - ticks_before,
          .deliveries = audit_.delivered_count() - delivered_before,
          .server_cpu_seconds = server_cpu_seconds() - cpu_before,
          .bytes = received_bytes_ - bytes_before,
          .foreign_cpus = 0};
  const double foreign = busy_cpu_seconds() - all_before - (own_cpu_seconds() - ours_before) - run.server_cpu_seconds;
  run.foreign_cpus = std::max(foreign, 0.0) / run.seconds;
  return run;
}

void LoadClient::run_until(const Pace& pace, const std::function<bool()>& done) {
  pace_ = &pace;
  if (last_due_ns_ < monotonic_ns()) last_due_ns_ = std::numeric_limits<std::int64_t>::max();
  next_due_ns_ = monotonic_ns();
  period_ns_ = pace.ticks_per_second > 0 ? static_cast<std::int64_t>(1e9 / pace.ticks_per_second) : 0;
  while (!done()) {
    write_if_due();
    turn(std::clamp<std::int64_t>(period_ns_ > 0 ? next_due_ns_ - monotonic_ns() : kSecond, 0, kSecond / 100));
  }
  pace_ = nullptr;
  last_due_ns_ = 0;
}

void LoadClient::wait_until(const char* what, const std::function<bool()>& done) {
  for (const std::int64_t deadline = monotonic_ns() + kPatienceNs; !done();) {
    turn(kSecond / 1'000);
    if (monotonic_ns() > deadline) throw std::runtime_error(what);
  }
}

void LoadClient::idle(double seconds) {
  const std::int64_t end = monotonic_ns() + static_cast<std::int64_t>(seconds * 1e9);
  for (std::int64_t now; (now = monotonic_ns()) < end;) turn(std::min(end - now, kSecond / 100));
}

bool LoadClient::are_all_up_to_date() const {
  return std::all_of(subscribers_.begin(), subscribers_.end(),
                     [this](const Subscriber& one) { return audit_.is_up_to_date(one.knowledge); });
}

double LoadClient::server_bytes() const {
  double bytes = 0;
  for (const pid_t process : processes_) bytes += static_cast<double>(proportional_bytes(process));
  return bytes;
}

double LoadClient::server_cpu_seconds() const {
  double seconds = 0;
  for (const pid_t process : processes_) seconds += cpu_seconds(process);
  return seconds;
}

void LoadClient::turn(std::int64_t timeout_ns) {
  epoll_event events[256];
  const timespec timeout{.tv_sec = timeout_ns / kSecond, .tv_nsec = timeout_ns % kSecond};
  const int count = epoll_pwait2(epoll_.number(), events, std::size(events), &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 == kWriterTag) {
      writer_.receive(buffer_);
    } else {
      read(events[i].data.u64);
    }
    // Here too, because reading thousands of sockets takes longer than the time between two writes.
    write_if_due();
  }
}

void LoadClient::watch(int socket, std::uint64_t tag) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = tag}};
  epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket, &event);
}

void LoadClient::read(std::size_t index) {
  Subscriber& subscriber = subscribers_[index];
  if (!subscriber.channel.is_open()) return;
  while (true) {
    const auto size = subscriber.channel.receive(buffer_);
    if (!size) return;
    if (*size == 0) return end(index);
    now_ns_ = monotonic_ns();
    current_ = &subscriber;
    received_bytes_ += *size;
    subscriber.reader.receive({buffer_.data(), *size}, *this);
    // There may be more, and of what TLS has taken in epoll does not tell.
    if (*size < buffer_.size()) return;
  }
}

void LoadClient::end(std::size_t index) {
  // One that does not read may be given up for good.
  if (!options_.survives_end) throw std::runtime_error("the server ended a stream");
  Subscriber& subscriber = subscribers_[index];
  // The last thing that it says needs no empty line behind it.
  if (subscriber.reader.unfinished().starts_with("retry: ")) subscriber.was_told_to_leave = true;
  ++ended_;
  cut(index);
}

void LoadClient::on_open() {
  for (const std::string& text : server_.subscribe(current_->window, current_->last_id).texts)
    current_->channel.send(text_frame(text));
  // Who comes back may have missed nothing, and hears nothing then.
  if (server_.begins_silently() || !current_->last_id.empty()) become_ready(*current_);
}

void LoadClient::become_ready(Subscriber& subscriber) {
  if (subscriber.knowledge.is_ready) return;
  subscriber.knowledge.is_ready = true;
  subscriber.ready_ns = now_ns_;
  ++ready_count_;
  audit_.add_follower(subscriber.window, 1);
  // Where no rows come at the beginning, what was there before counts as known.
  if (!server_.keeps_rows() && subscriber.last_id.empty()) audit_.begin_here(subscriber.knowledge);
}

void LoadClient::on_message(const Message& message) {
  if (message.type == "error" || message.type == "retry" || message.type == "close") {
    if (message.type == "error") throw std::runtime_error("refused: " + std::string(message.data));
    current_->was_told_to_leave = true;
    if (message.type == "close" && message.data.empty()) current_->channel.send(close_frame());
    return;
  }
  if (message.type == "subscribed") return;
  const bool is_init = message.type == "init";
  audit_.delivered(current_->knowledge, is_init, message.data, now_ns_);
  if (is_init) become_ready(*current_);
  if (!message.id.empty()) current_->last_id = message.id;
}

void LoadClient::on_ping(std::string_view payload) { current_->channel.send(pong_frame(payload)); }

void LoadClient::write_if_due() {
  if (pace_ == nullptr) return;
  const std::int64_t now = monotonic_ns();
  if (now >= last_due_ns_) return;
  if (period_ns_ == 0) {
    const bool waits = pace_->under_way > 0 && audit_.tick_count() - audit_.complete_count() >= pace_->under_way;
    if (writer_.answers_due() > 0 || waits) return;
    pace_->choose(audit_.tick_count(), keys_);
    write_tick(keys_, now);
    return;
  }
  while (next_due_ns_ <= now && next_due_ns_ < last_due_ns_ && writer_.answers_due() < kAnswersDueMax) {
    pace_->choose(audit_.tick_count(), keys_);
    write_tick(keys_, next_due_ns_);
    next_due_ns_ += period_ns_;
  }
}

void LoadClient::write_tick(const std::vector<std::uint64_t>& keys, std::int64_t due_ns) {
  audit_.begin_tick(due_ns);
  std::vector<std::pair<std::size_t, std::size_t>> places;
  places.reserve(keys.size());
  std::string json;
  for (const std::uint64_t key : keys) {
    const std::size_t at = json.size();
    audit_.write(json, key);
    places.emplace_back(at, json.size() - at);
  }
  std::vector<RowToWrite> rows;
  rows.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i)
    rows.push_back({.window = audit_.window_of(keys[i]),
                    .key = keys[i],
                    .json = std::string_view(json).substr(places[i].first, places[i].second)});
  const Requests requests = server_.write(rows);
  if (!writer_.is_connected()) {
    writer_.connect();
    watch(writer_.number(), kWriterTag);
  }
  writer_.send(requests);
}

}  // namespace freshet::bench
