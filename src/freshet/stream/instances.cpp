// SPDX-License-Identifier: MIT
#include "freshet/stream/instances.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "freshet/base/ids.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/stream/poll_port.hpp"

namespace freshet::stream {
namespace {

constexpr std::chrono::milliseconds kWaveInterval{100};

std::string canonical_of(const ResourceDefinition& resource, const Parameters& parameters) {
  return resource.name + parameters.canonical;
}

// A name cannot hold a line end, nor can JSON.
std::string canonical_for(std::string canonical, const Caller& caller) {
  return std::move(canonical) + "\n" + to_json(caller).value_or(caller.user);
}

tl::unexpected<Error> no_instance(std::string_view id) {
  return fail(ErrorCode::not_found, "there is no instance " + std::string(id),
              "it was closed, or nobody used it for too long", "open the resource again: POST /v1/streams/{resource}");
}

}  // namespace

Instances::Instances(Graph& graph, net::Loop& loop, AccessRules& access, StreamOptions options)
    : graph_(graph),
      loop_(loop),
      access_(access),
      options_(std::move(options)),
      turns_(loop, options_, stats_),
      deliveries_(loop, stats_),
      jitter_(std::random_device()()),
      sweep_timer_(loop.every(options_.sweep_interval, [this] { sweep(); })),
      heartbeat_timer_(loop.every(options_.heartbeat_interval, [this] { heartbeat(); })) {}

Instances::~Instances() = default;

Result<void> Instances::check_size(std::string_view request) {
  if (request.size() <= options_.parameter_bytes_max) return {};
  ++stats_.parameters_refused;
  return fail(ErrorCode::too_large, "the parameters are too long",
              std::to_string(request.size()) + " bytes, at most " + std::to_string(options_.parameter_bytes_max));
}

Result<Readable> Instances::view(const ResourceDefinition& resource, const AnyObject& params, const Caller& caller) {
  auto readable = build_source(resource, params, caller, access_, graph_);
  if (!readable) ++stats_.build_failures;
  return readable;
}

Instance* Instances::find(const ResourceDefinition& resource, const Parameters& parameters,
                          const Caller& caller) const {
  std::string canonical = canonical_of(resource, parameters);
  if (const auto shared = by_canonical_.find(canonical); shared != by_canonical_.end()) return shared->second;
  if (!resource.per_caller && access_.empty()) return nullptr;
  const auto own = by_canonical_.find(canonical_for(std::move(canonical), caller));
  return own == by_canonical_.end() ? nullptr : own->second;
}

Result<Instances::Opened> Instances::open(const ResourceDefinition& resource, std::string_view params_json,
                                          const Caller& caller) {
  if (auto going = check_going(); !going) return fail(std::move(going.error()));
  if (auto fits = check_size(params_json); !fits) return fail(std::move(fits.error()));
  const auto parameters = read_parameters(resource, params_json);
  if (!parameters) return fail(parameters.error());
  if (Instance* instance = find(resource, *parameters, caller)) {
    instance->touch();
    ++instance->openings, ++stats_.openings, ++stats_.instances_reused;
    return Opened{instance->id(), true};
  }
  return build(resource, *parameters, caller);
}

Result<Instances::Opened> Instances::build(const ResourceDefinition& resource, const Parameters& parameters,
                                           const Caller& caller) {
  if (by_id_.size() >= options_.instances_max) {
    ++stats_.instances_refused;
    return fail(ErrorCode::limit_exceeded, "there are too many open instances",
                "at most " + std::to_string(options_.instances_max), "close what is not needed, or try again later");
  }
  if (client_instances_.reached(caller, options_.client_instances_max)) {
    ++stats_.client_instances_refused;
    return fail(ErrorCode::limit_exceeded, "you have opened too many instances",
                "at most " + std::to_string(options_.client_instances_max), "close what is not needed");
  }
  auto readable = view(resource, parameters.object, caller);
  if (!readable) return fail(std::move(readable.error()));
  std::string canonical = canonical_of(resource, parameters);
  if (readable->personal) canonical = canonical_for(std::move(canonical), caller);
  auto owner = readable->personal ? std::make_shared<const Caller>(caller) : nullptr;
  const InstanceContext context{graph_, loop_.clock(), options_, stats_, turns_, deliveries_};
  InstanceTraits traits{random_token(), canonical, std::move(owner), resource.options.slow_readers};
  auto instance = std::make_unique<Instance>(context, std::move(traits), std::move(readable->source));
  instance->share = client_instances_.take(caller);
  ++instance->openings, ++stats_.openings, ++stats_.instances_built;
  Opened opened{instance->id(), false};
  by_canonical_.emplace(std::move(canonical), instance.get());
  by_id_.emplace(opened.instance_id, std::move(instance));
  return opened;
}

Result<Instance*> Instances::use(std::string_view instance_id, const Caller& caller) {
  const auto found = by_id_.find(std::string(instance_id));
  if (found == by_id_.end()) return no_instance(instance_id);
  if (!found->second->is_for(caller)) {
    return fail(ErrorCode::forbidden, "this instance is for somebody else", "", "open the resource yourself");
  }
  found->second->touch();
  return found->second.get();
}

Result<Instance*> Instances::admit(std::string_view instance_id, const Caller& caller) {
  if (auto going = check_going(); !going) return fail(std::move(going.error()));
  auto instance = use(instance_id, caller);
  if (!instance) return instance;
  if (client_sessions_.reached(caller, options_.client_sessions_max)) {
    ++stats_.client_sessions_refused;
    return fail(ErrorCode::limit_exceeded, "you read too many streams",
                "at most " + std::to_string(options_.client_sessions_max), "close what is not needed");
  }
  if (stats_.sessions >= options_.sessions_max || (*instance)->session_count() >= options_.instance_sessions_max) {
    ++stats_.sessions_refused;
    return fail(ErrorCode::limit_exceeded, "there are too many readers", "", "try again later");
  }
  return instance;
}

void Instances::join(std::string_view instance_id, std::unique_ptr<SessionPort> port, std::string_view since,
                     const Caller& caller) {
  if (const auto instance = use(instance_id, caller)) {
    (*instance)->join(std::move(port), since, caller.expires_at).share = client_sessions_.take(caller);
    return;
  }
  // Whether these few bytes find room does not matter: the client sees the end in any case.
  const auto name = std::make_shared<const std::string>(instance_id);
  static_cast<void>(port->write(*close_event("null", name), options_.session_queue_bytes_max));
  port->finish();
}

void Instances::poll(std::string_view instance_id, net::ResponseReply reply, std::string_view since,
                     const Caller& caller) {
  ++stats_.polls;
  const auto instance = use(instance_id, caller);
  if (!instance) return reply.fail(instance.error());
  auto owned = std::make_unique<PollPort>(loop_, options_, stats_, std::move(reply));
  PollPort& port = *owned;  // at least until the end of this turn
  Session& session = (*instance)->join(std::move(owned), since, caller.expires_at);
  session.share = client_sessions_.take(caller);
  if (!session.waiting()) port.wait_for_news([instance = *instance] { return instance->current_id(); });
}

std::optional<Snapshot> Instances::snapshot_now(const Source& source) {
  if (!turns_.take(source.row_count())) return std::nullopt;
  stats_.snapshot_rows += source.row_count();
  return take_snapshot(graph_, source);
}

void Instances::snapshot(std::shared_ptr<const Source> source, std::function<bool()> cancelled,
                         std::function<void(Snapshot)> done) {
  const auto ended = [this](const SnapshotJob& job) {
    snapshots_.remove_if([&](const auto& each) { return each.get() == &job; });
  };
  SnapshotJob::Calls calls{std::move(cancelled), std::move(done), ended};
  snapshots_.push_back(std::make_unique<SnapshotJob>(graph_, turns_, std::move(source), std::move(calls)));
}

Result<void> Instances::close(std::string_view instance_id, const Caller& caller) {
  auto instance = use(instance_id, caller);
  if (!instance) return fail(std::move(instance.error()));
  --(*instance)->openings, --stats_.openings;
  if ((*instance)->openings == 0) end(**instance);
  return {};
}

void Instances::end(Instance& instance) {
  instance.part();
  by_canonical_.erase(instance.canonical());
  by_id_.erase(instance.id());
}

void Instances::sweep() {
  for (const auto& [id, instance] : by_id_) {
    stats_.sessions_expired += instance->expire();
    instance->tend();
  }
  end_idle();
}

void Instances::end_idle() {
  std::vector<Instance*> idle;
  for (const auto& [id, instance] : by_id_) {
    if (instance->idle()) idle.push_back(instance.get());
  }
  stats_.instances_expired += idle.size();
  for (Instance* instance : idle) end(*instance);
}

void Instances::heartbeat() {
  for (const auto& [id, instance] : by_id_) instance->heartbeat();
}

std::chrono::milliseconds Instances::retry_delay() {
  std::uniform_int_distribution<std::chrono::milliseconds::rep> delay(options_.retry_min.count(),
                                                                      options_.retry_max.count());
  return std::chrono::milliseconds(delay(jitter_));
}

Result<void> Instances::check_going() const {
  if (!stopping_) return {};
  return fail(ErrorCode::unavailable, "the service is stopping", "", "come back in a moment");
}

void Instances::stop(std::chrono::milliseconds within, std::function<void()> done) {
  stopping_ = true;
  drained_ = std::move(done);
  const auto waves = static_cast<std::size_t>(std::max<std::int64_t>(1, within / kWaveInterval));
  const std::size_t usual = options_.drain_sessions_per_second / (std::chrono::milliseconds(1'000) / kWaveInterval);
  wave_sessions_ = std::max({std::size_t{1}, usual, (stats_.sessions + waves - 1) / waves});
  send_wave();
}

void Instances::send_wave() {
  ++stats_.drain_waves;
  std::size_t left = wave_sessions_;
  while (!by_id_.empty()) {
    Instance& instance = *by_id_.begin()->second;
    const std::size_t sent = instance.send_away(left, [this] { return retry_delay(); });
    stats_.drained += sent;
    left -= sent;
    if (instance.session_count() != 0) break;
    by_canonical_.erase(instance.canonical());
    by_id_.erase(by_id_.begin());
  }
  if (by_id_.empty()) return std::exchange(drained_, nullptr)();
  wave_timer_ = loop_.after(kWaveInterval, [this] { send_wave(); });
}

}  // namespace freshet::stream
