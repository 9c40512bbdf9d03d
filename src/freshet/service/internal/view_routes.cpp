// SPDX-License-Identifier: MIT
#include "freshet/service/internal/view_routes.hpp"

#include <optional>
#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/service/internal/etag.hpp"
#include "freshet/service/internal/view_request.hpp"
#include "freshet/service/resource_name.hpp"
#include "freshet/store/store.hpp"
#include "freshet/stream/access.hpp"

namespace freshet::service {
namespace {

using net::PathParams;
using net::Request;
using net::Response;

Response show(const AnyObject& row) {
  auto json = json_of(row);
  if (!json) return Response::problem(json.error());
  std::string etag = etag_of(*json);
  Response response = json_now(*std::move(json));
  response.headers.add("ETag", std::move(etag));
  return response;
}

// To a reader who may not see all rows, one that fails is one that is not there: its error might tell of others.
Response refuse_row(const ViewPort& view, const stream::RowRules* rules, const std::string& key, const Error& error) {
  if (rules == nullptr || error.code != ErrorCode::internal) return Response::problem(error);
  return Response::problem(no_such_row(view.name, key).value());
}

Response refuse_list(const ViewPort& view, const stream::RowRules* rules, const Error& error) {
  if (rules == nullptr || error.code != ErrorCode::internal) return Response::problem(error);
  return Response::problem({.code = ErrorCode::internal, .primary = "a row of " + view.name + " cannot be computed"});
}

Response show_list(const ViewPort::KeyedRows& rows) {
  std::string json = "{\"results\":{";
  for (const auto& [key, row] : rows) {
    if (&row != &rows.front().second) json += ',';
    codec::append_json_name(json, key);
    if (auto encoded = codec::encode_json(row.type(), row.get(), json); !encoded) {
      return Response::problem(encoded.error());
    }
  }
  return json_now(json + "}}");
}

Error nobody_may(const std::string& what, const ViewPort& view) {
  return {.code = ErrorCode::forbidden,
          .primary = "clients may not " + what + " " + view.name,
          .detail = "it has access rules, and none of them allows it",
          .path = "$"};
}

void require_name(std::string_view kind, const std::string& name) {
  if (is_resource_name(name)) return;
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "'" + name + "' cannot be the name of a " + std::string(kind),
                 .detail = "a name is made of letters, digits, '_', '-' and '.'"});
}

}  // namespace

ViewRoutes::ViewRoutes(Service& service, LiveStore* live, std::shared_ptr<store::Backend> backend,
                       ViewModelsOptions options)
    : service_(service),
      backend_(backend),
      writes_(std::make_shared<ViewWrites>(service, live, std::move(backend), options)) {}

void ViewRoutes::add(std::unique_ptr<ViewPort> port, const std::string& path) {
  require_name("view", port->name);
  const ViewPort& view = *port;
  if (!views_.emplace(view.name, std::move(port)).second) {
    throw Failure({.code = ErrorCode::already_exists, .primary = "there is already a view named " + view.name});
  }
  if (view.is_once) service_.access_rules().add_subject(view.name, {&type_of<std::string>(), &view.value_type()});
  add_routes(view, "/v1/views/" + view.name);
  if (!path.empty()) add_routes(view, path);
}

void ViewRoutes::add_routes(const ViewPort& view, const std::string& path) {
  // The routes hold a share: they live as long as the service, which outlives the views.
  const auto self = shared_from_this();
  service_.route(net::Method::get, path + "/{key}", [self, &view](Request& request, const PathParams& params) {
    return self->get(view, request, params["key"]);
  });
  service_.route(net::Method::patch, path + "/{key}", [self, &view](Request& request, const PathParams& params) {
    return self->patch(view, request, params["key"]);
  });
  service_.route(net::Method::get, path,
                 [self, &view](Request& request, const PathParams&) { return self->list(view, request); });
}

