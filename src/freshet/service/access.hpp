// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/stream/access.hpp"

namespace freshet {

/// The rules that say who may read and write which rows: declared with service.access(messages) for a collection, or
/// service.access<Key, Value>("inbox") for one resource.
///
/// Without a rule everybody may. With the first one of a collection or resource the rest is denied: with a read rule
/// alone nobody may write, with a write rule alone nobody may read. Rules are checked on snapshots, lookups and writes
/// (the row that is replaced, and the one that takes its place), and on live streams: a row that becomes invisible is
/// sent as gone, one that becomes visible appears, in the commit that changed the row or what the rule consults.
///
/// View models are written to through their setters: the rules of a view are asked about its row, those of a live
/// collection of a store about each of its documents that a setter or form handler writes. See ViewModels.
///
/// Collections that a rule consults are arguments behind it; each read is tracked by key. A rule that throws denies.
/// The rules of a collection hold where a resource shows it as it is. A resource that shows its rows in another form
/// needs rules of its own, or is built from rows_for(caller); otherwise clients are refused.
///
/// Include the face that you write in: freshet/meta/access.hpp or freshet/classic/access.hpp.
///
/// Lifetime: the service outlives it. Thread safety: belongs to the thread of the service.
/// Example: src/freshet/meta/access.test.cpp [rules], src/freshet/classic/access.test.cpp [rules]
template <class KeyType, class ValueType> class Access {
 public:
  using Key = KeyType;
  using Value = ValueType;
  using Rows = Collection<Key, Value>;
  using Rules = stream::TypedRowRules<Key, Value>;

  Access(stream::AccessRules& access, std::shared_ptr<Rules> rules, std::optional<Rows> rows = std::nullopt)
      : access_(&access), rules_(std::move(rules)), rows_(std::move(rows)) {}

  /// Who may read: `rule(caller, value, args...)` or `rule(caller, key, value, args...)` gives true. [meta]
  template <class Rule, class... Args> Access& read(Rule rule, Args&&... args);
  /// Who may write. Collections are read as they are before the write. [meta]
  template <class Rule, class... Args> Access& write(Rule rule, Args&&... args);
  /// Both, by a class that derives from AccessRule<Key, Value>, made with these arguments. [classic]
  template <class Rule, class... Args> Access& rule(Args&&... args);

  /// The rows that `caller` may read, for build functions that take a Caller: what is computed from them shows nothing
  /// else. Equal callers share one view.
  /// Requires: these are the rules of a collection. Errors: throws Failure (forbidden) if there is no read rule.
  Rows rows_for(const Caller& caller) const {
    FRESHET_ASSERT(rows_.has_value() && "these are the rules of a collection");
    return access_->rows_for(*rules_, *rows_, caller);
  }

  /// What both faces come down to.
  void set_read(decltype(Rules::read) read, decltype(Rules::may_read) may_read) {
    rules_->read = std::move(read);
    rules_->may_read = std::move(may_read);
  }
  void set_write(decltype(Rules::write) write) { rules_->write = std::move(write); }
  const std::shared_ptr<stream::RuleFaults>& faults() const { return access_->faults(); }

 private:
  stream::AccessRules* access_;
  std::shared_ptr<Rules> rules_;  // owners: this, its copies, and the service
  std::optional<Rows> rows_;
};

namespace detail {

/// A rule as the function of a filter: `call(caller, key, value, args...)` with its errors contained.
template <class Call> class FilterByRule {
 public:
  FilterByRule(Call call, std::shared_ptr<stream::RuleFaults> faults)
      : call_(std::move(call)), faults_(std::move(faults)) {}

  template <class Key, class Value, class... Args>
  bool operator()(const Key& key, const Value& value, const Caller& caller, const Args&... args) {
    try {
      return call_(caller, key, value, args...);
    } catch (const std::exception& error) {
      faults_->failed(error.what());
    } catch (...) {
      faults_->failed("something that is not a std::exception");
    }
    return false;
  }

  bool same(const FilterByRule& other) const { return call_.same(other.call_); }
  std::size_t hash() const { return call_.hash(); }

 private:
  Call call_;
  std::shared_ptr<stream::RuleFaults> faults_;  // owners: the rules, and the filters that they made
};

}  // namespace detail

}  // namespace freshet
