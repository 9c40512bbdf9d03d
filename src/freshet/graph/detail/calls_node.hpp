// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/graph/async.hpp"
#include "freshet/graph/detail/async_calls.hpp"
#include "freshet/graph/detail/row_operator.hpp"
#include "freshet/graph/detail/typed_call.hpp"

namespace freshet::detail {

/// The rows that wait for an answer, and the calls that are to give it; at the rows' slots of the source.
///
/// What is transactional is the rows: which wait, since when, at which attempt. The calls follow once the commit is
/// complete. An answer is delivered outside of commits, and applied in one of its own, to which it brings this node.
template <class Key, class In, class Call, class... Args>
class CallsNode final : public StoredNode<Key, Pending>, public Driven, public AnswerTaker {
 public:
  using Source = CollectionNode<Key, In>;
  using Answer = AsyncAnswer<Call>;
  using TypedCall = ReplyCall<Answer>;

  /// What this commit means for a row's answer.
  struct Outcome {
    enum Kind { waits, again, answered, failed, gone };
    Slot row;
    Kind kind;
    const TypedCall* call;  // answered or failed; null: there was no room for it
  };

  CallsNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, const AsyncOptions& options,
            std::tuple<Args...> args)
      : CallsNode(core, std::move(name), source, std::move(call), options, std::move(args),
                  std::make_shared<CallHome>(CallHome{core.outside().inbox(), {}})) {}

  const AsyncOptions& options() const { return options_; }
  bool same(const Source& source, const Call& call, const AsyncOptions& options,
            const std::tuple<Args...>& args) const {
    return options == options_ && function_.same(source, CallStarter<Call>(call, nullptr), args);
  }

  /// Begins to call. Requires: owned by a shared_ptr.
  void open() {
    auto self = std::static_pointer_cast<CallsNode>(this->shared_from_this());
    home_->taker = self;
    if (this->core().committing()) return this->core().when_committed(*this);
    const Core::Shelter shelter(this->core());
    committed();
  }

  const std::vector<Outcome>& outcomes() const { return outcomes_; }

  void update() override {
    room_ = calls_.room();
    const auto visit = [this](Slot row, const In* value) {
      if (value != nullptr) return want(row, this->core().version() + 1);
      function_.forget(row);
      give_up(row, Outcome::gone, nullptr);
    };
    function_.for_each_stale(visit, [](Slot, int) {});
    for (const auto& call : applying_) {
      if (!touched_.test(call->row()) && calls_.awaits(*call)) apply(*call);
    }
  }
  void settle() override {
    this->settle_values();
    function_.settle();
    applying_.clear();
  }
  void roll_back() override {
    forget_outcomes();
    this->roll_back_values();
    function_.roll_back();
  }
  void committed() override {
    for (const Outcome& outcome : outcomes_) {
      switch (outcome.kind) {
        case Outcome::waits:
          calls_.want(outcome.row);
          break;
        case Outcome::again:
          calls_.retry(outcome.row);
          break;
        default:
          calls_.forget(outcome.row);
      }
    }
    forget_outcomes();
    start_calls();
  }

  void bring_in() override {
    applying_ = std::exchange(answered_, {});
    this->core().schedule(*this);
  }
  void bring_in_alone() override {
    for (const auto& call : std::exchange(applying_, {})) {
      if (bring_in(call)) continue;
      // A view below refuses the answer. There is no writer to tell, so the row fails in its place.
      call->replace(std::exchange(refusal_, {}));
      if (!bring_in(call)) calls_.forget(call->row());
    }
    applying_.clear();
    const Core::Shelter shelter(this->core());
    start_calls();
  }

  void take(const std::shared_ptr<AsyncCall>& call) override {
    calls_.ended(*call);
    if (!calls_.awaits(*call)) return start_calls();  // superseded
    if (answered_.empty()) {
      this->core().outside().wake(std::static_pointer_cast<CallsNode>(this->shared_from_this()));
    }
    answered_.push_back(std::static_pointer_cast<TypedCall>(call));
  }

