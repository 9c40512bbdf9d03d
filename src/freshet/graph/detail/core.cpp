// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/core.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::detail {

namespace {

/// Where a node that a worker updates puts its refusal; null while nodes are updated one by one.
constinit thread_local std::optional<Refusal>* refusal_here = nullptr;

}  // namespace

NodeBase::NodeBase(Core& core, std::string name, std::vector<std::shared_ptr<NodeBase>> parents)
    : core_(&core), parents_(std::move(parents)), name_(std::move(name)) {
  core.require_declaring(name_);
  core.enter(*this);
}

NodeBase::~NodeBase() {
  if (!routed_) leave_parents();
  if (core_ != nullptr) core_->leave(*this);
}

void NodeBase::leave_parents() {
  for (const auto& parent : parents_) {
    auto& siblings = parent->children_;
    const auto at = std::find(siblings.rbegin(), siblings.rend(), this);
    if (at != siblings.rend()) siblings.erase(std::next(at).base());
  }
}

void NodeBase::become_routed() {
  leave_parents();
  routed_ = true;
}

Core& NodeBase::core() const {
  FRESHET_ASSERT(core_ != nullptr && "the Graph of this collection is gone");
  return *core_;
}

std::string derived_name(const NodeBase& source, std::string_view verb) {
  constexpr std::size_t kLengthMax = 80;
  const std::string& name = source.name();
  std::string derived = name.size() <= kLengthMax ? name : "..." + name.substr(name.size() - kLengthMax);
  return derived.append(".").append(verb);
}

Core::~Core() {
  FRESHET_ASSERT(phase_ == Phase::idle);
  // Handles may outlive the graph. Parents are let go here one by one, not through each other: a chain of views may be
  // longer than the stack is deep.
  std::vector<std::shared_ptr<NodeBase>> orphans;
  for (const auto& [id, node] : nodes_) {
    for (auto& parent : node->parents_) orphans.push_back(std::move(parent));
    node->parents_.clear();
    node->children_.clear();
    node->core_ = nullptr;
  }
}

void Core::enter(NodeBase& node) {
  node.id_ = next_id_++;
  for (const auto& parent : node.parents_) {
    FRESHET_ASSERT(parent->core_ == this && "collections of different graphs cannot be combined");
    node.height_ = std::max(node.height_, parent->height_ + 1);
    parent->children_.push_back(&node);
  }
  nodes_.emplace(node.id_, &node);
}

void Core::leave(NodeBase& node) {
  if (nodes_.erase(node.id_) == 0) return;
  retired_.calls += node.counters_.calls;
  retired_.changes += node.counters_.changes;
  retired_.failures += node.counters_.failures;
  const auto [first, last] = by_signature_.equal_range(node.signature_);
  const auto at = std::find_if(first, last, [&](const auto& entry) { return entry.second == &node; });
  if (at != last) by_signature_.erase(at);
}

void Core::register_signature(NodeBase& node, std::size_t signature) {
  node.signature_ = signature;
  by_signature_.emplace(signature, &node);
}

void Core::retire(NodeBase* node) {
  Core* core = node->core_;
  if (core == nullptr) {
    delete node;
    return;
  }
  core->leave(*node);
  core->graveyard_.push_back(node);
  if (core->phase_ == Phase::idle) core->drain_graveyard();
}

void Core::drain_graveyard() {
  if (draining_) return;
  draining_ = true;
  // Deleting a node may retire its parents; they join the list instead of the stack.
  while (!graveyard_.empty()) {
    NodeBase* node = graveyard_.back();
    graveyard_.pop_back();
    delete node;
  }
  draining_ = false;
}

void Core::require_declaring(std::string_view what) const {
  if (phase_ != Phase::propagating) return;
  throw Failure(Error{.code = ErrorCode::refused,
                      .primary = "cannot make '" + std::string(what) + "' inside a mapper",
                      .detail = "the graph is being computed",
                      .hint = "declare views outside and pass them as arguments"});
}

void Core::refuse(Refusal refusal) {
  std::optional<Refusal>& place = refusal_here != nullptr ? *refusal_here : refusal_;
  if (!place) place = std::move(refusal);
}

void Core::use_workers(std::size_t count) { workers_ = count > 0 ? std::make_unique<Workers>(count) : nullptr; }

