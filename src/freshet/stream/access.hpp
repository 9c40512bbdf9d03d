// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/graph/input.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/net/caller.hpp"

namespace freshet::stream {

class Source;

/// Told of rules that throw. Thread safety: failed() from any thread.
class RuleFaults {
 public:
  virtual ~RuleFaults() = default;
  virtual void failed(std::string_view what) = 0;
};

/// What a rule allows.
enum class Right : std::uint8_t { read, write };

/// Who may read and write the rows of one collection or resource, without their types.
///
/// Thread safety: belongs to the loop of the graph, whose collections rules consult.
class RowRules {
 public:
  virtual ~RowRules() = default;
  virtual const Type& key_type() const = 0;
  virtual const Type& value_type() const = 0;

  /// Whether there is a rule for it at all: without one nobody has that right.
  virtual bool has(Right right) const = 0;
  /// Whether `caller` has the right to the row as it is here, wherever it comes from. A rule that throws denies, and
  /// `faults` is told. Requires: `key` and `value` point to objects of these types.
  virtual bool allows(Right right, const Caller& caller, const void* key, const void* value,
                      RuleFaults& faults) const = 0;
};

/// The same with types. What is not set is allowed to nobody.
template <class Key, class Value> class TypedRowRules final : public RowRules {
 public:
  using Rows = Collection<Key, Value>;

  const Type& key_type() const override { return type_of<Key>(); }
  const Type& value_type() const override { return type_of<Value>(); }

  bool has(Right right) const override { return right == Right::read ? bool(may_read) : bool(write); }
  bool allows(Right right, const Caller& caller, const void* key, const void* value,
              RuleFaults& faults) const override {
    const auto& rule = right == Right::read ? may_read : write;
    if (!rule) return false;
    try {
      return rule(caller, *static_cast<const Key*>(key), *static_cast<const Value*>(value));
    } catch (const std::exception& error) {
      faults.failed(error.what());
    } catch (...) {
      faults.failed("something that is not a std::exception");
    }
    return false;
  }

  /// Gives the rows that the caller may read, as a view that the graph keeps up to date.
  std::function<Rows(const Rows& rows, const Caller& caller)> read;
  /// The same for one row, which need not be in the graph.
  std::function<bool(const Caller& caller, const Key& key, const Value& value)> may_read;
  /// Whether the caller may write over this row, or put it there.
  std::function<bool(const Caller& caller, const Key& key, const Value& value)> write;
};

/// A source as one caller may read it.
struct Readable {
  std::unique_ptr<Source> source;
  /// Whether what is read depends on who reads it.
  bool personal = false;
};

/// All access rules of a service.
///
/// Reading is filtered by nodes of the graph: the rule, bound to the caller, is a filter like any other. So changes of
/// rows and of the permission data that a rule reads are re-evaluated row by row, in the same commit, and equal callers
/// share one node.
///
/// Invariants: 1. rows of a collection with rules reach a client through one of these filters only, or through rules of
/// the resource itself: a resource that shows such rows in another form, and has no rules, is refused. 2. A rule that
/// throws denies.
///
/// Thread safety: belongs to the loop of the graph, but for what RuleFaults says.
class AccessRules {
 public:
  /// Rules are declared for a collection, for all resources that show it, and for writes to it if it is an input.
  template <class Key, class Value>
  std::shared_ptr<TypedRowRules<Key, Value>> declare(const Collection<Key, Value>& rows);
  /// Rules are declared for one resource, in place of those of the collections that it is made from.
  /// Errors: throws Failure if rules of other types are there.
  template <class Key, class Value> std::shared_ptr<TypedRowRules<Key, Value>> declare(const std::string& resource);

  /// Calls `visit(name, rules)` for each resource that has rules of its own.
  template <class Visit> void for_each_resource(Visit visit) const {
    for (const auto& [name, rules] : by_resource_) visit(name, *rules);
  }
  bool empty() const { return by_node_.empty() && by_resource_.empty(); }
  bool has_rules_of_collections() const { return !by_node_.empty(); }

  /// The rules of a collection; null if it has none.
  const RowRules* rules_of(const freshet::detail::NodeBase& node) const;
  /// The rules that were declared for a name; null if there are none.
  const RowRules* rules_of(std::string_view resource) const;

  /// The types of what rules may be declared for by name, though it is no resource: a view that is computed for each
  /// request.
  struct Subject {
    const Type* key;
    const Type* value;
  };
  void add_subject(std::string name, Subject subject) { subjects_.insert_or_assign(std::move(name), subject); }
  const Subject* subject(std::string_view name) const;
  /// Sets who hears of rules that throw; outlives the rules' use.
  void on_fault(std::function<void(std::string_view what)> listener);
  const std::shared_ptr<RuleFaults>& faults() const { return faults_; }
  std::uint64_t fault_count() const;

