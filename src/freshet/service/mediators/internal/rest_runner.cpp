// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/rest_runner.hpp"

#include <atomic>
#include <exception>
#include <optional>
#include <utility>

#include "freshet/base/reply.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/service/internal/etag.hpp"
#include "freshet/service/service.hpp"

namespace freshet::mediators {

using net::Request;
using net::Response;

namespace {

bool is_fault_of_request(const Error& error) {
  return error.code != ErrorCode::unavailable && error.code != ErrorCode::internal &&
         error.code != ErrorCode::limit_exceeded;
}

Response busy(const Error& error) {
  Response response = Response::problem(503, error);
  response.headers.add("Retry-After", "1");
  return response;
}

/// A key as a segment of a path (RFC 3986: what is unreserved stands as it is).
std::string as_segment(std::string_view key) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string segment;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                               c == '.' || c == '_' || c == '~';
    if (is_unreserved) {
      segment += c;
    } else {
      segment += '%';
      segment += kDigits[byte >> 4U];
      segment += kDigits[byte & 15U];
    }
  }
  return segment;
}

}  // namespace

/// A request on its way: what the store is asked, and the way of its answer back to the loop.
class RestRunner::Work final : public Question<RestAnswer> {
 public:
  /// Requires: there is room, which this gives back.
  explicit Work(std::shared_ptr<RestRunner> its_runner) : runner(std::move(its_runner)) {}
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() override { give_room(); }

  void deliver() override { runner->finish(*this); }

  /// In the transaction, whose body this is.
  Result<RestAnswer> run(StoreTransaction& transaction) {
    if (attempts++ != 0) {
      runner->counters_.retried({.code = ErrorCode::conflict, .primary = "another transaction got in the way"});
    }
    if (!if_match.empty()) {
      const auto seen = condition(transaction);
      if (!seen) return fail(seen.error());
      const std::string etag = seen->value ? service::etag_of(*seen->value) : "";
      is_mismatch = !seen->value || !service::names_etag(if_match, etag);
      if (is_mismatch) {
        return fail(ErrorCode::conflict, "it is not what it was", etag.empty() ? "it is gone" : "its ETag is " + etag,
                    "read it again and decide anew");
      }
    }
    auto answer = call(transaction);
    if (answer && answer->is_missing && operation != RestOperation::create) {
      return fail(ErrorCode::not_found, "there is no such thing", key);
    }
    return answer;
  }

  const std::shared_ptr<RestRunner> runner;  // owners: the Mediators, the routes, calls under way
  RestOperation operation = RestOperation::read;
  std::string key;
  std::shared_ptr<const Caller> caller;
  RestCall call;
  RestCall condition;  // what a GET gives
  std::string if_match;
  std::string if_none_match;
  std::optional<net::ResponseReply> reply;
  // Written by the body.
  std::size_t attempts = 0;
  bool is_mismatch = false;

 protected:
  void send() override {
    // The task owns this; that the store has done its part is known as soon as the loop has it.
    runner->service_.loop().post([self = std::static_pointer_cast<Work>(shared_from_this())] { self->deliver(); });
    give_room();
  }

 private:
  void give_room() {
    if (!left_.exchange(true)) runner->leave();
  }

  std::atomic<bool> left_ = false;
};

RestRunner::RestRunner(std::string name, RestOptions options, Service& service, Store store)
    : name_(std::move(name)),
      options_(std::move(options)),
      path_(options_.path.empty() ? "/v1/rest/" + name_ : options_.path),
      service_(service),
      store_(std::move(store)) {}

void RestRunner::answer(RestOperation operation, RestHandler handler) {
  RestHandler& place = handlers_[static_cast<std::size_t>(operation)];
  if (place) throw Failure({.code = ErrorCode::already_exists, .primary = "it is answered already", .detail = name_});
  place = std::move(handler);
  const std::string path = path_ + (takes_key(operation) ? "/{key}" : "");
  const auto add = [&](net::Method method) {
    service_.route(method, path,
                   [self = shared_from_this(), operation](Request& request, const net::PathParams& params) {
                     return self->handle(operation, request, takes_key(operation) ? params["key"] : std::string());
                   });
  };
  switch (operation) {
    case RestOperation::create:
      return add(net::Method::post);
    case RestOperation::update:
      add(net::Method::patch);
      return add(net::Method::put);
    case RestOperation::remove:
      return add(net::Method::delete_);
    case RestOperation::read:
    case RestOperation::list:
      return add(net::Method::get);
  }
}

Result<void> RestRunner::start() {
  const std::scoped_lock lock(mutex_);
  open_ = true;
  counters_.state(MediatorStatus::State::running);
  return {};
}

