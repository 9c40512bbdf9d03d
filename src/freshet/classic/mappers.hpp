// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"

/// The base classes of the classic face's mappers. A mapper class is named in a verb, `readings.map<AverageMapper>()`,
/// and made by the graph with the arguments given there: collections among them may be read in its functions, and each
/// read is tracked by key. The same class with equal arguments makes the same view, so a mapper may not keep anything
/// from one call to the next.
///
/// Example: examples/temp_monitor/classic.cpp
namespace freshet {

namespace detail {

/// Gives a mapper the key of the row it is called for.
template <class Key> class KeyedMapper : public ClassicMapper {
 public:
  virtual ~KeyedMapper() = default;
  void set_key(const Key& key) { key_ = &key; }

 protected:
  KeyedMapper() = default;
  KeyedMapper(const KeyedMapper&) = default;
  KeyedMapper& operator=(const KeyedMapper&) = default;

  /// The key of the row being mapped. Requires: called from the mapping function.
  const Key& key() const { return *key_; }

 private:
  const Key* key_ = nullptr;
};

}  // namespace detail

/// One value from each value; keys stay. Verb: map.
template <class KeyType, class InType, class OutType> class OneToOneMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = InType;
  using Out = OutType;

  /// Called once per changed row. No value: the row is left out. What it throws is contained: the row appears in
  /// errors().
  virtual std::optional<Out> map_value(const In& value) = 0;
};

/// One value from all values of a key. Verbs: map, reduce.
template <class KeyType, class InType, class OutType> class ManyToOneMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = InType;
  using Out = OutType;

  /// Called once per changed key with all of its values, in order; never with none.
  virtual std::optional<Out> map_values(std::span<const In> values) = 0;
};

/// Values under other keys. Verbs: map, flat_map.
template <class KeyType, class InType, class OutKeyType, class OutType>
class OneToManyMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = InType;
  using OutKey = OutKeyType;
  using Out = OutType;

  /// Called once per changed row; what it gave before for the row is replaced.
  virtual std::vector<std::pair<OutKey, Out>> map_value(const In& value) = 0;
};

/// The rows to keep. Verbs: map, filter.
template <class KeyType, class ValueType> class FilterMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = ValueType;

  virtual bool keep(const In& value) = 0;
};

/// An incremental reducer: told of single values coming and going, it never sees all of them again. Verb: reduce.
///
/// The object has no data of its own; what it needs is in `State`, which the graph keeps for each key.
template <class ValueType, class StateType, class ResultType> class Reducer : public ClassicMapper {
 public:
  using Value = ValueType;
  using State = StateType;

  virtual ~Reducer() = default;
  virtual void add(State& state, const Value& value) = 0;
  /// Undoes add() exactly, in whatever order.
  virtual void remove(State& state, const Value& value) = 0;
  virtual ResultType result(const State& state) = 0;
};

}  // namespace freshet
