// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "freshet/classic/mediator.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/service/mediators/amendment.hpp"
#include "freshet/service/mediators/rest_handler.hpp"

namespace freshet {

/// Requests as a class: derive and override, as public members, what clients may ask for. What is not overridden is
/// answered with 405.
///
/// Each call is within one store transaction, on a thread of the store, several at a time, and again where the
/// transaction loses a race: so it has no effect but through the transaction, and through after_commit(). An error
/// rolls back and is the answer.
///
/// BodyType is what POST, PATCH and PUT bring, AnswerType what clients are given, both described structs; ParamsType
/// what the query string of a list says. Declared with `mediators.add_rest("cities", std::make_unique<Cities>())`.
/// Example: src/freshet/classic/rest_mediator.test.cpp [rest]
template <class BodyType, class AnswerType = BodyType, class ParamsType = NoParams> class RestMediator {
 public:
  using Body = BodyType;
  using Answer = AnswerType;
  using Params = ParamsType;

  RestMediator() = default;
  RestMediator(const RestMediator&) = delete;
  RestMediator& operator=(const RestMediator&) = delete;
  virtual ~RestMediator() = default;

  virtual RestOptions options() const { return {}; }

  /// POST; answered with 201, with a Location where the answer has a key.
  virtual Result<Answer> on_create(const Caller& /*caller*/, const Body& /*body*/, StoreTransaction& /*transaction*/) {
    return not_overridden();
  }
  /// PATCH and PUT; nothing: 404.
  virtual Result<std::optional<Answer>> on_update(const Caller& /*caller*/, const std::string& /*key*/,
                                                  const Amendment<Body>& /*changes*/,
                                                  StoreTransaction& /*transaction*/) {
    return not_overridden();
  }
  virtual Result<void> on_delete(const Caller& /*caller*/, const std::string& /*key*/,
                                 StoreTransaction& /*transaction*/) {
    return not_overridden();
  }
  /// GET; nothing: 404. With an ETag, which If-Match of updates and deletes refers to.
  virtual Result<std::optional<Answer>> on_read(const Caller& /*caller*/, const std::string& /*key*/,
                                                StoreTransaction& /*transaction*/) {
    return not_overridden();
  }
  virtual Result<std::vector<Answer>> on_list(const Caller& /*caller*/, const Params& /*params*/,
                                              StoreTransaction& /*transaction*/) {
    return not_overridden();
  }

  /// What on_create() or on_update() gave is durable: called once, on the loop, before the client is answered.
  virtual void after_commit(const Answer& /*answer*/) {}

 private:
  static tl::unexpected<Error> not_overridden() { return fail(ErrorCode::internal, "nothing is to be done here"); }
};

namespace detail {

template <class B, class A, class P> RestMediator<B, A, P>* as_rest_mediator(RestMediator<B, A, P>* mediator);

template <class T>
concept AnyRestMediator = requires(T* object) {
  detail::as_rest_mediator(object);
};

/// Answers the operation if Derived overrides the member.
template <mediators::RestOperation Operation, class Base, class Value, class Member, class Fn>
void answer_if(mediators::RestRoutes& routes, Member /*member*/, Fn fn,
               const std::shared_ptr<mediators::Sinks<Value>>& sinks) {
  if constexpr (Overrides<Base, Member>::value) {
    routes.answer(Operation, mediators::make_rest_handler<Operation>(std::move(fn), sinks));
  }
}

}  // namespace detail

template <class Derived> void Mediators::add_rest(std::string name, std::unique_ptr<Derived> mediator) {
  static_assert(detail::AnyRestMediator<Derived>,
                "Freshet: mediators.add_rest(name, object) takes an object of a class that derives from "
                "RestMediator<Body, Answer, Params>");
  if constexpr (detail::AnyRestMediator<Derived>) {
    using Body = typename Derived::Body;
    using Answer = typename Derived::Answer;
    using Params = typename Derived::Params;
    using Base = RestMediator<Body, Answer, Params>;
    using Op = mediators::RestOperation;
    const std::shared_ptr<Derived> object = std::move(mediator);  // owners: the handlers
    const std::shared_ptr<mediators::RestRoutes> routes = add_routes(std::move(name), object->options());
    const auto plain = std::make_shared<mediators::Sinks<Answer>>();
    const auto told = std::make_shared<mediators::Sinks<Answer>>();
    told->all.push_back(mediators::make_sink<Answer>([object](const Answer& answer) { object->after_commit(answer); }));
    const auto none = std::make_shared<mediators::Sinks<std::monostate>>();
    detail::answer_if<Op::create, Base>(
        *routes, &Derived::on_create,
        [object](const Caller& caller, const Body& body, StoreTransaction& t) {
          return object->on_create(caller, body, t);
        },
        told);
    detail::answer_if<Op::update, Base>(
        *routes, &Derived::on_update,
        [object](const Caller& caller, const std::string& key, const Amendment<Body>& changes, StoreTransaction& t) {
          return object->on_update(caller, key, changes, t);
        },
        told);
    detail::answer_if<Op::remove, Base>(
        *routes, &Derived::on_delete,
        [object](const Caller& caller, const std::string& key, StoreTransaction& t) {
          return object->on_delete(caller, key, t);
        },
        none);
    detail::answer_if<Op::read, Base>(
        *routes, &Derived::on_read,
        [object](const Caller& caller, const std::string& key, StoreTransaction& t) {
          return object->on_read(caller, key, t);
        },
        plain);
    detail::answer_if<Op::list, Base>(
        *routes, &Derived::on_list,
        [object](const Caller& caller, const Params& params, StoreTransaction& t) {
          return object->on_list(caller, params, t);
        },
        plain);
  }
}

}  // namespace freshet