Result<ViewRoutes::ViewRules> ViewRoutes::rules_for(const ViewPort& view, const void* params,
                                                    const Caller& caller) const {
  stream::AccessRules& access = service_.access_rules();
  if (access.empty()) return ViewRules{};
  if (const auto* own = access.rules_of(view.name)) return ViewRules{own};
  if (view.is_once) {
    return fail(ErrorCode::forbidden, view.name + " is not for clients: it has no access rules of its own",
                "it is computed from the store, of which the other rules say nothing",
                "declare rules for " + view.name);
  }
  auto source = view.source(params);
  if (const auto* own = access.rules_of(source->node())) return ViewRules{own};
  const auto readable = access.readable(view.name, std::move(source), caller);
  if (!readable) return fail(readable.error());
  return ViewRules{nullptr, readable->personal};
}

bool ViewRoutes::may_read(const stream::RowRules* rules, const Caller& caller, const std::string& key,
                          const void* row) const {
  return rules == nullptr || rules->allows(stream::Right::read, caller, &key, row, *service_.access_rules().faults());
}

Response ViewRoutes::get(const ViewPort& view, const Request& request, const std::string& key) {
  const auto ruled = rules_for(view, nullptr, request.user());
  if (!ruled) return refusal(request, ruled.error());
  if (ruled->rules != nullptr && !ruled->rules->has(stream::Right::read)) {
    return refusal(request, nobody_may("read", view));
  }
  if (view.is_once) return get_once(view, ruled->rules, request.user(), key);
  const auto row = view.row(key);
  if (!row) return refuse_row(view, ruled->rules, key, row.error());
  if (may_read(ruled->rules, request.user(), key, row->get())) return show(*row);
  return Response::problem(no_such_row(view.name, key).value());
}

// Computed in the store; whether it may be seen is decided on the loop.
Response ViewRoutes::get_once(const ViewPort& view, const stream::RowRules* rules, const Caller& caller,
                              const std::string& key) {
  return Response::later([self = shared_from_this(), &view, rules, caller, key](net::ResponseReply given) {
    const auto reply = std::make_shared<net::ResponseReply>(std::move(given));
    const auto row = std::make_shared<std::optional<AnyObject>>();
    if (!self->writes_->work().begin()) return;
    self->backend_->read(
        [&view, key, caller, row](store::BackendTransaction& transaction) -> Result<void> {
          auto computed = view.compute(transaction, key, caller);
          if (!computed) return fail(std::move(computed.error()));
          *row = *std::move(computed);
          return {};
        },
        [self, &view, rules, caller, key, reply, row](const Result<store::Position>& end) {
          self->writes_->work().end([=, &view, error = end ? Error{} : end.error()] {
            if (!*row) return (*reply)(refuse_row(view, rules, key, error));
            const bool readable = self->may_read(rules, caller, key, (**row).get());
            (*reply)(readable ? show(**row) : Response::problem(no_such_row(view.name, key).value()));
          });
        });
  });
}

Response ViewRoutes::list(const ViewPort& view, const Request& request) {
  auto params = read_query_params(view.params_type(), request.query);
  if (!params) return Response::problem(params.error());
  const auto ruled = rules_for(view, std::as_const(*params).get(), request.user());
  if (!ruled) return refusal(request, ruled.error());
  if (ruled->rules != nullptr && !ruled->rules->has(stream::Right::read)) {
    return refusal(request, nobody_may("read", view));
  }
  if (view.is_once) return list_once(view, ruled->rules, request.user(), *std::move(params));
  auto rows = view.show_all(std::as_const(*params).get(), [&](const std::string& key, const void* row) {
    return may_read(ruled->rules, request.user(), key, row);
  });
  if (!rows) return Response::problem(rows.error());
  Response response = json_now("{\"results\":" + *rows + "}");
  response.headers.add("Freshet-Version", std::to_string(service_.graph().version()));
  return response;
}

Response ViewRoutes::list_once(const ViewPort& view, const stream::RowRules* rules, const Caller& caller,
                               AnyObject params) {
  return Response::later([self = shared_from_this(), &view, rules, caller,
                          params = std::make_shared<const AnyObject>(std::move(params))](net::ResponseReply given) {
    const auto reply = std::make_shared<net::ResponseReply>(std::move(given));
    const auto rows = std::make_shared<ViewPort::KeyedRows>();
    if (!self->writes_->work().begin()) return;
    self->backend_->read(
        [&view, params, caller, rows](store::BackendTransaction& transaction) -> Result<void> {
          auto computed = view.compute_all(transaction, params->get(), caller);
          if (!computed) return fail(std::move(computed.error()));
          *rows = *std::move(computed);
          return {};
        },
        [self, &view, rules, caller, reply, rows](const Result<store::Position>& end) {
          self->writes_->work().end([=, &view, error = end ? std::optional<Error>() : end.error()] {
            if (error) return (*reply)(refuse_list(view, rules, *error));
            std::erase_if(*rows,
                          [&](const auto& row) { return !self->may_read(rules, caller, row.first, row.second.get()); });
            (*reply)(show_list(*rows));
          });
        });
  });
}

