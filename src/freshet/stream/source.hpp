// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/stream/access.hpp"
#include "freshet/stream/rows.hpp"
#include "freshet/stream/stepped_rows.hpp"

namespace freshet::stream {

/// The rows of one collection that one commit changed. Valid inside the callback that receives it.
class ChangedRows {
 public:
  virtual Version version() const = 0;
  /// Writes each changed key once, in key order, with the values it has now; none = gone.
  virtual void write(RowWriter& rows) const = 0;
  /// Calls `visit` with each of these keys, in the same order.
  virtual void for_each_key(const std::function<void(const void* key)>& visit) const = 0;

 protected:
  ~ChangedRows() = default;
};

/// A collection without its types: what everything from here to the socket works on. Templates end in this interface.
///
/// Lifetime: keeps the collection's node alive.
/// Thread safety: belongs to the loop of the graph.
class Source {
 public:
  virtual ~Source() = default;

  virtual const std::string& name() const = 0;
  virtual const Type& key_type() const = 0;
  virtual const Type& value_type() const = 0;
  /// The node of the collection.
  virtual const freshet::detail::NodeBase& node() const = 0;

  /// How many values there are, over all keys.
  virtual std::size_t row_count() const = 0;

  /// Writes all rows, in key order.
  virtual void write_all(RowWriter& rows) const = 0;
  /// Writes the row of one key; nothing if there is none. Requires: `key` points to a value of key_type().
  virtual void write_row(const void* key, RowWriter& rows) const = 0;
  /// The same, and a row without values if there is none, as an update tells it.
  virtual void write_news(const void* key, RowWriter& rows) const = 0;
  /// Begins to write all rows in steps. Lifetime: the faults outlive what it gives.
  virtual std::unique_ptr<SteppedRows> begin_steps(RowFaults& faults) const = 0;

  virtual Subscription subscribe(std::function<void(const ChangedRows&)> callback) const = 0;
  virtual Subscription watch_errors(std::function<void(const ErrorEvents&)> callback) const = 0;
  virtual std::vector<ErrorEvent> standing_errors() const = 0;

  /// The rows of this source that `caller` may read by `rules`.
  /// Errors: throws Failure if the rules are for rows of other types, or if nobody may read them.
  virtual std::unique_ptr<Source> readable_by(AccessRules& access, const RowRules& rules,
                                              const Caller& caller) const = 0;
};

namespace detail {

template <class Key, class Value> void write_row_of(const Key& key, const Values<Value>& values, RowWriter& rows) {
  rows.begin_row(&key);
  for (const Value& value : values) rows.value(&value);
  rows.end_row();
}

template <class Key, class Value> class CollectionSource final : public Source {
 public:
  explicit CollectionSource(Collection<Key, Value> collection) : collection_(std::move(collection)) {}

  const std::string& name() const override { return collection_.name(); }
  const Type& key_type() const override { return type_of<Key>(); }
  const Type& value_type() const override { return type_of<Value>(); }
  const freshet::detail::NodeBase& node() const override { return collection_.node(); }

  std::size_t row_count() const override { return collection_.size(); }
  void write_all(RowWriter& rows) const override {
    collection_.for_each([&](const Key& key, const Values<Value>& values) { write_row_of(key, values, rows); });
  }
  void write_row(const void* key, RowWriter& rows) const override {
    const Key& typed = *static_cast<const Key*>(key);
    if (const auto values = collection_.values(typed); !values.empty()) write_row_of(typed, values, rows);
  }

  void write_news(const void* key, RowWriter& rows) const override {
    const Key& typed = *static_cast<const Key*>(key);
    write_row_of(typed, collection_.values(typed), rows);
  }
  std::unique_ptr<SteppedRows> begin_steps(RowFaults& faults) const override {
    return std::make_unique<CollectionSteps<Key, Value>>(collection_, faults);
  }

  Subscription subscribe(std::function<void(const ChangedRows&)> callback) const override {
    return collection_.subscribe(
        [callback = std::move(callback)](const Changes<Key, Value>& changes) { callback(TypedRows(changes)); });
  }
  Subscription watch_errors(std::function<void(const ErrorEvents&)> callback) const override {
    return collection_.watch_errors(std::move(callback));
  }
  std::vector<ErrorEvent> standing_errors() const override { return collection_.standing_errors(); }

  std::unique_ptr<Source> readable_by(AccessRules& access, const RowRules& rules, const Caller& caller) const override {
    const auto* typed = dynamic_cast<const TypedRowRules<Key, Value>*>(&rules);
    if (typed == nullptr) throw Failure({.primary = "the access rules for " + name() + " are about other rows"});
    return std::make_unique<CollectionSource>(access.rows_for(*typed, collection_, caller));
  }

 private:
  class TypedRows final : public ChangedRows {
   public:
    explicit TypedRows(const Changes<Key, Value>& changes) : changes_(changes) {}
    Version version() const override { return changes_.version(); }
    void write(RowWriter& rows) const override {
      for (const auto change : changes_) write_row_of(change.key(), change.values(), rows);
    }
    void for_each_key(const std::function<void(const void* key)>& visit) const override {
      for (const auto change : changes_) visit(&change.key());
    }

   private:
    const Changes<Key, Value>& changes_;
  };

  Collection<Key, Value> collection_;
};

}  // namespace detail

/// Takes the types off a collection.
template <class Key, class Value> std::unique_ptr<Source> source_of(Collection<Key, Value> collection) {
  return std::make_unique<detail::CollectionSource<Key, Value>>(std::move(collection));
}

}  // namespace freshet::stream
