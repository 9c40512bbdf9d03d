// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <typeinfo>
#include <variant>

#include "freshet/base/result.hpp"
#include "freshet/graph/event_time.hpp"

namespace freshet::detail {

/// Event times and spans lie within these, so that no sum of a few of them overflows: some 70 000 years either way.
inline constexpr TimeSpan kTimeSpanMax{std::int64_t{1} << 59};
inline constexpr Timestamp kEventTimeMax{std::chrono::microseconds(std::int64_t{1} << 61)};

template <class Value, bool kIsClass = std::is_class_v<Value>> struct EventTimeForms {
  using Function = Timestamp (*)(const Value&);
  using type = std::variant<Function, Timestamp Value::*, Timestamp (Value::*)() const>;
};
template <class Value> struct EventTimeForms<Value, false> { using type = std::variant<Timestamp (*)(const Value&)>; };

/// Where a row's event time is: in a member, or what a function without data gives. A plain value whatever it was made
/// from, so that the nodes of event time are not templates over it.
template <class Value> class EventTimeOf {
 public:
  using Function = Timestamp (*)(const Value&);

  template <class Source>
  requires std::convertible_to<Source, Function>
  explicit EventTimeOf(Source function) : form_(static_cast<Function>(function)) {}
  template <class Owner>
  explicit EventTimeOf(Timestamp Owner::*member) : form_(static_cast<Timestamp Value::*>(member)) {}
  template <class Owner>
  explicit EventTimeOf(Timestamp (Owner::*getter)() const) : form_(static_cast<Timestamp (Value::*)() const>(getter)) {}

  /// As RowFunction calls it. Errors: throws Failure for a time out of all bounds, and what the function throws.
  template <class Key> Timestamp operator()(const Key&, const Value& value) const {
    const Timestamp at = read(value);
    if (at > kEventTimeMax || at.time_since_epoch() < -kEventTimeMax.time_since_epoch()) {
      throw Failure(Error{.code = ErrorCode::out_of_range, .primary = "its event time is out of bounds"});
    }
    return at;
  }
  bool same(const EventTimeOf& other) const { return form_ == other.form_; }
  std::size_t hash() const { return typeid(EventTimeOf).hash_code() + form_.index(); }

 private:
  Timestamp read(const Value& value) const {
    if constexpr (std::is_class_v<Value>) {
      if (const auto* member = std::get_if<1>(&form_)) return value.**member;
      if (const auto* getter = std::get_if<2>(&form_)) return (value.**getter)();
    }
    return std::get<0>(form_)(value);
  }

  typename EventTimeForms<Value>::type form_;
};

template <class T> inline constexpr bool is_time_member = false;
template <class Owner> inline constexpr bool is_time_member<Timestamp Owner::*> = true;
template <class Owner> inline constexpr bool is_time_member<Timestamp (Owner::*)() const> = true;
template <class Owner> inline constexpr bool is_time_member<Timestamp (Owner::*)() const noexcept> = true;

/// Refuses other members in words of ours; whether the rest may be compiled.
template <class Value, class Member> constexpr bool check_time_member() {
  constexpr bool fits = is_time_member<Member> && std::is_invocable_v<Member, const Value&>;
  static_assert(fits,
                "Freshet: the event time is a member of the row, or a const member function, of type "
                "freshet::Timestamp; for other types give a function that makes one: [](const Row& row) { return "
                "freshet::Timestamp(std::chrono::milliseconds(row.at_ms)); }");
  return fits;
}

/// Refuses a span that no stream of events has.
inline void require_span(const char* what, TimeSpan span, TimeSpan least) {
  if (span >= least && span <= kTimeSpanMax) return;
  throw Failure(Error{.code = ErrorCode::invalid_argument,
                      .primary = std::string(what) + (span < least ? " is too short" : " is too long"),
                      .detail = std::to_string(span.count()) + " microseconds"});
}

}  // namespace freshet::detail
