// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/service/mediators/amendment.hpp"
#include "freshet/service/mediators/handler.hpp"
#include "freshet/service/mediators/rest.hpp"
#include "freshet/service/mediators/sinks.hpp"
#include "freshet/stream/resource.hpp"

/// How a typed function becomes the handler of a rest mediator: what both faces build on.
namespace freshet::mediators {

/// What a function takes and gives; `known` is false for one that does not say (overloaded or generic).
template <class Fn> struct Signature { static constexpr bool known = false; };
template <class R, class... Args> struct SignatureOf {
  static constexpr bool known = true;
  static constexpr std::size_t count = sizeof...(Args);
  using Returned = R;
  using Arguments = std::tuple<std::remove_cvref_t<Args>...>;
};
template <class R, class... Args> struct Signature<R (*)(Args...)> : SignatureOf<R, Args...> {};
template <class R, class... Args> struct Signature<R (*)(Args...) noexcept> : SignatureOf<R, Args...> {};
template <class Member> struct CallSignature { static constexpr bool known = false; };
template <class O, class R, class... Args> struct CallSignature<R (O::*)(Args...) const> : SignatureOf<R, Args...> {};
template <class O, class R, class... Args>
struct CallSignature<R (O::*)(Args...) const noexcept> : SignatureOf<R, Args...> {};
template <class Fn>
requires requires { &Fn::operator(); }
struct Signature<Fn> : CallSignature<decltype(&Fn::operator())> {};

template <std::size_t At, class S> struct ArgumentAt { using Type = void; };
template <std::size_t At, class S>
requires(At < S::count) struct ArgumentAt<At, S> {
  using Type = std::tuple_element_t<At, typename S::Arguments>;
};

/// What a handler takes: perhaps the Caller, the key if there is one, perhaps what the request brings, and perhaps the
/// transaction; in this order.
template <class Fn, RestOperation Operation> struct RestSignature {
  using S = Signature<Fn>;
  template <std::size_t At> using Argument = typename ArgumentAt<At, S>::Type;
  static constexpr bool caller = std::is_same_v<Argument<0>, Caller>;
  static constexpr std::size_t key_at = caller ? 1 : 0;
  static constexpr bool key = takes_key(Operation) && std::is_same_v<Argument<key_at>, std::string>;
  static constexpr std::size_t body_at = key_at + (key ? 1 : 0);
  static constexpr bool body =
      !std::is_void_v<Argument<body_at>> && !std::is_same_v<Argument<body_at>, StoreTransaction>;
  static constexpr std::size_t transaction_at = body_at + (body ? 1 : 0);
  static constexpr bool transaction = std::is_same_v<Argument<transaction_at>, StoreTransaction>;
  static constexpr bool fits = transaction_at + (transaction ? 1 : 0) == S::count && (key || !takes_key(Operation)) &&
                               !(body && (Operation == RestOperation::read || Operation == RestOperation::remove));
  using Body = std::conditional_t<body, Argument<body_at>, NoParams>;
};

template <class T> struct IsAmendment : std::false_type {};
template <class T> struct IsAmendment<Amendment<T>> : std::true_type {};

/// What the request brings, by its type.
template <class Body, RestOperation Operation> Result<Body> bring(const RestRequest& request) {
  if constexpr (IsAmendment<Body>::value) {
    return Body(request.body, request.is_whole);
  } else if constexpr (Operation == RestOperation::list) {
    const auto params = read_params(request, type_of<Body>());
    if (!params) return fail(params.error());
    return *static_cast<const Body*>(params->get());
  } else {
    Body body{};
    if (auto read = read_body(request, type_of<Body>(), &body); !read) return fail(std::move(read.error()));
    return body;
  }
}

template <bool Wanted, class T> auto pick(T& value) {
  if constexpr (Wanted) {
    return std::tuple<T&>(value);
  } else {
    return std::tuple<>();
  }
}

// What clients are shown of what a handler gives.
template <class T> const T& shown(const T& value) { return value; }
template <class T> const T& shown(const Document<T>& document) { return document.value; }
template <class T> const T& shown(const Placed<T>& placed) { return placed.value; }

/// Where the values of one handler of a rest mediator go, and the answer that is made of them.
template <class Value> class RestGiven {
 public:
  RestGiven(const Sinks<Value>& sinks, StoreTransaction& transaction) : sinks_(sinks), transaction_(transaction) {}

  Result<RestAnswer> take(const Value& value) {
    std::string json;
    if (auto added = add(value, json); !added) return fail(std::move(added.error()));
    answer_.value = std::move(json);
    answer_.key = key_of(shown(value));
    return std::move(answer_);
  }
  Result<RestAnswer> take(const std::optional<Value>& value) {
    if (value) return take(*value);
    answer_.is_missing = true;
    return std::move(answer_);
  }
  Result<RestAnswer> take(const std::vector<Value>& values) {
    std::string json = "{\"results\":[";
    for (const Value& value : values) {
      if (json.back() != '[') json += ',';
      if (auto added = add(value, json); !added) return fail(std::move(added.error()));
    }
    answer_.value = json + "]}";
    return std::move(answer_);
  }

 private:
  Result<void> add(const Value& value, std::string& json) {
    for (const auto& sink : sinks_.all) {
      if (!sink.needs_transaction) {
        answer_.afterwards.push_back([call = sink.call, value] { return call(value, nullptr); });
      } else if (auto done = sink.call(value, &transaction_); !done) {
        return done;
      }
    }
    const auto& view = shown(value);
    return codec::encode_json(type_of<std::remove_cvref_t<decltype(view)>>(), &view, json);
  }
  template <class T> static std::string key_of(const T& value) {
    if constexpr (described<T> || self_described<T>) {
      if (schema_of<T>().single_key() != nullptr) return document_id(schema_of<T>(), &value).value_or("");
    }
    return {};
  }

  const Sinks<Value>& sinks_;
  StoreTransaction& transaction_;
  RestAnswer answer_;
};

/// A handler that calls `fn`, which several threads may do at a time.
template <RestOperation Operation, class Fn, class Value>
RestHandler make_rest_handler(Fn fn, std::shared_ptr<Sinks<Value>> sinks) {
  using S = RestSignature<Fn, Operation>;
  using Body = typename S::Body;
  // Owners: the handler, and calls under way.
  const auto shared = std::make_shared<const Fn>(std::move(fn));
  return [shared, sinks](RestRequest request) -> Result<RestCall> {
    auto brought = Result<Body>();
    if constexpr (S::body) brought = bring<Body, Operation>(request);
    if (!brought) return fail(std::move(brought.error()));
    return RestCall([shared, sinks, request = std::move(request),
                     body = std::move(*brought)](StoreTransaction& transaction) -> Result<RestAnswer> {
      const auto given = [&]() -> decltype(auto) {
        return std::apply(*shared, std::tuple_cat(pick<S::caller>(*request.caller), pick<S::key>(request.key),
                                                  pick<S::body>(body), pick<S::transaction>(transaction)));
      };
      using Returned = std::remove_cvref_t<decltype(given())>;
      if constexpr (std::is_void_v<Returned>) {
        given();
        return RestAnswer();
      } else if constexpr (requires(const Returned& returned) { returned.error(); }) {
        auto returned = given();
        if (!returned) return fail(std::move(returned.error()));
        if constexpr (std::is_void_v<typename Returned::value_type>) {
          return RestAnswer();
        } else {
          return RestGiven<Value>(*sinks, transaction).take(*returned);
        }
      } else {
        return RestGiven<Value>(*sinks, transaction).take(given());
      }
    });
  };
}

}  // namespace freshet::mediators
