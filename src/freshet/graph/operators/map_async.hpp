// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/graph/async.hpp"
#include "freshet/graph/detail/async_calls.hpp"
#include "freshet/graph/detail/row_operator.hpp"

namespace freshet::detail {

/// Who a call's answer is for.
class AnswerTaker {
 public:
  virtual void take(const std::shared_ptr<AsyncCall>& call) = 0;

 protected:
  ~AnswerTaker() = default;
};

/// What the calls of one node need to find back to it.
struct CallHome {
  std::shared_ptr<Inbox> inbox;
  std::weak_ptr<AnswerTaker> taker;
};

/// A call whose answer comes from a Reply.
template <class Answer> class ReplyCall : public Question<Answer>, public AsyncCall {
 public:
  explicit ReplyCall(const CallHome& home) : home_(home) {}

  bool cancelled() const override { return Question<Answer>::cancelled() || home_.inbox->closed(); }
  bool cancel() override {
    Question<Answer>::cancel();
    return false;
  }
  void expire() override {
    Question<Answer>::cancel();
    this->answer(fail(ErrorCode::unavailable, "no answer in time"));
  }
  void deliver() override {
    if (const auto taker = home_.taker.lock()) taker->take(self());
  }
  std::shared_ptr<ReplyCall> self() { return std::static_pointer_cast<ReplyCall>(this->shared_from_this()); }

  /// Puts an error in the place of an answer that the graph refused. Requires: delivered.
  void replace(Error error) {
    this->answer_.emplace(fail(std::move(error)));
    is_final_ = true;
  }
  bool is_final() const { return is_final_; }

 protected:
  void send() override { home_.inbox->post(this->shared_from_this()); }
  const CallHome& home() const { return home_; }

 private:
  const CallHome home_;
  bool is_final_ = false;
};

template <class T> struct WithoutError { using type = T; };
template <class T> struct WithoutError<Result<T>> { using type = T; };

/// A call whose answer is what a Task gives. It keeps what it was called with: the row may change while the Task waits.
template <class Given, class Key, class In, class... Args>
class TaskCall final : public ReplyCall<typename WithoutError<Given>::type> {
 public:
  using Answer = typename WithoutError<Given>::type;

  TaskCall(const CallHome& home, const Key& key, const In& value, const Args&... args)
      : ReplyCall<Answer>(home), key_(key), value_(value), args_(args...) {}

  template <class Call> void begin(Call& call) {
    task_.emplace(std::apply([&](const Args&... args) { return call(key_, value_, args...); }, args_));
    task_->start(this->home().inbox, [this] { end(); });
  }
  bool cancel() override {
    ReplyCall<Answer>::cancel();
    task_.reset();
    return !this->answered();
  }

 private:
  void end() {
    try {
      this->answer(task_->take());
    } catch (const Failure& failure) {
      this->answer(fail(failure.error()));
    } catch (const std::exception& error) {
      this->answer(fail(ErrorCode::internal, error.what()));
    } catch (...) {
      this->answer(fail(ErrorCode::internal, "the mapper threw something that is not a std::exception"));
    }
  }

  const Key key_;
  const In value_;
  const std::tuple<Args...> args_;
  std::optional<Task<Given>> task_;  // refers to the three above
};

/// What a function gives that was called asynchronously: by its Reply, or as a Task.
template <class Call, class Key, class In, class... Args> struct AsyncAnswer { using type = typename Call::Answer; };
template <class Call, class Key, class In, class... Args>
requires(Call::kIsTask) struct AsyncAnswer<Call, Key, In, Args...> {
  using type = typename WithoutError<typename Call::Answer>::type;
};

/// Starts calls of a user's function; what it throws is an answer, too.
template <class Call> class CallStarter {
 public:
  CallStarter(Call call, std::shared_ptr<const CallHome> home) : call_(std::move(call)), home_(std::move(home)) {}

  template <class Key, class In, class... Args>
  std::shared_ptr<AsyncCall> operator()(const Key& key, const In& value, const Args&... args) {
    using Answer = typename AsyncAnswer<Call, Key, In, Args...>::type;
    std::shared_ptr<ReplyCall<Answer>> started;
    try {
      if constexpr (Call::kIsTask) {
        auto task = std::make_shared<TaskCall<typename Call::Answer, Key, In, Args...>>(*home_, key, value, args...);
        started = task;
        task->begin(call_);
      } else {
        started = std::make_shared<ReplyCall<Answer>>(*home_);
        call_(key, value, Reply<Answer>(started), args...);
      }
    } catch (const Failure& failure) {
      started->answer(fail(failure.error()));
    } catch (const std::exception& error) {
      started->answer(fail(ErrorCode::internal, error.what()));
    } catch (...) {
      started->answer(fail(ErrorCode::internal, "the mapper threw something that is not a std::exception"));
    }
    return started;
  }

  bool same(const CallStarter& other) const { return call_.same(other.call_); }
  std::size_t hash() const { return call_.hash(); }
  const Call& call() const { return call_; }

 private:
  Call call_;
  std::shared_ptr<const CallHome> home_;  // shared with the node, which fills it in
};

/// The rows that wait for an answer, and the calls that are to give it; at the rows' slots of the source.
///
/// What is transactional is the rows: which wait, since when, at which attempt. The calls follow once the commit is
/// complete. An answer is delivered outside of commits, and applied in one of its own, to which it brings this node.
template <class Key, class In, class Call, class... Args>
class CallsNode final : public StoredNode<Key, Pending>, public Driven, public AnswerTaker {
 public:
  using Source = CollectionNode<Key, In>;
  using Answer = typename AsyncAnswer<Call, Key, In, Args...>::type;
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
      value != nullptr ? want(row, this->core().version() + 1) : give_up(row, Outcome::gone, nullptr);
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

  std::size_t bytes() const override { return StoredNode<Key, Pending>::bytes() + calls_.bytes(); }
  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong;
    this->present().for_each(this->space_->end(), [&](Slot row) {
      if (!function_.source().present().test(row)) wrong = "waits for row " + std::to_string(row) + ", which is gone";
    });
    return wrong;
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(function_.source(), row); }

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

  std::optional<std::string> invariant() const override {
    std::optional<std::string> wrong;
    this->present().for_each(this->space_->end(), [&](Slot row) {
      const std::string name = "row " + std::to_string(row);
      if (!source_.present().test(row)) wrong = "has an answer for " + name + ", which is gone";
      if (failures_.find(row) != nullptr) wrong = name + " has an answer and an error";
      if (calls_.value(row) != nullptr && !calls_.options().keep_old) wrong = name + " waits and has an answer";
    });
    return wrong;
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(source_, row); }

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
