// SPDX-License-Identifier: MIT
#include "freshet/stream/access.hpp"

#include <atomic>
#include <mutex>
#include <unordered_set>

#include "freshet/stream/source.hpp"

namespace freshet::stream {
namespace {

/// Passes on everything but the errors of views: they name rows that the reader may not be allowed to see.
class QuietSource final : public Source {
 public:
  explicit QuietSource(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  const std::string& name() const override { return source_->name(); }
  const Type& key_type() const override { return source_->key_type(); }
  const Type& value_type() const override { return source_->value_type(); }
  const freshet::detail::NodeBase& node() const override { return source_->node(); }
  std::size_t row_count() const override { return source_->row_count(); }
  void write_all(RowWriter& rows) const override { source_->write_all(rows); }
  void write_row(const void* key, RowWriter& rows) const override { source_->write_row(key, rows); }
  void write_news(const void* key, RowWriter& rows) const override { source_->write_news(key, rows); }
  std::unique_ptr<SteppedRows> begin_steps(RowFaults& faults) const override { return source_->begin_steps(faults); }
  Subscription subscribe(std::function<void(const ChangedRows&)> callback) const override {
    return source_->subscribe(std::move(callback));
  }
  Subscription watch_errors(std::function<void(const ErrorEvents&)>) const override { return {}; }
  std::vector<ErrorEvent> standing_errors() const override { return {}; }
  std::unique_ptr<Source> readable_by(AccessRules& access, const RowRules& rules, const Caller& caller) const override {
    return source_->readable_by(access, rules, caller);
  }

 private:
  std::unique_ptr<Source> source_;
};

}  // namespace

/// Counts, and tells of the first, second, fourth, eighth...: a rule that always throws must not fill the log.
class AccessRules::Faults final : public RuleFaults {
 public:
  void failed(std::string_view what) override {
    const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    if ((count & (count - 1)) != 0) return;
    const std::lock_guard lock(mutex_);
    if (listener_) listener_(what);
  }
  void listen(std::function<void(std::string_view)> listener) {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_ = 0;
  std::mutex mutex_;
  std::function<void(std::string_view)> listener_;  // guarded by mutex_
};

AccessRules::AccessRules() : faults_(std::make_shared<Faults>()) {}
AccessRules::~AccessRules() { on_fault({}); }

void AccessRules::on_fault(std::function<void(std::string_view)> listener) {
  static_cast<Faults&>(*faults_).listen(std::move(listener));
}
std::uint64_t AccessRules::fault_count() const { return static_cast<const Faults&>(*faults_).count(); }

const RowRules* AccessRules::rules_of(const freshet::detail::NodeBase& node) const {
  const auto found = by_node_.find(&node);
  return found == by_node_.end() ? nullptr : found->second.rules.get();
}

const RowRules* AccessRules::rules_of(std::string_view resource) const {
  const auto found = by_resource_.find(resource);
  return found == by_resource_.end() ? nullptr : found->second.get();
}

const AccessRules::Subject* AccessRules::subject(std::string_view name) const {
  const auto found = subjects_.find(name);
  return found == subjects_.end() ? nullptr : &found->second;
}

void AccessRules::add_guard(std::shared_ptr<const freshet::detail::NodeBase> node) {
  if (guards_.size() >= guards_kept_max_) {
    std::erase_if(guards_, [](const auto& guard) { return guard.second.expired(); });
    guards_kept_max_ = 2 * guards_.size() + 64;
  }
  const freshet::detail::NodeBase* address = node.get();
  guards_.insert_or_assign(address, std::move(node));
}

bool AccessRules::is_guard(const freshet::detail::NodeBase& node) const {
  const auto found = guards_.find(&node);
  // The address may be that of another node by now.
  return found != guards_.end() && found->second.lock().get() == &node;
}

AccessRules::Above AccessRules::look_above(const freshet::detail::NodeBase& node) const {
  Above above;
  std::vector<const freshet::detail::NodeBase*> waiting = {&node};
  std::unordered_set<const freshet::detail::NodeBase*> seen = {&node};
  while (!waiting.empty()) {
    const freshet::detail::NodeBase* next = waiting.back();
    waiting.pop_back();
    if (is_guard(*next)) {
      above.guarded = true;
      continue;
    }
    if (rules_of(*next) != nullptr) above.unguarded = next;
    for (const auto& parent : next->parents()) {
      if (seen.insert(parent.get()).second) waiting.push_back(parent.get());
    }
  }
  return above;
}

tl::unexpected<Error> AccessRules::denied(std::string primary, std::string hint) {
  return fail(ErrorCode::forbidden, std::move(primary), "", std::move(hint));
}

Result<Readable> AccessRules::readable(const std::string& resource, std::unique_ptr<Source> source,
                                       const Caller& caller) {
  if (empty()) return Readable{std::move(source), false};
  const RowRules* rules = rules_of(resource);
  if (rules == nullptr) rules = rules_of(source->node());
  if (rules != nullptr) {
    auto allowed = source->readable_by(*this, *rules, caller);
    return Readable{std::make_unique<QuietSource>(std::move(allowed)), true};
  }
  const Above above = look_above(source->node());
  if (above.unguarded != nullptr) {
    return denied("the resource " + resource + " is not for clients: it has no access rules of its own",
                  "it shows rows of " + above.unguarded->name() +
                      ", which has; declare rules for the resource, or build it from what rows_for(caller) gives");
  }
  if (above.guarded) return Readable{std::make_unique<QuietSource>(std::move(source)), true};
  return Readable{std::move(source), false};
}

}  // namespace freshet::stream
