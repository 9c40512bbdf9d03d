// SPDX-License-Identifier: MIT
#include "freshet/service/internal/service_core.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "freshet/service/exposition.hpp"
#include "freshet/service/internal/graph_routes.hpp"
#include "freshet/service/internal/info_routes.hpp"
#include "freshet/service/internal/input_routes.hpp"
#include "freshet/service/internal/snapshot_routes.hpp"
#include "freshet/service/internal/stream_routes.hpp"

namespace freshet::service {
namespace {

constexpr std::chrono::milliseconds kReadyCheckInterval{100};

}  // namespace

ServiceCore::ServiceCore(ServiceOptions service_options, const Clock& clock)
    : options(std::move(service_options)),
      log(options.log_level),
      cors(options.cors_origins),
      response_fields(options.hsts_max_age, options.page_policy, !options.cors_origins.empty()),
      loop(clock),
      timers(loop),
      graph(options.graph),
      instances(graph, loop, access, options.streams),
      authenticator(options.auth, loop, [this](std::string_view problem) { log.warn(problem); }),
      sockets_(SocketContext{loop, graph, catalog, access, instances, authenticator, log, options.sockets,
                             options.auth.required,
                             [this](std::string_view network) { return server_.admit_write(network); }},
               options.cors_origins),
      server_(loop, router, options.http) {
  graph.set_timers(timers);
  graph.set_wakeup([this] { loop.post([this] { run_graph(); }); });
  add_stream_routes(router, catalog, instances, log);
  add_snapshot_routes(router, catalog, instances, graph);
  add_input_routes(router, catalog, access, graph);
  add_catalog_routes(router, catalog);
  if (options.sockets.enabled) sockets_.add_routes(router);
  if (shows_graph(options)) {
    // Whoever looks inside sees all rows: where some are not for everybody, only if the program says so.
    add_graph_routes(router, graph, [this] { return access.empty() || options.show_graph.value_or(false); });
  }
  access.on_fault([this](std::string_view what) {
    // Rules run on the graph's worker threads, too.
    loop.post([this, text = std::string(what)] { log.error("an access rule failed, and denies: " + text); });
  });
  add_health_routes(
      router, [this] { return readiness(); }, [this] { return metrics(); });
  router.before([this](net::Request& request) { return authenticator.admit(request); });
  router.on_response([this](const net::Request& request, net::Response& response) { answered(request, response); });
  router.on_handler_fault([this](const net::Request& request, std::string_view what) {
    log.error(std::string(to_string(request.method)) + " " + request.path + ": " + std::string(what));
  });
}

void ServiceCore::run_graph() {
  graph.run_posted();
  if (!filling_) fill();
}

void ServiceCore::fill() {
  // One step in each turn of the loop, behind what clients want.
  filling_ = graph.run_backfill();
  if (filling_) loop.defer([this] { fill(); });
}

void ServiceCore::every(std::chrono::milliseconds period, std::function<bool()> work) {
  Periodic& periodic = periodic_.emplace_back(Periodic{std::move(work), {}});
  periodic.timer = loop.every(period, [this, &periodic] { run(periodic); });
}

void ServiceCore::run(Periodic& periodic) {
  bool again = true;
  try {
    again = periodic.work();
  } catch (const std::exception& error) {
    log.error(std::string("periodic work failed: ") + error.what());
  } catch (...) {
    log.error("periodic work failed");
  }
  if (!again) periodic.timer.cancel();
}

Result<std::uint16_t> ServiceCore::listen() {
  if (auto checked = check_access(); !checked) return fail(std::move(checked.error()));
  if (auto started = authenticator.start(); !started) return fail(std::move(started.error()));
  if (options.auth.testing) log.warn("any token is taken for the name of a user: auth.testing is on");
  if (auto opened = open_access_log(); !opened) return fail(std::move(opened.error()));
  auto port = open_listeners();
  if (!port) return port;
  if (auto listening = listen_for_skip(); !listening) return fail(std::move(listening.error()));
  // Clients who come meanwhile wait for the loop.
  for (; started_ < companions_.size(); ++started_) {
    if (auto started = companions_[started_].start(); !started) return fail(std::move(started.error()));
  }
  listening_ = true;
  tell_ready();
  return port;
}

Result<std::uint16_t> ServiceCore::open_listeners() {
  if (systemd_.listeners().empty()) {
    return speaks_tls() ? server_.listen(options.host, options.port, options.tls)
                        : server_.listen(options.host, options.port);
  }
  std::optional<std::uint16_t> first;
  for (const int descriptor : systemd_.listeners()) {
    auto port = speaks_tls() ? server_.listen_on(descriptor, options.tls) : server_.listen_on(descriptor);
    if (!port) return port;
    if (!first) first = *port;
  }
  return *first;
}

Result<void> ServiceCore::open_access_log() {
  if (options.access_log.file.empty() || access_log_ != nullptr) return {};
  auto opened = AccessLog::open(options.access_log);
  if (!opened) return fail(std::move(opened.error()));
  access_log_ = *std::move(opened);
  server_.on_exchange([access_log = access_log_](const net::Exchange& exchange) { access_log->add(exchange); });
  return {};
}

void ServiceCore::run_under(Systemd systemd) {
  systemd_ = std::move(systemd);
  // Said from the loop: one that hangs says nothing.
  if (const auto period = systemd_.watchdog_period()) {
    watchdog_ = loop.every(*period, [this] { systemd_.notify("WATCHDOG=1"); });
  }
}

Readiness ServiceCore::readiness() const {
  if (stopping_) return {.state = Readiness::State::stopping};
  Readiness now;
  for (const auto& [name, is_ready] : readiness_) {
    if (!is_ready()) now.waiting_for.push_back(name);
  }
  if (listening_ && now.waiting_for.empty()) now.state = Readiness::State::ready;
  return now;
}

void ServiceCore::tell_ready() {
  if (stopping_) return;
  if (readiness().state == Readiness::State::ready) return systemd_.notify("READY=1");
  ready_check_ = loop.after(kReadyCheckInterval, [this] { tell_ready(); });
}

Result<void> ServiceCore::listen_for_skip() {
  if (!options.skip.control_port) return {};
  skip_ = std::make_unique<SkipDialect>(
      loop, router, options.http,
      [this](const net::Request& request, net::Response& response) { answered(request, response); });
  if (access_log_ != nullptr) {
    skip_->on_exchange([access_log = access_log_](const net::Exchange& exchange) { access_log->add(exchange); });
  }
  const auto port = skip_->listen(options.host, *options.skip.control_port, speaks_tls() ? &options.tls : nullptr);
  if (!port) return fail(port.error());
  skip_port_ = *port;
  return {};
}

// A rule that is about nothing would leave open what it was meant for.
Result<void> ServiceCore::check_access() const {
  Result<void> result;
  access.for_each_resource([&](const std::string& name, const stream::RowRules& rules) {
    std::optional<stream::AccessRules::Subject> subject;
    if (const auto resource = catalog.resource(name)) {
      subject = {(*resource)->key, (*resource)->value};
    } else if (const auto* other = access.subject(name)) {
      subject = *other;
    }
    if (!subject) {
      result = fail(ErrorCode::not_found, "there are access rules for a resource that is not: " + name);
    } else if (!(rules.key_type() == *subject->key) || !(rules.value_type() == *subject->value)) {
      result =
          fail(ErrorCode::invalid_argument, "the access rules for the resource " + name + " are about other rows",
               "its rows have keys of type " + subject->key->name() + " and values of type " + subject->value->name());
    }
  });
  return result;
}

// Either file alone is an error, which listen() tells.
bool ServiceCore::speaks_tls() const {
  return !options.tls.certificate_file.empty() || !options.tls.private_key_file.empty();
}

void ServiceCore::reload() {
  if (access_log_ != nullptr) access_log_->reopen();
  if (!speaks_tls()) return;
  if (const auto loaded = server_.reload_certificates(); !loaded) {
    return log.error("the certificate stays what it was: " + to_string(loaded.error()));
  }
  if (skip_ != nullptr) static_cast<void>(skip_->reload_certificates());
  log.info("the certificate is loaded again");
}

void ServiceCore::stop() {
  if (std::exchange(stopping_, true)) return loop.stop();  // asked twice: at once
  log.info("stopping");
  systemd_.notify("STOPPING=1");
  if (options.drain_delay.count() <= 0) return stop_clients();
  drain_delay_ = loop.after(options.drain_delay, [this] { stop_clients(); });
}

void ServiceCore::stop_clients() {
  // Cancelled, not destroyed: one of them may be what called.
  for (Periodic& periodic : periodic_) periodic.timer.cancel();
  server_.stop_accepting();
  if (skip_ != nullptr) skip_->stop_accepting();
  running_ = 1 + started_ + (skip_ != nullptr ? 1 : 0);
  const auto begun = loop.clock().steady_now();
  // Half of the time is for telling clients, the rest for what they still have to get.
  instances.stop(options.stop_deadline / 2, [this, begun] { stop_server(begun); });
  stop_companions();
}

void ServiceCore::stop_server(SteadyTime begun) {
  const auto left = [this, begun] {
    const auto rest = options.stop_deadline - (loop.clock().steady_now() - begun);
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(rest), std::chrono::milliseconds(0));
  };
  if (skip_ != nullptr) skip_->stop(left(), [this] { ended(); });
  server_.stop(left(), [this, left] {
    deadline_ = loop.after(left(), [this] {
      log.warn("what works beside the service has not come to its end in time");
      loop.stop();
    });
    ended();
  });
}

