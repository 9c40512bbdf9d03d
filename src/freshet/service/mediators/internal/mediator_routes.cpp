// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/mediator_routes.hpp"

#include <memory>
#include <string>
#include <utility>

#include "freshet/base/reply.hpp"
#include "freshet/codec/json.hpp"
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

Response requeue(const std::shared_ptr<store::Backend>& backend, std::string id) {
  return Response::later([backend, id = std::move(id)](net::ResponseReply reply) {
    const auto later = std::make_shared<net::ResponseReply>(std::move(reply));  // owners: the callbacks
    backend->write(
        [id](store::BackendTransaction& transaction) { return requeue_letter(transaction, id, SystemClock().now()); },
        [later](Result<store::Position> end) {
          if (!end) return later->fail(std::move(end.error()));
          (*later)(Response::empty());
        });
  });
}

}  // namespace

void add_mediator_routes(Service& service, const Mediators& mediators) {
  service.route(net::Method::get, "/v1/mediators",
                [&mediators](Request&, const PathParams&) { return list(mediators); });
  if (!service::shows_graph(service.options())) return;
  service.route(net::Method::get, "/v1/mediators/{name}/dead_letters",
                [backend = mediators.store().backend()](Request&, const PathParams& params) {
                  return show_letters(backend, params["name"]);
                });
  service.route(net::Method::post, "/v1/mediators/{name}/dead_letters/{id}/requeue",
                [backend = mediators.store().backend()](Request&, const PathParams& params) {
                  return requeue(backend, params["id"]);
                });
}

}  // namespace freshet::mediators
