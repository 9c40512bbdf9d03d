// SPDX-License-Identifier: MIT
#include "push/load_client.hpp"

#include <algorithm>
#include <cerrno>
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
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kPatienceNs = 30 * kSecond;
constexpr std::int64_t kSettleNs = kSecond / 2;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

std::string request(std::string_view line, std::string_view body) {
  return std::string(line) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

/// The rows of one write, as the server is to send them on.
std::string rows_json(std::uint64_t number, std::int64_t due_ns, std::size_t size) {
  std::string json =
      R"([["tick",[{"number":)" + std::to_string(number) + R"(,"due_ns":)" + std::to_string(due_ns) + R"(,"text":")";
  constexpr std::string_view kEnd = R"("}]]])";
  if (json.size() + kEnd.size() < size) json.append(size - kEnd.size() - json.size(), 'x');
  return json.append(kEnd);
}

std::string text_between(std::string_view text, std::string_view before, char end) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) throw std::runtime_error("no " + std::string(before) + " in " + std::string(text));
  text.remove_prefix(at + before.size());
  return std::string(text.substr(0, text.find(end)));
}

}  // namespace

LoadClient::LoadClient(const LoadOptions& options)
    : options_(options), audit_(options.subscribers), epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(256 * 1024) {
  raise_file_limit();
}

double LoadClient::connect() {
  writer_ = connect_to(options_.port, 0);
  watch(writer_, kWriterTag);
  const std::string get =
      "GET /v1/streams/" + open_stream() + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n";
  const std::int64_t before = proportional_bytes(options_.server);
  const std::int64_t deadline = monotonic_ns() + kPatienceNs;
  while (ready_count_ < options_.subscribers) {
    if (subscribers_.size() < options_.subscribers && subscribers_.size() - ready_count_ < kConnectionsAtOnce) {
      const std::size_t index = subscribers_.size();
      subscribers_.emplace_back(connect_to(options_.port, static_cast<unsigned>(1 + index / kConnectionsPerAddress)));
      watch(subscribers_.back().socket(), index);
      send_all(subscribers_.back().socket(), get);
    } else {
      turn(kSecond);
    }
    if (monotonic_ns() > deadline) throw std::runtime_error("not every subscriber got its first event");
  }
  for (const std::int64_t end = monotonic_ns() + kSettleNs; monotonic_ns() < end;) turn(end - monotonic_ns());
  return static_cast<double>(proportional_bytes(options_.server) - before) / static_cast<double>(options_.subscribers);
}

std::string LoadClient::open_stream() {
  send_all(writer_, request("POST /v1/streams/ticks", "{}"));
  answers_due_ = 1;
  for (const std::int64_t deadline = monotonic_ns() + kPatienceNs; answers_due_ > 0;) {
    turn(kSecond);
    if (monotonic_ns() > deadline) throw std::runtime_error("no answer to the opening of the stream");
  }
  return text_between(last_answer_, R"("instance_id":")", '"');
}

WindowResult LoadClient::run_paced(double seconds, std::size_t burst) { return run(Pace::fixed_times, seconds, burst); }

WindowResult LoadClient::run_flat_out(double seconds) { return run(Pace::flat_out, seconds, 1); }

WindowResult LoadClient::run(Pace pace, double seconds, std::size_t burst) {
  const std::uint64_t written_before = audit_.written_count();
  const std::uint64_t bytes_before = received_bytes_;
  const double cpu_before = cpu_seconds(options_.server);
  const std::int64_t start = monotonic_ns();
  burst_ = burst;
  period_ns_ = static_cast<std::int64_t>(1e9 * static_cast<double>(options_.subscribers * burst) /
                                         options_.deliveries_per_second);
  next_due_ns_ = start;
  last_due_ns_ = start + static_cast<std::int64_t>(seconds * 1e9);
  pace_ = pace;
  while (monotonic_ns() < last_due_ns_ || answers_due_ > 0 || audit_.complete_count() < audit_.written_count()) {
    write_if_due();
    turn(std::clamp<std::int64_t>(next_due_ns_ - monotonic_ns(), 0, kSecond / 100));
    if (monotonic_ns() > last_due_ns_ + kPatienceNs)
      throw std::runtime_error(
          "lost: " + std::to_string(audit_.written_count() - audit_.complete_count()) +
          " writes did not reach every subscriber, faults: " + std::to_string(audit_.fault_count()));
  }
  pace_ = Pace::none;
  return {.deliveries = audit_.deliveries_of(written_before, audit_.written_count()),
          .seconds = static_cast<double>(monotonic_ns() - start) / 1e9,
          .writes = audit_.written_count() - written_before,
          .server_cpu_seconds = cpu_seconds(options_.server) - cpu_before,
          .bytes = received_bytes_ - bytes_before};
}