Result<Version> Core::commit(const std::function<Result<void>()>& apply) {
  if (phase_ != Phase::idle) {
    return fail(ErrorCode::refused, "a commit is under way", "commit() was called inside a mapper or a subscriber",
                "use post(), which runs when this commit is complete");
  }
  if (!measures_time_) [[likely]]
    return run_commit(apply);
  const Stopwatch watch(commit_time_ns_);
  ++measured_commits_;
  return run_commit(apply);
}

Result<Version> Core::run_commit(const std::function<Result<void>()>& apply) {
  phase_ = Phase::propagating;
  try {
    if (Result<void> applied = apply(); !applied) {
      abandon();
      return tl::unexpected(std::move(applied.error()));
    }
    propagate();
  } catch (const std::exception& error) {
    abandon();
    return fail(ErrorCode::internal, "the commit was undone", error.what());
  }
  if (refusal_) {
    const Refusal refusal = *std::exchange(refusal_, std::nullopt);
    abandon();
    return fail(ErrorCode::refused, "refused by '" + refusal.node + "': " + refusal.cause, "key " + refusal.key,
                "'" + refusal.node + "' is strict: a transaction that makes it fail is not applied");
  }
  ++version_;
  ++commits_;
  phase_ = Phase::notifying;
  notify();
  finish();
  return version_;
}

void Core::schedule_children(NodeBase& node) {
  for (NodeBase* child : node.children_) schedule(*child);
}

void Core::schedule(NodeBase& node) {
  if (node.scheduled_) return;
  node.scheduled_ = true;
  if (node.height_ >= scheduled_.size()) scheduled_.resize(node.height_ + 1);
  scheduled_[node.height_].push_back(&node);
  ++scheduled_count_;
}

void Core::propagate() {
  const std::size_t inputs = touched_.size();
  for (std::size_t i = 0; i < inputs; ++i) {
    timed(*touched_[i], [&] { touched_[i]->update(); });
    take_in(*touched_[i]);
  }
  for (std::size_t height = 0; scheduled_count_ > 0 && !refusal_; ++height) {
    FRESHET_ASSERT(height < scheduled_.size());
    worth_sharing(scheduled_[height]) ? update_together(height) : update_one_by_one(height);
    scheduled_count_ -= static_cast<std::uint32_t>(scheduled_[height].size());
    for (NodeBase* node : scheduled_[height]) node->scheduled_ = false;
    scheduled_[height].clear();
  }
}

void Core::update_one_by_one(std::size_t height) {
  // By index: taking a node in schedules only greater heights, but may resize the outer vector.
  for (std::size_t i = 0; i < scheduled_[height].size() && !refusal_; ++i) {
    NodeBase* node = scheduled_[height][i];
    touched_.push_back(node);
    timed(*node, [&] { node->update(); });
    take_in(*node);
  }
}

bool Core::worth_sharing(const std::vector<NodeBase*>& level) const {
  if (!workers_ || level.size() < 2) return false;
  constexpr std::size_t kChangesMin = 256;  // below, waking a worker costs more than it takes off
  std::size_t large = 0;
  for (const NodeBase* node : level) {
    std::size_t changes = 0;
    for (const auto& parent : node->parents_) changes += parent->change_count();
    large += changes >= kChangesMin ? 1 : 0;
  }
  return large >= 2;
}

void Core::update_together(std::size_t height) {
  const std::vector<NodeBase*> level = scheduled_[height];
  touched_.insert(touched_.end(), level.begin(), level.end());
  struct Outcome {
    std::optional<Refusal> refusal;
    std::exception_ptr failure;
  };
  std::vector<Outcome> outcomes(level.size());
  workers_->run(level.size(), [&](std::size_t i) {
    refusal_here = &outcomes[i].refusal;
    try {
      timed(*level[i], [&] { level[i]->update(); });
    } catch (...) {
      outcomes[i].failure = std::current_exception();
    }
    refusal_here = nullptr;
  });
  // Taken in in order, as one thread would have: the first refusal or failure decides.
  for (std::size_t i = 0; i < level.size() && !refusal_; ++i) {
    if (outcomes[i].failure) std::rethrow_exception(outcomes[i].failure);
    refusal_ = std::move(outcomes[i].refusal);
    take_in(*level[i]);
  }
}

void Core::take_in(NodeBase& node) {
  const bool changes = node.has_changes();
  const bool failures = node.has_failure_changes();
  if (!changes && !failures) return;
  if (changes && node.subscribed_) to_notify_.push_back(&node);
  failures_changed_ = failures_changed_ || failures;
  schedule_children(node);
  if (node.routes_) [[unlikely]]
    node.route();
}