  /// The rows that `caller` may read by these rules. Errors: throws Failure (forbidden) if nobody may.
  template <class Key, class Value>
  Collection<Key, Value> rows_for(const TypedRowRules<Key, Value>& rules, const Collection<Key, Value>& rows,
                                  const Caller& caller);

  /// What `caller` gets to see of a resource's source.
  /// Errors: forbidden, if nobody may read it, or if it shows rows that have rules and has none itself.
  Result<Readable> readable(const std::string& resource, std::unique_ptr<Source> source, const Caller& caller);

  /// Whether `caller` may replace the values of `key` in `input` by these. Errors: forbidden.
  template <class Key, class Value>
  Result<void> may_write(const Input<Key, Value>& input, const Caller& caller, const Key& key,
                         const std::vector<Value>& values) const;

  AccessRules();
  ~AccessRules();
  AccessRules(const AccessRules&) = delete;
  AccessRules& operator=(const AccessRules&) = delete;

 private:
  struct Ruled {
    std::shared_ptr<const freshet::detail::NodeBase>
        node;  // owners: the graph's handles; kept, so that its address stays its own
    std::shared_ptr<RowRules> rules;
  };
  class Faults;
  /// What lies above a node, up to the filters of rules.
  struct Above {
    const freshet::detail::NodeBase* unguarded = nullptr;
    bool guarded = false;
  };

  void add_guard(std::shared_ptr<const freshet::detail::NodeBase> node);
  bool is_guard(const freshet::detail::NodeBase& node) const;
  Above look_above(const freshet::detail::NodeBase& node) const;
  static tl::unexpected<Error> denied(std::string primary, std::string hint = {});

  std::unordered_map<const freshet::detail::NodeBase*, Ruled> by_node_;
  std::map<std::string, std::shared_ptr<RowRules>, std::less<>> by_resource_;
  std::map<std::string, Subject, std::less<>> subjects_;
  // The filters that rules made, as long as somebody uses them.
  std::unordered_map<const freshet::detail::NodeBase*, std::weak_ptr<const freshet::detail::NodeBase>> guards_;
  std::size_t guards_kept_max_ = 64;
  std::shared_ptr<RuleFaults> faults_;  // owners: this, and the filters, which may outlive it
};

/// Who writes: rows are checked as they are read.
struct Writer {
  const AccessRules& access;
  const Caller& caller;
};

template <class Key, class Value>
std::shared_ptr<TypedRowRules<Key, Value>> AccessRules::declare(const Collection<Key, Value>& rows) {
  Ruled& ruled = by_node_[&rows.node()];
  if (ruled.rules == nullptr) ruled = {rows.shared_node(), std::make_shared<TypedRowRules<Key, Value>>()};
  // A node has one type of rows.
  return std::static_pointer_cast<TypedRowRules<Key, Value>>(ruled.rules);
}

template <class Key, class Value>
std::shared_ptr<TypedRowRules<Key, Value>> AccessRules::declare(const std::string& resource) {
  std::shared_ptr<RowRules>& rules = by_resource_[resource];
  if (rules == nullptr) rules = std::make_shared<TypedRowRules<Key, Value>>();
  auto typed = std::dynamic_pointer_cast<TypedRowRules<Key, Value>>(rules);
  if (typed == nullptr) {
    throw Failure({.code = ErrorCode::invalid_argument,
                   .primary = "the resource " + resource + " has access rules for rows of other types already"});
  }
  return typed;
}

template <class Key, class Value>
Collection<Key, Value> AccessRules::rows_for(const TypedRowRules<Key, Value>& rules, const Collection<Key, Value>& rows,
                                             const Caller& caller) {
  if (!rules.read) throw Failure({.code = ErrorCode::forbidden, .primary = "nobody may read " + rows.name()});
  // Two callers that differ only in when their tokens expire are one.
  Caller bound = caller;
  bound.expires_at.reset();
  Collection<Key, Value> allowed = rules.read(rows, bound);
  add_guard(allowed.shared_node());
  return allowed;
}

template <class Key, class Value>
Result<void> AccessRules::may_write(const Input<Key, Value>& input, const Caller& caller, const Key& key,
                                    const std::vector<Value>& values) const {
  const RowRules* rules = rules_of(input.node());
  if (rules == nullptr) return {};
  if (!rules->has(Right::write)) return denied("clients may not write to " + input.name());
  const auto allowed = [&](const Value& value) { return rules->allows(Right::write, caller, &key, &value, *faults_); };
  for (const Value& value : input.values(key)) {
    if (!allowed(value)) return denied("you may not write this row");
  }
  for (const Value& value : values) {
    if (!allowed(value)) return denied("you may not write this row");
  }
  return {};
}

}  // namespace freshet::stream
