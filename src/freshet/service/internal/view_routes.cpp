// SPDX-License-Identifier: MIT
#include "freshet/service/internal/view_routes.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/service/resource_name.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/transaction.hpp"
#include "freshet/stream/access.hpp"
#include "freshet/stream/snapshot.hpp"

namespace freshet::service {
namespace {

using net::PathParams;
using net::Request;
using net::Response;

Response show(std::string json) {
  std::string etag = etag_of(json);
  Response response = json_now(std::move(json));
  response.headers.add("ETag", std::move(etag));
  return response;
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
    : service_(service), live_(live), backend_(std::move(backend)), options_(options) {}

void ViewRoutes::add(std::unique_ptr<ViewPort> port, const std::string& path) {
  require_name("view", port->name);
  const ViewPort& view = *port;
  if (!views_.emplace(view.name, std::move(port)).second) {
    throw Failure({.code = ErrorCode::already_exists, .primary = "there is already a view named " + view.name});
  }
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
  if (view.is_once) return;
  service_.route(net::Method::get, path,
                 [self, &view](Request& request, const PathParams&) { return self->list(view, request); });
}

Result<bool> ViewRoutes::check_reader(const ViewPort& view, const Request& request, const std::string& key) const {
  stream::AccessRules& access = service_.access_rules();
  if (access.empty()) return false;
  if (view.is_once) {
    return fail(ErrorCode::forbidden, view.name + " is not for clients where there are access rules",
                "it is computed from the store, which they say nothing of", "keep the view live");
  }
  const auto readable = access.readable(view.name, view.source(nullptr), request.user());
  if (!readable) return fail(readable.error());
  if (!readable->personal) return false;
  const auto whole = stream::take_row(service_.graph(), *view.source(nullptr), &key);
  if (stream::take_row(service_.graph(), *readable->source, &key).rows != whole.rows)
    return no_such_row(view.name, key);
  return true;
}

Response ViewRoutes::get(const ViewPort& view, const Request& request, const std::string& key) {
  if (const auto allowed = check_reader(view, request, key); !allowed) return Response::problem(allowed.error());
  if (!view.is_once) {
    auto row = view.show(key);
    return row ? show(*std::move(row)) : Response::problem(row.error());
  }
  return Response::later([self = shared_from_this(), &view, key](net::ResponseReply reply) {
    const auto shared_reply = std::make_shared<net::ResponseReply>(std::move(reply));
    const auto json = std::make_shared<std::string>();
    self->begin_work();
    self->backend_->read(
        [&view, key, json](store::BackendTransaction& transaction) -> Result<void> {
          auto row = view.compute(transaction, key);
          if (!row) return fail(std::move(row.error()));
          *json = *std::move(row);
          return {};
        },
        [self, shared_reply, json](const Result<store::Position>& end) {
          (*shared_reply)(end ? freshet::service::show(std::move(*json)) : Response::problem(end.error()));
          self->end_work({});
        });
  });
}

Response ViewRoutes::list(const ViewPort& view, const Request& request) {
  const auto params = read_query_params(view.params_type(), request.query);
  if (!params) return Response::problem(params.error());
  const auto readable = service_.access_rules().readable(view.name, view.source(params->get()), request.user());
  if (!readable) return Response::problem(readable.error());
  const auto all = view.source(params->get());
  auto rows = view.show_all(params->get(), [&](const std::string& key) {
    return !readable->personal || stream::take_row(service_.graph(), *readable->source, &key).rows ==
                                      stream::take_row(service_.graph(), *all, &key).rows;
  });
  if (!rows) return Response::problem(rows.error());
  Response response = json_now("{\"results\":" + *rows + "}");
  response.headers.add("Freshet-Version", std::to_string(service_.graph().version()));
  return response;
}

Response ViewRoutes::patch(const ViewPort& view, Request& request, const std::string& key) {
  if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
  const auto is_ruled = check_reader(view, request, key);
  if (!is_ruled) return Response::problem(is_ruled.error());
  if (*is_ruled) {
    // Who may read something may not therefore write it, and no rule says what a setter writes.
    return Response::problem({.code = ErrorCode::forbidden,
                              .primary = "clients may not write to " + view.name,
                              .detail = "it has access rules, which do not say who may"});
  }
  auto patch = read_patch(view, request.body);
  if (!patch) return Response::problem(patch.error());
  auto write = std::make_shared<Write>();
  write->view = &view;
  write->key = key;
  write->if_match = request.header("If-Match");
  write->body = [&view, key, patch = std::make_shared<const Patch>(*std::move(patch))](
                    store::BackendTransaction& transaction) -> Result<std::string> {
    StoreTransaction typed(transaction);
    for (const auto& [setter, value] : patch->items) {
      if (auto set = setter->set(typed, key, value.get()); !set) {
        if (set.error().path.empty()) set.error().path = "$" + member_step(setter->field->data_key);
        return fail(std::move(set.error()));
      }
    }
    return view.is_once ? view.compute(transaction, key) : Result<std::string>(std::string());
  };
  return this->write(std::move(write));
}

void ViewRoutes::add_form(std::string name, const Type& type, FormHandler handler) {
  require_name("form", name);
  const auto [form, added] = forms_.emplace(name, Form{&type, std::move(handler)});
  if (!added) throw Failure({.code = ErrorCode::already_exists, .primary = "there is already a form named " + name});
  service_.route(net::Method::post, "/v1/forms/" + name,
                 [self = shared_from_this(), &form = form->second](Request& request, const PathParams&) {
                   return self->fill_in(form, request);
                 });
}

Response ViewRoutes::fill_in(const Form& form, Request& request) {
  if (auto refusal = refuse_unless_json(request)) return *std::move(refusal);
  auto filled = std::make_shared<AnyObject>(*form.type);
  if (auto read = codec::decode_json(*form.type, filled->get(), request.body); !read) {
    return Response::problem(read.error());
  }
  auto write = std::make_shared<Write>();
  write->status = 201;
  write->body = [&form, filled](store::BackendTransaction& transaction) {
    StoreTransaction typed(transaction);
    return form.handler(typed, std::as_const(*filled).get());
  };
  return this->write(std::move(write));
}

Response ViewRoutes::write(std::shared_ptr<Write> write) {
  if (writes_ >= options_.writes_max) {
    return Response::problem(503, {.code = ErrorCode::limit_exceeded,
                                   .primary = "too many writes are on their way to the store",
                                   .detail = "the limit is " + std::to_string(options_.writes_max),
                                   .hint = "try again soon"});
  }
  ++writes_;
  return Response::later([self = shared_from_this(), write = std::move(write)](net::ResponseReply reply) {
    write->reply.emplace(std::move(reply));
    self->run(write);
  });
}

Result<void> ViewRoutes::check_condition(Write& write, store::BackendTransaction& transaction) {
  if (write.if_match.empty()) return {};
  const auto row = write.view->compute(transaction, write.key);
  if (!row) return fail(row.error());
  const std::string etag = etag_of(*row);
  write.is_mismatch = write.if_match != "*" && write.if_match.find(etag) == std::string::npos;
  if (!write.is_mismatch) return {};
  return fail(ErrorCode::conflict, "the row is not what it was", "its ETag is " + etag,
              "read it again and decide anew");
}

// From the loop to the store and back. The body runs on the store's threads.
void ViewRoutes::run(const std::shared_ptr<Write>& write) {
  begin_work();
  backend_->write(
      [write](store::BackendTransaction& transaction) -> Result<void> {
        if (auto matches = check_condition(*write, transaction); !matches) return matches;
        auto value = write->body(transaction);
        if (!value) return fail(std::move(value.error()));
        write->value = *std::move(value);
        return {};
      },
      [self = shared_from_this(), write](Result<store::Position> end) {
        self->end_work([self, write, end = std::move(end)] {
          if (!end && store::is_lost_race(end.error()) && ++write->attempts < self->options_.attempts_max) {
            return self->run_again(write);
          }
          --self->writes_;
          if (end) return self->written(write, *end);
          (*write->reply)(write->is_mismatch ? Response::problem(412, end.error()) : Response::problem(end.error()));
        });
      });
}

void ViewRoutes::run_again(const std::shared_ptr<Write>& write) {
  const auto delay = options_.retry_delay * (std::int64_t{1} << std::min<std::size_t>(write->attempts, 10));
  std::uniform_int_distribution<std::int64_t> jitter(delay.count() / 2, delay.count());
  write->timer = service_.loop().after(std::chrono::milliseconds(jitter(random_)),
                                       [self = shared_from_this(), write] { self->run(write); });
}

void ViewRoutes::written(const std::shared_ptr<Write>& write, const store::Position& position) {
  if (live_ == nullptr) return answer(*write, std::nullopt);
  live_->when_at(position, [self = shared_from_this(), write](Version version) { self->answer(*write, version); });
  if (write->answered) return;
  write->timer = service_.loop().after(options_.visible_timeout,
                                       [self = shared_from_this(), write] { self->answer(*write, std::nullopt); });
}

void ViewRoutes::answer(Write& write, std::optional<Version> version) {
  if (std::exchange(write.answered, true)) return;
  write.timer.cancel();  // it holds on to the write
  if (write.view != nullptr && !write.view->is_once) {
    const auto row = write.view->show(write.key);
    write.value = row ? *row : "null";
  }
  std::string body =
      "{\"version\":" + (version ? std::to_string(*version) : "null") + ",\"value\":" + write.value + "}";
  Response response = json_now(std::move(body));
  response.status = live_ != nullptr && !version ? 202 : write.status;
  if (write.view != nullptr && write.value != "null") response.headers.add("ETag", etag_of(write.value));
  (*write.reply)(std::move(response));
}

void ViewRoutes::begin_work() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

void ViewRoutes::end_work(net::Task then) {
  const std::lock_guard lock(mutex_);
  if (!closed_ && then) service_.loop().post(std::move(then));
  if (--under_way_ == 0) idle_.notify_all();
}

void ViewRoutes::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  idle_.wait(lock, [this] { return under_way_ == 0; });
  // On the graph's thread, and while there is a graph.
  views_.clear();
}

}  // namespace freshet::service

namespace freshet {

ViewModels::ViewModels(Service& service, LiveStore& live, ViewModelsOptions options)
    : service_(service),
      live_(&live),
      routes_(std::make_shared<service::ViewRoutes>(service, &live, live.backend(), options)) {}

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

void ViewModels::add_port(std::unique_ptr<service::ViewPort> port, const ViewOptions& options) {
  routes_->add(std::move(port), options.path);
}

void ViewModels::add_form(std::string name, const Type& type, FormHandler handler) {
  routes_->add_form(std::move(name), type, std::move(handler));
}

}  // namespace freshet
