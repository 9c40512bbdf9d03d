// SPDX-License-Identifier: MIT
#include "store/subscriber.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <poll.h>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>

#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/service.hpp"
#include "freshet/store/live.hpp"
#include "push/socket.hpp"

namespace freshet::bench {
namespace {

using Steady = std::chrono::steady_clock;

// What is written is numbered from here, so that a reader knows it from what was there.
constexpr std::int64_t kFirst = 1'000'000'000;
constexpr std::string_view kMark = "\"people\":";

double between(Steady::time_point begun, Steady::time_point ended) {
  return std::max(0.0, std::chrono::duration<double>(ended - begun).count());
}

/// What the view shows of a place.
struct Sign {
  std::string text;
  std::int64_t people = 0;
  bool operator==(const Sign&) const = default;
};
constexpr auto describe(of<Sign>) { return model("sign", field<&Sign::text>(), field<&Sign::people>()); }

Sign sign_of(const std::string&, const Place& place) {
  return {.text = place.name + ", " + place.country, .people = place.people};
}

/// When each numbered write was seen.
class Arrivals {
 public:
  explicit Arrivals(std::uint64_t count) : times_(count) {}

  /// Takes some bytes of a stream that has the marks in it.
  void take(std::string_view bytes) {
    const auto now = Steady::now();
    rest_ += bytes;
    std::size_t at = rest_.find(kMark);
    while (at != std::string::npos) {
      const std::size_t end = rest_.find_first_of(",}", at);
      if (end == std::string::npos) break;
      std::int64_t number = 0;
      std::from_chars(rest_.data() + at + kMark.size(), rest_.data() + end, number);
      note(number - kFirst, now);
      rest_.erase(0, end);
      at = rest_.find(kMark);
    }
    if (at == std::string::npos && rest_.size() > kMark.size()) rest_.erase(0, rest_.size() - kMark.size());
  }
  void wait() {
    for (std::size_t i = 0; i < times_.size(); ++i) {
      if (!seen_.try_acquire_for(std::chrono::seconds(30))) throw std::runtime_error("void: a change was not seen");
    }
  }
  /// Once all have come.
  Steady::time_point at(std::size_t write) const { return times_[write]; }

 private:
  void note(std::int64_t write, Steady::time_point now) {
    if (write < 0 || write >= std::ssize(times_) || times_[static_cast<std::size_t>(write)] != Steady::time_point())
      return;
    times_[static_cast<std::size_t>(write)] = now;
    seen_.release();
  }

