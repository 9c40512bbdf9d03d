// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/codec/sse_parser.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/graph/testing/functions.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/stream/instances.hpp"
#include "freshet/stream/snapshot.hpp"
#include "freshet/stream/testing/fake_wire.hpp"
#include "freshet/stream/testing/stream_audit.hpp"

/// A graph with one resource and clients without sockets, for the tests of streams. Not installed.
namespace freshet::stream::testing {

/// The resource "roots": the square root of each number; below 0 it is NaN, which JSON cannot express; above 1000 the
/// mapper fails.
class StreamWorld {
 public:
  /// `is_personal`: what is shown depends on who asks.
  explicit StreamWorld(StreamOptions options = {}, SlowReaders slow_readers = {}, bool is_personal = false)
      : options_(std::move(options)), slow_readers_(slow_readers), is_personal_(is_personal) {
    start();
  }

  /// A service that is started anew: nothing is left of its instances.
  void start() {
    instances_ = nullptr;
    instances_ = std::make_unique<Instances>(graph, loop, access_, options_);
    open();
  }
  /// Opens the resource; the same instance, while it is there.
  const std::string& open() { return id = instances_->open(resource(), "{}", Caller()).value().instance_id; }
  Instances& instances() { return *instances_; }
  Instance& instance() { return *instances_->use(id, Caller()).value(); }
  const StreamStats& stats() const { return instances_->stats(); }
  const StreamOptions& options() const { return options_; }

  void set(const std::string& key, double number) {
    Transaction transaction;
    transaction.set(numbers, key, number);
    commit(std::move(transaction));
  }
  void erase(const std::string& key) {
    Transaction transaction;
    transaction.erase(numbers, key);
    commit(std::move(transaction));
  }
  void commit(Transaction transaction) {
    if (!graph.commit(std::move(transaction))) throw std::runtime_error("refused");
  }

  void settle() {
    while (loop.poll()) {
    }
  }
  void pass(std::chrono::milliseconds time) {
    settle();
    clock.advance(time);
    settle();
  }

  StreamAudit::Rows rows() { return StreamAudit::rows_of(take_snapshot(graph, instance().source()).rows); }
  StreamAudit::Errors errors() const {
    StreamAudit::Errors errors;
    for (const auto& [node, key, message] : roots.standing_errors()) errors[{node, key}] = message;
    const std::string not_a_number = to_string(to_json(std::sqrt(-1.0)).error());
    for (const auto& key : numbers_below_zero()) errors[{"roots", key}] = not_a_number;
    return errors;
  }

  SimulatedClock clock;
  net::Loop loop{clock};
  Graph graph;
  Input<std::string, double> numbers = graph.input<std::string, double>("numbers");
  Collection<std::string, double> roots = freshet::testing::map(numbers, [](const std::string&, double number) {
                                            if (number > 1000) throw std::runtime_error("too large");
                                            return std::sqrt(number);
                                          }).named("roots");
  std::string id;

 private:
  ResourceDefinition resource() {
    auto definition = define_resource<NoParams, std::string, double>(
        "roots", "", [this](const NoParams&) { return roots; }, {.slow_readers = slow_readers_});
    definition.per_caller = is_personal_;
    return definition;
  }
  std::vector<std::string> numbers_below_zero() const {
    std::vector<std::string> keys;
    numbers.for_each([&](const std::string& key, const auto& values) {
      if (values.front() < 0) keys.push_back(key);
    });
    return keys;
  }

  StreamOptions options_;
  SlowReaders slow_readers_;
  bool is_personal_;
  AccessRules access_;
  std::unique_ptr<Instances> instances_;
};

/// A client of a StreamWorld, whose connections break, and which comes back with the id of its last event.
class StreamClient {
 public:
  StreamClient(StreamWorld& world, Format format = Format::sse) : world_(world), format_(format) {}
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;
  ~StreamClient() { cut(); }

  void connect() { connect(audit.last_id()); }
  void connect(std::string_view since) {
    cut();
    parser_.restart();
    line_.clear();
    wire = std::make_shared<FakeWire>();
    world_.instances().join(world_.id, FakeWire::port(wire, format_), since, Caller());
  }
  void cut() {
    if (wire != nullptr) std::exchange(wire, nullptr)->cut();
  }
  bool connected() const { return wire != nullptr && wire->is_open() && wire->has_port(); }

  /// Reads so many bytes of what waits.
  void read(std::size_t count) {
    if (wire != nullptr) take(wire->read(count));
  }
  /// Reads until nothing comes any more.
  void read() {
    if (wire == nullptr) return;
    world_.settle();
    while (wire->queued_bytes() != 0) {
      take(wire->read());
      world_.settle();
    }
  }

  StreamAudit audit;
  std::shared_ptr<FakeWire> wire;
  /// Everything that was received, for tests that care about bytes.
  std::string bytes;

 private:
  void take(std::string_view more) {
    bytes += more;
    if (format_ == Format::sse) {
      const auto fed = parser_.feed(
          more, [this](const codec::SseEvent& event) { audit.take(event.type, event.last_event_id, event.data); });
      if (!fed) throw std::runtime_error(to_string(fed.error()));
      return;
    }
    line_ += more;
    for (std::size_t end = 0; (end = line_.find('\n')) != std::string::npos; line_.erase(0, end + 1)) {
      audit.take_line(std::string_view(line_).substr(0, end));
    }
  }

  StreamWorld& world_;
  const Format format_;
  codec::SseParser parser_;
  std::string line_;
};

}  // namespace freshet::stream::testing
