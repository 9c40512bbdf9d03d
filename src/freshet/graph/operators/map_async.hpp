// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/async.hpp"
#include "freshet/graph/detail/calls_node.hpp"

namespace freshet::detail {

/// The answers that are there, at the slots of the rows that they are for.
template <class Key, class In, class Out, class Call, class... Args>
class AnswersNode final : public StoredNode<Key, Out> {
 public:
  using Source = CollectionNode<Key, In>;
  using Calls = CallsNode<Key, In, Call, Args...>;
  using Outcome = typename Calls::Outcome;

  AnswersNode(Core& core, std::string name, const std::shared_ptr<Calls>& calls, const std::shared_ptr<Source>& source)
      : StoredNode<Key, Out>(core, std::move(name), parents_of(calls), source->shared_space()),
        calls_(*calls),
        source_(*source) {
    follow();
    settle();
  }

  Calls& calls() const { return calls_; }

  void update() override { follow(); }
  void settle() override {
    this->settle_values();
    failures_.settle();
  }
  void roll_back() override {
    this->roll_back_values();
    failures_.roll_back();
  }

  bool has_failure_changes() const override { return failures_.has_changes(); }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    std::vector<Slot> keys;
    const auto collect = [&](Slot row) { keys.push_back(this->space_->key_slot(row)); };
    all_standing ? failures_.for_each_standing(collect) : failures_.for_each_changed(collect);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    this->sort_keys(keys);
    for (const Slot key : keys) {
      FailureNews& entry = news.emplace_back(FailureNews{key_text(this->space_->keys().key(key)), {}, 0});
      this->space_->for_each_row(key, [&](Slot row) {
        const std::string* message = failures_.find(row);
        if (message != nullptr && entry.rows++ == 0) entry.message = *message;
      });
    }
  }

  void make_strict() override {
    throw Failure(Error{.code = ErrorCode::refused,
                        .primary = "'" + this->name() + "' cannot be made strict: it is asynchronous",
                        .detail = "when its answer comes, the transaction that asked for it is long complete"});
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = StoredNode<Key, Out>::invariant()) return wrong;
    std::optional<std::string> wrong = failures_.invariant([this](Slot row) { return source_.present().test(row); });
    this->present().for_each(this->space_->end(), [&](Slot row) {
      const std::string name = "row " + std::to_string(row);
      if (!source_.present().test(row)) wrong = "has an answer for " + name + ", which is gone";
      if (failures_.find(row) != nullptr) wrong = name + " has an answer and an error";
      if (calls_.value(row) != nullptr && !calls_.options().keep_old) wrong = name + " waits and has an answer";
    });
    return wrong;
  }
  std::size_t bytes() const override { return StoredNode<Key, Out>::bytes() + failures_.bytes(); }
  std::string kind() const override { return "map_async"; }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(source_, row); }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override { calls_.reads(row, visit); }

 private:
  /// All that can change the calls' rows, so that this node is visited whenever they are.
  static std::vector<std::shared_ptr<NodeBase>> parents_of(const std::shared_ptr<Calls>& calls) {
    std::vector<std::shared_ptr<NodeBase>> parents{calls};
    parents.insert(parents.end(), calls->parents().begin(), calls->parents().end());
    return parents;
  }

  void follow() {
    for (const Outcome& outcome : calls_.outcomes()) {
      switch (outcome.kind) {
        case Outcome::again:
          break;
        case Outcome::waits:
          failures_.clear(outcome.row);
          if (!calls_.options().keep_old) this->drop(outcome.row);
          break;
        case Outcome::gone:
          failures_.clear(outcome.row);
          this->drop(outcome.row);
          break;
        case Outcome::answered:
          failures_.clear(outcome.row);
          put(outcome.row, *outcome.call->answer());
          break;
        case Outcome::failed:
          fail_row(outcome.row, outcome.call);
      }
    }
  }
  // Copies: should the commit be refused, the answers are applied again one by one.
  void put(Slot row, const Out& value) { this->store(row, Out(value)); }
  void put(Slot row, const std::optional<Out>& value) {
    if (value) {
      this->store(row, Out(*value));
    } else {
      this->drop(row);
    }
  }
  void fail_row(Slot row, const typename Calls::TypedCall* call) {
    ++this->counters_.failures;
    failures_.set(row, call != nullptr ? to_string(call->answer().error())
                                       : "too many rows wait for this mapper; the limit is " +
                                             std::to_string(calls_.options().waiting_max));
    this->drop(row);
  }

  Calls& calls_;
  const Source& source_;
  Failures failures_;
};

inline std::size_t hash_of_options(const AsyncOptions& options) {
  std::size_t sum = options.concurrent_max * 31 + options.waiting_max;
  for (const auto duration : {options.timeout, options.retry_delay, options.retry_delay_max}) {
    sum = sum * 31 + static_cast<std::size_t>(duration.count());
  }
  return sum * 31 + static_cast<std::size_t>(options.retries_max) * 2 + static_cast<std::size_t>(options.keep_old);
}

/// `call` says how: `call(key, value, Reply<Answer>, args...)`, or `call(key, value, args...)` giving a Task<Answer>
/// (kIsTask).
template <class Key, class In, class Call, class... Args>
auto make_map_async(const Collection<Key, In>& source, Call call, const AsyncOptions& options,
                    std::tuple<Args...> args) {
  using Calls = CallsNode<Key, In, Call, Args...>;
  using Out = typename Returned<typename Calls::Answer>::type;
  using Node = AnswersNode<Key, In, Out, Call, Args...>;
  static_assert(std::is_same_v<typename WithoutError<typename Calls::Answer>::type, typename Calls::Answer>,
                "Freshet: a Reply answers with a value or an optional; what went wrong is said by reply.fail()");
  Core& core = source.node().core();
  check_options(options, core);
  std::shared_ptr<Calls> made;
  auto node = core.find_or_make<Node>(
      signature(source.node(), call, args) * 31 + hash_of_options(options),
      [&](const Node& known) { return known.calls().same(source.node(), call, options, args); },
      [&] {
        const std::string name = derived_name(source.node(), "map_async");
        made = core.own(
            std::make_unique<Calls>(core, name + ".pending", source.shared_node(), call, options, std::move(args)));
        return std::make_unique<Node>(core, name, made, source.shared_node());
      });
  if (made) made->open();
  return AsyncCollection<Key, Out>(node, node->calls());
}

}  // namespace freshet::detail