  std::vector<Steady::time_point> times_;
  std::string rest_;
  std::counting_semaphore<> seen_{0};
};

/// A thread that reads a socket into arrivals, until it is shut down.
class Reader {
 public:
  Reader(const Descriptor& socket, Arrivals& arrivals)
      : socket_(socket), thread_([&socket, &arrivals] {
          std::array<char, 65536> buffer{};
          for (;;) {
            pollfd waiting{.fd = socket.number(), .events = POLLIN, .revents = 0};
            ::poll(&waiting, 1, -1);
            const ssize_t size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
            if (size <= 0) return;
            arrivals.take({buffer.data(), static_cast<std::size_t>(size)});
          }
        }) {}
  ~Reader() {
    ::shutdown(socket_.number(), SHUT_RDWR);
    thread_.join();
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

 private:
  const Descriptor& socket_;
  std::thread thread_;
};

/// A service over the store, on a thread of its own.
class Served {
 public:
  explicit Served(std::shared_ptr<store::Backend> backend)
      : thread_([this, backend = std::move(backend)] { serve(backend); }) {
    port_ = listening_.get_future().get();
  }
  ~Served() {
    loop_->stop();
    thread_.join();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  void serve(const std::shared_ptr<store::Backend>& backend) {
    ServiceOptions options;
    options.log_level = "warn";
    options.port = 0;
    Service service(options);
    LiveStore live(backend, service.graph());
    const auto signs = live.collection<Place>().map(sign_of);
    service.resource<"signs">([signs] { return signs; });
    auto ready = live.start();
    if (ready) ready = live.wait_until_ready();
    const auto port = ready ? service.listen() : Result<std::uint16_t>(fail(ready.error()));
    loop_ = &service.loop();
    if (!port) return listening_.set_exception(std::make_exception_ptr(Failure(port.error())));
    listening_.set_value(*port);
    service.loop().run();
  }

  std::promise<std::uint16_t> listening_;
  std::uint16_t port_ = 0;
  net::Loop* loop_ = nullptr;
  std::thread thread_;
};

std::string ask(std::uint16_t port, const std::string& head) {
  const Descriptor socket = connect_to(port, 0);
  send_all(socket, head + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  std::string answer;
  std::array<char, 4096> buffer{};
  for (;;) {
    pollfd waiting{.fd = socket.number(), .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, 30'000);
    const ssize_t size = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
    if (size <= 0) return answer;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

std::string open_stream(std::uint16_t port) {
  const std::string answer = ask(port, "POST /v1/streams/signs");
  const std::string_view name = "\"instance_id\":\"";
  const std::size_t at = answer.find(name);
  if (at == std::string::npos) throw std::runtime_error("the stream cannot be opened: " + answer);
  const std::size_t begin = at + name.size();
  return answer.substr(begin, answer.find('"', begin) - begin);
}

/// Does something for each write when it is due, and says when that was.
template <class Fn> std::vector<Steady::time_point> at_pace(const Pace& pace, Fn&& write) {
  const auto begun = Steady::now();
  std::vector<Steady::time_point> due;
  for (std::uint64_t i = 0; i < pace.count; ++i) {
    const double later = static_cast<double>(i) / pace.per_second;
    due.push_back(begun + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(later)));
    std::this_thread::sleep_until(due.back());
    write(i);
  }
  return due;
}

Delays delays(const std::vector<Steady::time_point>& due, const std::vector<Steady::time_point>& committed,
              const Arrivals& arrivals) {
  Delays out;
  for (std::size_t i = 0; i < due.size(); ++i) {
    out.since_call.push_back(between(due[i], arrivals.at(i)));
    out.since_commit.push_back(between(committed[i], arrivals.at(i)));
  }
  return out;
}

}  // namespace

Delays write_to_subscriber(store::Backend& backend, const Pace& pace) {
  // Owner: whoever calls; the service is gone before it.
  const Served served(std::shared_ptr<store::Backend>(&backend, [](store::Backend*) {}));
  Arrivals arrivals(pace.count);
  const Descriptor socket = connect_to(served.port(), 0);
  send_all(socket, "GET /v1/streams/" + open_stream(served.port()) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const Reader reader(socket, arrivals);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // the rows that are there
  std::vector<Steady::time_point> committed(pace.count);
  std::counting_semaphore<> ended{0};
  std::atomic<int> failed = 0;
  const auto due = at_pace(pace, [&](std::uint64_t i) {
    backend.write(
        [write = write_of((i * 7919) % pace.documents, kFirst + static_cast<std::int64_t>(i))](
            store::BackendTransaction& transaction) -> Result<void> {
          auto written = transaction.write(write);
          return written ? Result<void>() : fail(std::move(written.error()));
        },
        [&, i](const Result<store::Position>& end) {
          committed[i] = Steady::now();
          failed += end ? 0 : 1;
          ended.release();
        });
  });
  for (std::uint64_t i = 0; i < pace.count; ++i) ended.acquire();
  if (failed > 0) throw std::runtime_error("void: a write failed");
  arrivals.wait();
  return delays(due, committed, arrivals);
}

Delays write_to_socket(Floor& floor, const Pace& pace) {
  Arrivals arrivals(pace.count);
  const Descriptor listener = listen_on(0);
  const Descriptor sender = connect_to(port_of(listener), 0);
  const Descriptor receiver(::accept(listener.number(), nullptr, nullptr));
  const Reader reader(receiver, arrivals);
  std::vector<Steady::time_point> committed(pace.count);
  const auto due = at_pace(pace, [&](std::uint64_t i) {
    const std::int64_t people = kFirst + static_cast<std::int64_t>(i);
    const std::uint64_t number = (i * 7919) % pace.documents;
    committed[i] = floor.write_and_see(number, people).committed_at;
    send_all(sender, "event: change\nid: " + std::to_string(i) + "\ndata: [[\"" + std::to_string(number) +
                         "\",[{\"text\":\"Place number, Canada\"," + std::string(kMark) + std::to_string(people) +
                         "}]]]\n\n");
  });
  arrivals.wait();
  return delays(due, committed, arrivals);
}

}  // namespace freshet::bench