void LoadClient::turn(std::int64_t timeout_ns) {
  epoll_event events[256];
  const timespec timeout{.tv_sec = timeout_ns / kSecond, .tv_nsec = timeout_ns % kSecond};
  const int count = epoll_pwait2(epoll_.number(), events, std::size(events), &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u64 == kWriterTag) {
      read_answers();
    } else {
      read_subscriber(events[i].data.u64);
    }
    // Here too, because reading thousands of sockets takes longer than the time between two writes.
    write_if_due();
  }
}

void LoadClient::watch(const Descriptor& socket, std::uint64_t tag) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = tag}};
  epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &event);
}

void LoadClient::read_subscriber(std::size_t index) {
  Subscriber& subscriber = subscribers_[index];
  const ssize_t size = recv(subscriber.socket().number(), buffer_.data(), buffer_.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) throw std::runtime_error("the server ended a stream");
  now_ns_ = monotonic_ns();
  current_ = &subscriber;
  received_bytes_ += static_cast<std::uint64_t>(size);
  subscriber.receive({buffer_.data(), static_cast<std::size_t>(size)}, *this);
}

void LoadClient::on_event(std::string_view type, std::string_view data) {
  const bool was_ready = current_->is_ready;
  audit_.delivered(*current_, type, data, now_ns_);
  if (!was_ready && current_->is_ready) ++ready_count_;
}

void LoadClient::read_answers() {
  const ssize_t size = recv(writer_.number(), buffer_.data(), buffer_.size(), 0);
  if (size <= 0) throw std::runtime_error("the server closed the writer's connection");
  unfinished_answer_.append(buffer_.data(), static_cast<std::size_t>(size));
  while (take_answer()) {
  }
}

/// Takes the first answer that is there; false when none is complete.
bool LoadClient::take_answer() {
  const auto head_size = unfinished_answer_.find(kEndOfHead);
  if (head_size == std::string::npos) return false;
  const std::size_t size =
      head_size + kEndOfHead.size() + content_length(std::string_view(unfinished_answer_).substr(0, head_size));
  if (unfinished_answer_.size() < size) return false;
  last_answer_ = unfinished_answer_.substr(0, size);
  unfinished_answer_.erase(0, size);
  if (!last_answer_.starts_with("HTTP/1.1 200")) throw std::runtime_error("refused: " + last_answer_);
  if (answers_due_ == 0) throw std::runtime_error("an answer without a request: " + last_answer_);
  --answers_due_;
  return true;
}

void LoadClient::write_if_due() {
  if (pace_ == Pace::none || answers_due_ > 0) return;
  const std::int64_t now = monotonic_ns();
  if (pace_ == Pace::fixed_times && now >= next_due_ns_ && next_due_ns_ < last_due_ns_) {
    write(next_due_ns_, burst_);
    next_due_ns_ += period_ns_;
  } else if (pace_ == Pace::flat_out && now < last_due_ns_ &&
             audit_.written_count() - audit_.complete_count() < options_.window) {
    write(now, 1);
  }
}

void LoadClient::write(std::int64_t due_ns, std::size_t count) {
  std::string requests;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = audit_.written_count() + 1;
    std::string rows = rows_json(number, due_ns, options_.payload_bytes);
    requests += request("PATCH /v1/inputs/ticks", rows);
    audit_.written(number, due_ns, std::move(rows));
  }
  answers_due_ += count;
  send_all(writer_, requests);
}

}  // namespace freshet::bench
