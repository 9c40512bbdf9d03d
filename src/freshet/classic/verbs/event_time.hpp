// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/graph/operators/keep_for.hpp"
#include "freshet/graph/operators/on_time.hpp"

namespace freshet {

/// The event time of each row, where no member has it as a freshet::Timestamp. Verbs: on_time, keep_for.
///
/// The object has no data of its own.
template <class ValueType> class EventTimeMapper : public ClassicMapper {
 public:
  using Value = ValueType;

  virtual ~EventTimeMapper() = default;
  /// Called once per changed row. What it throws is contained: the row appears in errors().
  virtual Timestamp time_of(const Value& value) = 0;
};

namespace detail {

template <class Mapper, class Value> Timestamp event_time_by_mapper(const Value& value) {
  return Mapper().time_of(value);
}

template <class Value> constexpr std::size_t size_of_base(const EventTimeMapper<Value>*) {
  return sizeof(EventTimeMapper<Value>);
}

/// Refuses wrong uses in words of ours; whether the rest may be compiled.
template <class Mapper, class Value> constexpr bool check_event_time_mapper() {
  constexpr bool fits = DerivesFrom<Mapper, EventTimeMapper>;
  static_assert(fits,
                "Freshet: on_time<Mapper>() and keep_for<Mapper>() take a class that derives publicly from "
                "EventTimeMapper");
  if constexpr (fits) {
    constexpr bool rows_fit = std::same_as<typename Mapper::Value, Value>;
    static_assert(rows_fit, "Freshet: the value type of the EventTimeMapper is not that of the collection");
    constexpr bool concrete = !std::is_abstract_v<Mapper>;
    static_assert(concrete, "Freshet: the EventTimeMapper does not override time_of");
    constexpr bool stateless = sizeof(Mapper) == size_of_base(static_cast<const Mapper*>(nullptr)) &&
                               (!concrete || std::is_default_constructible_v<Mapper>);
    static_assert(stateless, "Freshet: an EventTimeMapper has no data of its own and takes no arguments");
    return rows_fit && concrete && stateless;
  }
  return fits;
}

}  // namespace detail

template <class Key, class Value> template <class Mapper>
requires std::derived_from<Mapper, ClassicMapper>
auto Collection<Key, Value>::on_time(const OnTime& options) const {
  if constexpr (detail::check_event_time_mapper<Mapper, Value>()) {
    return detail::make_on_time(*this, detail::EventTimeOf<Value>(&detail::event_time_by_mapper<Mapper, Value>),
                                options);
  }
}

template <class Key, class Value> template <class Mapper>
requires std::derived_from<Mapper, ClassicMapper>
auto Collection<Key, Value>::keep_for(TimeSpan span) const {
  if constexpr (detail::check_event_time_mapper<Mapper, Value>()) {
    return detail::make_keep_for(*this, span, detail::EventTimeOf<Value>(&detail::event_time_by_mapper<Mapper, Value>));
  }
}

}  // namespace freshet