void RestRunner::stop() {
  std::unique_lock lock(mutex_);
  open_ = false;
  counters_.state(MediatorStatus::State::stopped);
  idle_.wait(lock, [&] { return under_way_ == 0; });
}

void RestRunner::fill(MediatorStatus& status) const {
  counters_.fill(status);
  status.name = name_;
  status.doc = options_.doc;
  status.mode = MediatorMode::rest;
  status.source = path_;
  const std::scoped_lock lock(mutex_);
  status.waiting = static_cast<std::int64_t>(under_way_);
}

Result<void> RestRunner::enter() {
  const std::scoped_lock lock(mutex_);
  if (!open_) return fail(ErrorCode::unavailable, "nobody answers '" + name_ + "' now", "its mediators do not run");
  if (under_way_ >= options_.requests_max) {
    return fail(ErrorCode::limit_exceeded, "too many requests are with the store",
                "the limit is " + std::to_string(options_.requests_max), "try again soon");
  }
  ++under_way_;
  return {};
}

void RestRunner::leave() {
  const std::scoped_lock lock(mutex_);
  if (--under_way_ == 0) idle_.notify_all();
}

Response RestRunner::handle(RestOperation operation, Request& request, const std::string& key) {
  const bool brings = operation == RestOperation::create || operation == RestOperation::update;
  if (auto refused = brings ? service::refuse_unless_json(request) : std::nullopt) return *std::move(refused);
  if (auto entered = enter(); !entered) return busy(entered.error());
  const auto work = std::make_shared<Work>(shared_from_this());
  work->operation = operation;
  work->key = key;
  work->caller = std::make_shared<const Caller>(request.user());
  work->if_none_match = request.header("If-None-Match");
  RestRequest asked{.caller = work->caller,
                    .key = key,
                    .query = request.query,
                    .body = {},
                    .is_whole = request.method != net::Method::patch};
  if (operation == RestOperation::update || operation == RestOperation::remove) {
    work->if_match = request.header("If-Match");
    const RestHandler& read = handlers_[static_cast<std::size_t>(RestOperation::read)];
    if (!work->if_match.empty() && !read) {
      return Response::problem({.code = ErrorCode::invalid_argument,
                                .primary = "this cannot depend on If-Match",
                                .detail = "nothing is to be read here"});
    }
    if (!work->if_match.empty()) {
      auto condition = read(asked);
      if (!condition) return service::refusal(request, condition.error());
      work->condition = std::move(*condition);
    }
  }
  asked.body = std::move(request.body);
  auto call = handlers_[static_cast<std::size_t>(operation)](std::move(asked));
  if (!call) return service::refusal(request, call.error());
  work->call = std::move(*call);
  return Response::later([work](net::ResponseReply reply) {
    work->reply.emplace(std::move(reply));
    const auto body = [work](StoreTransaction& transaction) { return work->run(transaction); };
    Reply<RestAnswer> answer(work);
    only_reads(work->operation) ? work->runner->store_.read<RestAnswer>(body, std::move(answer))
                                : work->runner->store_.transact<RestAnswer>(body, std::move(answer));
  });
}

void RestRunner::finish(Work& work) {
  const Result<RestAnswer>& answer = work.answer();
  if (!answer) {
    is_fault_of_request(answer.error()) ? counters_.processed() : counters_.dead(answer.error());
    return (*work.reply)(work.is_mismatch ? Response::problem(412, answer.error())
                                          : service::refusal(*work.caller, answer.error()));
  }
  counters_.processed();
  for (const auto& sink : answer->afterwards) {
    try {
      if (const auto done = sink(); !done) counters_.trouble(done.error());
    } catch (const std::exception& error) {
      counters_.trouble({.primary = "a sink of '" + name_ + "' threw", .detail = error.what()});
    } catch (...) {
      counters_.trouble({.primary = "a sink of '" + name_ + "' threw"});
    }
  }
  (*work.reply)(respond(work, *answer));
}

Response RestRunner::respond(const Work& work, RestAnswer answer) const {
  if (!answer.value || work.operation == RestOperation::remove) return Response::empty();
  if (work.operation == RestOperation::create) {
    Response response = service::json_now(*std::move(answer.value));
    response.status = 201;
    if (!answer.key.empty()) response.headers.add("Location", path_ + "/" + as_segment(answer.key));
    return response;
  }
  if (work.operation != RestOperation::read) return service::json_now(*std::move(answer.value));
  const std::string etag = service::etag_of(*answer.value);
  Response response =
      service::names_etag(work.if_none_match, etag) ? Response::empty(304) : Response::json(*std::move(answer.value));
  response.headers.add("ETag", etag);
  response.headers.add("Cache-Control", "private, no-cache");  // ask again, with the ETag
  return response;
}

}  // namespace freshet::mediators
