// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/mediator_routes.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/base/reply.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/service/exposition.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/service/internal/graph_routes.hpp"
#include "freshet/service/mediators/internal/letters.hpp"
#include "freshet/service/mediators/mediators.hpp"
#include "freshet/service/service.hpp"

namespace freshet::mediators {
namespace {

using net::PathParams;
using net::Request;
using net::Response;
using service::json_now;

constexpr std::size_t kLettersMax = 100;

Response list(const Mediators& mediators) {
  auto json = to_json(mediators.list());
  if (!json) return Response::problem(json.error());
  return json_now(R"({"mediators":)" + std::move(*json) + "}");
}

/// Answers when the transaction has ended; the loop does not wait for the store.
Response show_letters(const std::shared_ptr<store::Backend>& backend, std::string mediator) {
  return Response::later([backend, mediator = std::move(mediator)](net::ResponseReply reply) {
    const auto body = std::make_shared<std::string>();                          // owners: the two callbacks
    const auto later = std::make_shared<net::ResponseReply>(std::move(reply));  // the same
    backend->read(
        [body, mediator](store::BackendTransaction& transaction) -> Result<void> {
          const auto letters = find_letters(transaction, mediator, kLettersMax);
          if (!letters) return fail(letters.error());
          auto json = to_json(*letters);
          if (!json) return fail(std::move(json.error()));
          *body = R"({"dead_letters":)" + std::move(*json) + "}";
          return {};
        },
        [body, later](Result<store::Position> end) {
          if (!end) return later->fail(std::move(end.error()));
          (*later)(json_now(std::move(*body)));
        });
  });
}

Response requeue(const std::shared_ptr<store::Backend>& backend, const std::string& mediator, const std::string& id) {
  return Response::later([backend, mediator, id](net::ResponseReply reply) {
    const auto later = std::make_shared<net::ResponseReply>(std::move(reply));  // owners: the callbacks
    backend->write(
        [mediator, id](store::BackendTransaction& transaction) {
          return requeue_letter(transaction, id, SystemClock().now(), mediator);
        },
        [later](Result<store::Position> end) {
          if (!end) return later->fail(std::move(end.error()));
          (*later)(Response::empty());
        });
  });
}

/// Who may look, asked for each request.
class Guard {
 public:
  Guard(Service& service, std::function<bool(const Caller&)> may_look)
      : service_(service), may_look_(std::move(may_look)) {}

  /// What to answer those who may not see the list.
  std::optional<Response> refuse(const Request& request) const {
    if (!may_look_ || may_look_(request.user())) return std::nullopt;
    return service::refusal(request, {.code = ErrorCode::forbidden,
                                      .primary = "mediators are not for everybody to see",
                                      .detail = "the program says who may"});
  }
  /// The same for what shows documents.
  std::optional<Response> refuse_letters(const Request& request) const {
    if (may_look_) return refuse(request);
    const ServiceOptions& options = service_.options();
    // Whoever looks inside sees all documents: where some are not for everybody, only if the program says so.
    const bool is_open =
        service::shows_graph(options) && (service_.access_rules().empty() || options.show_graph.value_or(false));
    if (is_open) return std::nullopt;
    return Response::problem({.code = ErrorCode::not_found,
                              .primary = "dead letters are not shown here",
                              .hint = "say who may see them: Mediators(service, store, may_look)"});
  }

 private:
  Service& service_;
  std::function<bool(const Caller&)> may_look_;
};

std::uint64_t positive(std::int64_t value) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value)); }

}  // namespace

void add_mediator_routes(Service& service, const Mediators& mediators, std::function<bool(const Caller&)> may_look) {
  const auto guard = std::make_shared<const Guard>(service, std::move(may_look));  // owners: the routes
  service.route(net::Method::get, "/v1/mediators", [&mediators, guard](Request& request, const PathParams&) {
    auto refused = guard->refuse(request);
    return refused ? *std::move(refused) : list(mediators);
  });
  service.route(net::Method::get, "/v1/mediators/{name}/dead_letters",
                [guard, backend = mediators.store().backend()](Request& request, const PathParams& params) {
                  auto refused = guard->refuse_letters(request);
                  return refused ? *std::move(refused) : show_letters(backend, params["name"]);
                });
  service.route(net::Method::post, "/v1/mediators/{name}/dead_letters/{id}/requeue",
                [guard, backend = mediators.store().backend()](Request& request, const PathParams& params) {
                  auto refused = guard->refuse_letters(request);
                  return refused ? *std::move(refused) : requeue(backend, params["name"], params["id"]);
                });
}

void add_mediator_figures(service::Exposition& out, const std::vector<MediatorStatus>& mediators) {
  const auto add = [&](std::int64_t MediatorStatus::*figure) {
    for (const MediatorStatus& status : mediators) {
      out.sample(positive(status.*figure),
                 {{"mediator", status.name}, {"mode", type_of<MediatorMode>().read_enum(&status.mode)}});
    }
  };
  if (mediators.empty()) return;
  out.counter("freshet_mediator_processed_total", "Events, tasks or requests that were handled to their end.");
  add(&MediatorStatus::processed);
  out.counter("freshet_mediator_retried_total", "Attempts that failed and were made again.");
  add(&MediatorStatus::retried);
  out.counter("freshet_mediator_dead_total", "Events, tasks or requests that were given up.");
  add(&MediatorStatus::dead);
  out.gauge("freshet_mediator_waiting", "What is at hand in this process and not done yet.");
  add(&MediatorStatus::waiting);
  out.gauge("freshet_mediator_lag_milliseconds", "For how long the oldest of what is to be done has been waiting.");
  add(&MediatorStatus::lag_ms);
  out.counter("freshet_mediator_views_written_total", "Documents of views that were written or removed.");
  add(&MediatorStatus::views_written);
  out.gauge("freshet_mediator_running", "Whether this process follows the source, or does tasks.");
  for (const MediatorStatus& status : mediators) {
    out.sample(status.state == MediatorStatus::State::running ? 1 : 0,
               {{"mediator", status.name}, {"mode", type_of<MediatorMode>().read_enum(&status.mode)}});
  }
}

}  // namespace freshet::mediators