  std::size_t bytes() const override {
    return StoredNode<Key, Pending>::bytes() + function_.bytes() + calls_.bytes() +
           outcomes_.capacity() * sizeof(Outcome) + touched_.bytes();
  }
  std::optional<std::string> invariant() const override {
    if (auto wrong = StoredNode<Key, Pending>::invariant()) return wrong;
    std::optional<std::string> wrong = function_.row_invariant();
    this->present().for_each(this->space_->end(), [&](Slot row) {
      if (!function_.source().present().test(row)) wrong = "waits for row " + std::to_string(row) + ", which is gone";
    });
    return wrong;
  }
  std::string kind() const override { return "map_async.pending"; }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(function_.source(), row); }
  void reads(Slot row, const NodeBase::VisitRead& visit) const override { function_.reads(row, visit); }

 private:
  CallsNode(Core& core, std::string name, const std::shared_ptr<Source>& source, Call call, const AsyncOptions& options,
            std::tuple<Args...> args, std::shared_ptr<CallHome> home)
      : StoredNode<Key, Pending>(core, std::move(name), parents_of(source, args), source->shared_space()),
        options_(options),
        home_(home),
        function_(*this, *source, CallStarter<Call>(std::move(call), home), std::move(args)),
        calls_(
            options, core, [this](Slot row) { return begin_call(row); },
            [this] {
              const Core::Shelter shelter(this->core());
              start_calls();
            }) {
    this->hear_commits();
    room_ = calls_.room();
    source->present().for_each(source->space().end(), [&](Slot row) { want(row, core.version()); });
    settle();
  }

  void want(Slot row, Version since) {
    if (room_ == 0) return give_up(row, Outcome::failed, nullptr);
    --room_;
    this->store(row, Pending{.attempt = 1, .since = static_cast<std::int64_t>(since)});
    note(row, Outcome::waits, nullptr);
  }
  void give_up(Slot row, typename Outcome::Kind kind, const TypedCall* call) {
    this->drop(row);
    note(row, kind, call);
  }
  void apply(const TypedCall& call) {
    const Slot row = call.row();
    const Pending& pending = this->own_.at(row);
    if (call.answer().has_value()) {
      give_up(row, Outcome::answered, &call);
    } else if (call.is_final() || pending.attempt > options_.retries_max) {
      give_up(row, Outcome::failed, &call);
    } else {
      this->store(row, Pending{.attempt = pending.attempt + 1, .since = pending.since});
      note(row, Outcome::again, nullptr);
    }
  }
  void note(Slot row, typename Outcome::Kind kind, const TypedCall* call) {
    outcomes_.push_back({row, kind, call});
    touched_.set(row);
  }
  void forget_outcomes() {
    for (const Outcome& outcome : outcomes_) touched_.clear(outcome.row);
    outcomes_.clear();
  }

  std::shared_ptr<AsyncCall> begin_call(Slot row) {
    std::shared_ptr<AsyncCall> call;
    function_.call(this->counters_, row, this->space_->key(row), *function_.source().value(row),
                   [&](std::shared_ptr<AsyncCall>&& started) { call = std::move(started); });
    return call;
  }
  /// Requires: no commit propagates, and nodes are not deleted meanwhile.
  void start_calls() {
    calls_.start();
    // What was read and counted belongs to no commit that could still be refused.
    function_.settle();
    this->keep_counters();
  }

  bool bring_in(const std::shared_ptr<TypedCall>& call) {
    applying_.assign(1, call);
    const auto committed = this->core().commit([&]() -> Result<void> {
      this->core().schedule(*this);
      return {};
    });
    if (!committed) refusal_ = committed.error();
    return committed.has_value();
  }

  const AsyncOptions options_;
  std::shared_ptr<CallHome> home_;  // owners: this node and what starts its calls
  RowFunction<Key, In, CallStarter<Call>, Args...> function_;
  AsyncCalls calls_;
  std::vector<std::shared_ptr<TypedCall>> answered_;  // delivered, to be applied in a commit
  std::vector<std::shared_ptr<TypedCall>> applying_;  // by the commit under way
  Error refusal_;

  // Of the commit under way, and until its calls are begun.
  std::vector<Outcome> outcomes_;
  SlotBits touched_;
  std::size_t room_ = 0;
};

}  // namespace freshet::detail
