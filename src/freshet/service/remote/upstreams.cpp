// SPDX-License-Identifier: MIT
#include "freshet/service/remote/upstreams.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "freshet/net/url.hpp"
#include "freshet/service/exposition.hpp"
#include "freshet/service/remote/internal/remote_reader.hpp"

namespace freshet {

std::string_view to_string(RemoteState state) {
  constexpr std::array<std::string_view, 4> kNames{"connecting", "ready", "behind", "lost"};
  return kNames[static_cast<std::size_t>(state)];
}

const RemoteStatus& remote::status_of(const RemoteReader& reader) { return reader.status(); }

Upstreams::Upstreams(Service& service) : service_(service) {
  service.accompany({.start =
                         [this] {
                           start();
                           return Result<void>();
                         },
                     .stop = [this](const std::function<void()>& done) { stop(done); }});
  service.measure([this](service::Exposition& out) { measure(out); });
}

Upstreams::~Upstreams() = default;

std::string Upstreams::input_name(const Declaration& declaration) {
  return declaration.options.name.empty() ? declaration.resource : declaration.options.name;
}

const remote::RemoteReader& Upstreams::add(Declaration declaration, std::unique_ptr<remote::RemoteRows> rows) {
  auto url = net::parse_url(declaration.url);
  if (!url) throw Failure(url.error());
  if (url->target.find('?') != std::string::npos) {
    throw Failure({.code = ErrorCode::invalid_argument,
                   .primary = "the URL of a server has no query",
                   .detail = declaration.url});
  }
  while (url->target.ends_with('/')) url->target.pop_back();
  if (!is_resource_name(declaration.resource)) {
    throw Failure({.code = ErrorCode::invalid_argument,
                   .primary = "no resource can have that name",
                   .detail = declaration.resource});
  }
  if (!declaration.params_json) throw Failure(declaration.params_json.error());
  readers_.push_back(std::make_unique<remote::RemoteReader>(
      service_.loop(), *std::move(url), std::move(declaration.resource), *std::move(declaration.params_json),
      std::move(declaration.options), std::move(rows)));
  if (running_) readers_.back()->start();
  return *readers_.back();
}

std::vector<RemoteStatus> Upstreams::list() const {
  std::vector<RemoteStatus> all;
  for (const auto& reader : readers_) all.push_back(reader->status());
  return all;
}

void Upstreams::start() {
  running_ = true;
  for (const auto& reader : readers_) reader->start();
}

void Upstreams::stop(const std::function<void()>& done) {
  running_ = false;
  // One more than the readers, so that there is an end also where there is none of them.
  const auto left = std::make_shared<std::size_t>(readers_.size() + 1);  // owners: those who are to come to their end
  const auto ended = [left, done] {
    if (--*left == 0) done();
  };
  for (const auto& reader : readers_) reader->stop(ended);
  ended();
}

void Upstreams::measure(service::Exposition& out) const {
  struct Family {
    const char* name;
    const char* help;
    std::uint64_t (*value)(const RemoteStatus& status);
  };
  constexpr std::array<Family, 6> kCounters{{
      {"freshet_upstream_inits_total", "Whole states taken from another server.",
       [](const RemoteStatus& status) { return status.inits; }},
      {"freshet_upstream_updates_total", "Changes taken from another server.",
       [](const RemoteStatus& status) { return status.updates; }},
      {"freshet_upstream_openings_total", "Openings of a resource at another server.",
       [](const RemoteStatus& status) { return status.openings; }},
      {"freshet_upstream_connections_total", "Streams from another server that were established.",
       [](const RemoteStatus& status) { return status.connections; }},
      {"freshet_upstream_losses_total", "Streams from another server that broke.",
       [](const RemoteStatus& status) { return status.losses; }},
      {"freshet_upstream_refusals_total", "What came from another server and did not fit here.",
       [](const RemoteStatus& status) { return status.refusals; }},
  }};
  if (readers_.empty()) return;
  out.gauge("freshet_upstream_ready", "Whether a collection is connected and equal to another server's.");
  for (const auto& reader : readers_) {
    out.sample(reader->status().state == RemoteState::ready ? 1 : 0, {{"input", reader->name()}});
  }
  for (const Family& family : kCounters) {
    out.counter(family.name, family.help);
    for (const auto& reader : readers_) out.sample(family.value(reader->status()), {{"input", reader->name()}});
  }
}

}  // namespace freshet
