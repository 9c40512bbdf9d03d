// SPDX-License-Identifier: MIT
#include "freshet/stream/instances.hpp"

#include <utility>
#include <vector>

#include "freshet/base/ids.hpp"
#include "freshet/codec/sse.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet::stream {
namespace {

net::Block comment_block() {
  std::string text;
  codec::append_sse_comment(text);
  return net::make_block(std::move(text));
}

net::Block close_block() {
  std::string text;
  // Some clients drop an event without data, and most read data as JSON.
  codec::append_sse_event(text, {.event = "close"}, "null");
  return net::make_block(std::move(text));
}

tl::unexpected<Error> no_instance(std::string_view id) {
  return fail(ErrorCode::not_found, "there is no instance " + std::string(id),
              "it was closed, or nobody used it for too long", "open the resource again: POST /v1/streams/{resource}");
}

}  // namespace

Instances::Instances(Graph& graph, net::Loop& loop, StreamOptions options)
    : graph_(graph),
      loop_(loop),
      options_(options),
      comment_(comment_block()),
      close_(close_block()),
      jitter_(std::random_device()()),
      sweep_timer_(loop.every(options_.sweep_interval, [this] { end_idle(); })),
      heartbeat_timer_(loop.every(options_.heartbeat_interval, [this] { heartbeat(); })) {}

Instances::~Instances() = default;

Result<void> Instances::check_size(std::string_view request) {
  if (request.size() <= options_.parameter_bytes_max) return {};
  ++stats_.parameters_refused;
  return fail(ErrorCode::too_large, "the parameters are too long",
              std::to_string(request.size()) + " bytes, at most " + std::to_string(options_.parameter_bytes_max));
}

Result<std::unique_ptr<Source>> Instances::view(const ResourceDefinition& resource, const AnyObject& params) {
  auto source = build_source(resource, params, graph_);
  if (!source) ++stats_.build_failures;
  return source;
}

Result<Instances::Opened> Instances::open(const ResourceDefinition& resource, std::string_view params_json) {
  if (auto fits = check_size(params_json); !fits) return fail(std::move(fits.error()));
  const auto parameters = read_parameters(resource, params_json);
  if (!parameters) return fail(parameters.error());
  const std::string canonical = resource.name + parameters->canonical;
  if (const auto known = by_canonical_.find(canonical); known != by_canonical_.end()) {
    Instance& instance = *known->second;
    instance.touch();
    ++instance.openings, ++stats_.openings, ++stats_.instances_reused;
    return Opened{instance.id(), true};
  }
  if (by_id_.size() >= options_.instances_max) {
    ++stats_.instances_refused;
    return fail(ErrorCode::limit_exceeded, "there are too many open instances",
                "at most " + std::to_string(options_.instances_max), "close what is not needed, or try again later");
  }
  auto source = view(resource, parameters->object);
  if (!source) return fail(std::move(source.error()));
  const InstanceContext context{graph_, loop_.clock(), options_, stats_};
  auto instance = std::make_unique<Instance>(context, random_token(), canonical, std::move(*source));
  ++instance->openings, ++stats_.openings, ++stats_.instances_built;
  Opened opened{instance->id(), false};
  by_canonical_.emplace(canonical, instance.get());
  by_id_.emplace(opened.instance_id, std::move(instance));
  return opened;
}

Result<Instance*> Instances::use(std::string_view instance_id) {
  const auto found = by_id_.find(std::string(instance_id));
  if (found == by_id_.end()) return no_instance(instance_id);
  found->second->touch();
  return found->second.get();
}

Result<Instance*> Instances::admit(std::string_view instance_id) {
  auto instance = use(instance_id);
  if (!instance) return instance;
  if (stats_.sessions >= options_.sessions_max || (*instance)->session_count() >= options_.instance_sessions_max) {
    ++stats_.sessions_refused;
    return fail(ErrorCode::limit_exceeded, "there are too many readers", "", "try again later");
  }
  return instance;
}

void Instances::join(std::string_view instance_id, std::shared_ptr<net::OutputStream> stream) {
  if (const auto instance = use(instance_id)) {
    (*instance)->join(std::move(stream));
    return;
  }
  // Whether these few bytes find room does not matter: the client sees the end in any case.
  static_cast<void>(stream->write(close_));
  stream->close();
}

Result<void> Instances::close(std::string_view instance_id) {
  auto instance = use(instance_id);
  if (!instance) return fail(std::move(instance.error()));
  --(*instance)->openings, --stats_.openings;
  if ((*instance)->openings == 0) end(**instance);
  return {};
}

void Instances::end(Instance& instance) {
  instance.part([this] { return close_; });
  by_canonical_.erase(instance.canonical());
  by_id_.erase(instance.id());
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
  for (const auto& [id, instance] : by_id_) instance->heartbeat(comment_);
}

net::Block Instances::retry_block() {
  std::uniform_int_distribution<std::chrono::milliseconds::rep> delay(options_.retry_min.count(),
                                                                      options_.retry_max.count());
  std::string text;
  codec::append_sse_retry(text, std::chrono::milliseconds(delay(jitter_)));
  return net::make_block(std::move(text));
}

void Instances::stop() {
  for (const auto& [id, instance] : by_id_) instance->part([this] { return retry_block(); });
  by_canonical_.clear();
  by_id_.clear();
}

}  // namespace freshet::stream