void ServiceCore::stop_companions() {
  for (std::size_t i = 0; i < started_; ++i) {
    companions_[i].stop([this] { loop.post([this] { ended(); }); });
  }
}

void ServiceCore::ended() {
  if (--running_ != 0) return;
  deadline_.cancel();
  loop.stop();
}

void ServiceCore::answered(const net::Request& request, net::Response& response) {
  ++responses_[response.status];
  cors.apply(request, response);
  response_fields.apply(request, response);
  log.debug(std::string(to_string(request.method)) + " " + request.path + " " + std::to_string(response.status));
}

std::string ServiceCore::metrics() const {
  Exposition out;
  add_metrics(out, measure());
  for (const auto& figures : figures_) figures(out);
  return out.text();
}

Measurements ServiceCore::measure() const {
  Measurements now{.streams = instances.stats(),
                   .http = server_.stats(),
                   .sockets = sockets_.current(),
                   .graph = graph.stats(),
                   .responses = responses_,
                   .handler_faults = router.handler_faults(),
                   .access_faults = access.fault_count(),
                   .tokens_refused = authenticator.refused_count(),
                   .key_fetches = authenticator.keys().fetch_count(),
                   .key_failures = authenticator.keys().failure_count(),
                   .access_log = access_log_ == nullptr ? AccessLog::Stats{} : access_log_->stats(),
                   .is_ready = readiness().state == Readiness::State::ready};
  for (const auto& [status, count] : now.http.unrouted) now.responses[status] += count;
  return now;
}

}  // namespace freshet::service