Response ViewRoutes::patch(const ViewPort& view, Request& request, const std::string& key) {
  if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
  const auto ruled = rules_for(view, nullptr, request.user());
  if (!ruled) return refusal(request, ruled.error());
  if (ruled->is_guarded) return refusal(request, nobody_may("write to", view));
  if (const auto* rules = ruled->rules; rules != nullptr && !rules->has(stream::Right::write)) {
    // Those who may not even read the row learn no more than that it is not there.
    const auto row = view.is_once ? Result<AnyObject>(no_such_row(view.name, key)) : view.row(key);
    const bool is_there = view.is_once || (row && may_read(rules, request.user(), key, row->get()));
    if (!is_there) return Response::problem(no_such_row(view.name, key).value());
    return refusal(request, nobody_may("write to", view));
  }
  auto patch = read_patch(view, request.body);
  if (!patch) return Response::problem(patch.error());
  return writes_->patch(view, ruled->rules, key, *std::move(patch), std::string(request.header("If-Match")),
                        request.user());
}

FormPort& ViewRoutes::add_form(FormPort port) {
  require_name("form", port.name);
  const std::string name = port.name;
  const auto [form, added] = forms_.emplace(name, std::move(port));
  if (!added) throw Failure({.code = ErrorCode::already_exists, .primary = "there is already a form named " + name});
  service_.route(net::Method::post, "/v1/forms/" + name,
                 [self = shared_from_this(), &form = form->second](Request& request, const PathParams&) {
                   return self->fill_in(form, request);
                 });
  return form->second;
}

Response ViewRoutes::fill_in(const FormPort& form, Request& request) {
  if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
  AnyObject filled(*form.type);
  if (auto read = codec::decode_json(*form.type, filled.get(), request.body); !read) {
    return Response::problem(read.error());
  }
  return writes_->fill_in(form, std::move(filled), request.user());
}

void ViewRoutes::close() {
  writes_->work().close();
  // On the graph's thread, and while there is a graph.
  views_.clear();
}

}  // namespace freshet::service

namespace freshet {

ViewModels::ViewModels(Service& service, LiveStore& live, ViewModelsOptions options)
    : service_(service),
      live_(&live),
      routes_(std::make_shared<service::ViewRoutes>(service, &live, live.backend(), options)) {
  service.ready_when("store", [&live] { return live.ready(); });
}

ViewModels::ViewModels(Service& service, std::shared_ptr<store::Backend> backend, ViewModelsOptions options)
    : service_(service),
      live_(nullptr),
      routes_(std::make_shared<service::ViewRoutes>(service, nullptr, std::move(backend), options)) {}

ViewModels::ViewModels(Service& service, const Store& store, ViewModelsOptions options)
    : ViewModels(service, store.backend(), options) {}

ViewModels::~ViewModels() { routes_->close(); }

Models& ViewModels::models_for(const std::string& view) const {
  if (live_ != nullptr) return *live_;
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "the view " + view + " cannot be live over a store that nothing follows",
                 .hint = "make ViewModels with a LiveStore, or give the view Lifecycle::once"});
}

void ViewModels::require_once(const service::ViewPort& view) {
  if (view.is_once) return;
  throw Failure({.code = ErrorCode::invalid_argument,
                 .primary = "the view " + view.name + " depends on who asks and cannot be kept live",
                 .hint = "give it Lifecycle::once, or declare a resource whose build function takes a Caller"});
}

void ViewModels::add_port(std::unique_ptr<service::ViewPort> port, const ViewOptions& options) {
  routes_->add(std::move(port), options.path);
}

service::FormPort& ViewModels::add_form(service::FormPort form) { return routes_->add_form(std::move(form)); }

}  // namespace freshet