void Core::abandon() {
  for (auto& level : scheduled_) {
    for (NodeBase* node : level) node->scheduled_ = false;
    level.clear();
  }
  scheduled_count_ = 0;
  refusal_.reset();
  for (auto node = touched_.rbegin(); node != touched_.rend(); ++node) {
    (*node)->roll_back();
    (*node)->counters_ = (*node)->settled_counters_;
  }
  if (checks_invariants_) [[unlikely]]
    check_touched();
  forget_commit();
  ++refused_;
  phase_ = Phase::idle;
  if (!graveyard_.empty()) drain_graveyard();
}

void Core::forget_commit() {
  touched_.clear();
  to_notify_.clear();
  failures_changed_ = false;
}

void Core::notify() {
  // Two phases: everything that will be told is fixed before anybody is told, so no subscriber sees what another one
  // did.
  for (NodeBase* node : to_notify_) node->prepare_news();
  for (NodeBase* node : to_notify_) node->deliver_news();
  if (failures_changed_) notify_watchers();
}

void Core::notify_watchers() {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
  const auto watchers = watchers_;  // a callback may add or end some
  for (const auto& weak : watchers) {
    const auto watcher = weak.lock();
    if (!watcher) continue;
    std::vector<std::pair<std::string, FailureNews>> news;
    for (const NodeBase* node : touched_) {
      if (!node->has_failure_changes()) continue;
      if (!std::binary_search(watcher->nodes.begin(), watcher->nodes.end(), node->id_)) continue;
      std::vector<FailureNews> rows;
      node->collect_failures(rows, false);
      for (auto& row : rows) news.emplace_back(node->name_, std::move(row));
    }
    if (!news.empty()) guard_callback([&] { watcher->callback(version_, news); });
  }
}

void Core::finish() {
  for (NodeBase* node : touched_) {
    timed(*node, [&] { node->settle(); });
    node->settled_counters_ = node->counters_;
    if (node->hears_commits_) [[unlikely]]
      committed_.push_back(node);
  }
  if (checks_invariants_) [[unlikely]]
    check_touched();
  forget_commit();
  become_idle();
}

void Core::become_idle() {
  for (std::size_t i = 0; i < committed_.size(); ++i) committed_[i]->committed();
  committed_.clear();
  phase_ = Phase::idle;
  drain_graveyard();
}

Core::Shelter::Shelter(Core& core) : core_(core), outermost_(core.phase_ == Phase::idle) {
  FRESHET_ASSERT(!core.propagating());
  core.phase_ = Phase::notifying;
}

Core::Shelter::~Shelter() {
  if (outermost_) core_.become_idle();
}

void Core::measure_time(bool on) {
  if (on && !measures_time_) {
    for (const auto& [id, node] : nodes_) node->time_ns_ = 0;
    measured_commits_ = 0;
    commit_time_ns_ = 0;
  }
  measures_time_ = on;
}

std::shared_ptr<FailureWatcher> Core::watch(std::vector<std::uint32_t> nodes,
                                            decltype(FailureWatcher::callback) callback) {
  std::sort(nodes.begin(), nodes.end());
  auto watcher = std::make_shared<FailureWatcher>(FailureWatcher{std::move(nodes), std::move(callback)});
  watchers_.push_back(watcher);
  return watcher;
}

std::vector<const NodeBase*> Core::nodes() const {
  std::vector<const NodeBase*> all;
  all.reserve(nodes_.size());
  for (const auto& [id, node] : nodes_) all.push_back(node);
  std::sort(all.begin(), all.end(), [](const NodeBase* a, const NodeBase* b) { return a->id() < b->id(); });
  return all;
}

GraphStats Core::stats() const {
  GraphStats stats{.version = version_,
                   .node_count = nodes_.size(),
                   .commits = commits_,
                   .refused = refused_,
                   .mapper_calls = retired_.calls,
                   .rows_changed = retired_.changes,
                   .mapper_failures = retired_.failures,
                   .callback_failures = callback_failures_};
  for (const auto& [id, node] : nodes_) {
    stats.row_count += node->row_count();
    stats.bytes += node->bytes();
    stats.mapper_calls += node->counters().calls;
    stats.rows_changed += node->counters().changes;
    stats.mapper_failures += node->counters().failures;
  }
  return stats;
}

}  // namespace freshet::detail
