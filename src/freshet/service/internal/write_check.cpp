// SPDX-License-Identifier: MIT
#include "freshet/service/internal/write_check.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "freshet/graph/detail/read_tracker.hpp"

namespace freshet::service {
namespace {

// SQL takes names that differ in the case of letters for one table.
bool is_same_table(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

bool is_equal(const std::optional<AnyObject>& left, const std::optional<AnyObject>& right) {
  if (!left || !right) return left.has_value() == right.has_value();
  return left->type().equal(left->get(), right->get());
}

}  // namespace

bool Question::same(const Question& other) const {
  return rules == other.rules && right == other.right && key == other.key && &value.type() == &other.value.type() &&
         value.type().equal(value.get(), other.value.get());
}

/// Notes what rules read of the models' collections, each row once.
class WriteCheck::Reads final : public freshet::detail::ReadTracker {
 public:
  explicit Reads(const Models* models) : models_(models) {}

  void read_key(const freshet::detail::NodeBase& node, const void* key) override {
    if (models_ == nullptr) return;
    const auto& inputs = models_->inputs();
    const auto found = std::ranges::find_if(inputs, [&](const auto& input) { return &input->node() == &node; });
    if (found != inputs.end()) names_.emplace(found->get(), *static_cast<const std::string*>(key));
  }
  void read_all(const freshet::detail::NodeBase& /*node*/) override {}

  std::size_t size() const { return names_.size(); }
  /// As the graph has them; names that cannot be those of documents never are.
  std::vector<Witness> witnesses() const {
    std::vector<Witness> all;
    for (const auto& [input, name] : names_) {
      if (auto key = input->key_of(name)) all.push_back({input, *std::move(key), input->value_of(name)});
    }
    return all;
  }

 private:
  const Models* models_;
  std::set<std::pair<const store::ModelInput*, std::string>> names_;
};

WriteCheck::WriteCheck(const stream::AccessRules& access, const Models* models, Caller caller, Limits limits)
    : access_(access), models_(models), caller_(std::move(caller)), limits_(limits) {
  if (models_ == nullptr) return;
  for (const auto& input : models_->inputs()) {
    if (const auto* rules = access_.rules_of(input->node())) ruled_.push_back({input, rules});
  }
}

bool WriteCheck::is_needed(const stream::AccessRules& access, const Models* models) {
  if (models == nullptr || !access.has_rules_of_collections()) return false;
  return std::ranges::any_of(models->inputs(),
                             [&](const auto& input) { return access.rules_of(input->node()) != nullptr; });
}

Result<void> WriteCheck::decide() {
  Reads reads(models_);
  {
    const freshet::detail::TrackerScope scope(reads);
    for (const Question& question : asked_) {
      if (!question.rules->allows(question.right, caller_, &question.key, question.value.get(), *access_.faults())) {
        return fail(question.refusal);
      }
      if (reads.size() > limits_.reads_max) {
        return fail(ErrorCode::limit_exceeded, "too much has to be read to decide whether this may be written",
                    "the limit is " + std::to_string(limits_.reads_max));
      }
    }
  }
  witnesses_ = reads.witnesses();
  granted_ = std::exchange(asked_, {});
  return {};
}

Result<void> WriteCheck::begin(store::BackendTransaction& transaction) {
  undecided_ = false;
  stale_ = false;
  failed_.reset();
  asked_.clear();
  documents_.clear();
  const auto is_true = still_true(transaction);
  if (!is_true) return fail(is_true.error());
  if (*is_true) return {};
  stale_ = true;
  asked_ = granted_;
  return undo();
}

Result<bool> WriteCheck::still_true(store::BackendTransaction& transaction) const {
  // One round trip for each collection; witnesses are in their order.
  for (std::size_t begin = 0; begin < witnesses_.size();) {
    const store::ModelInput* const input = witnesses_[begin].input;
    std::vector<store::Key> keys;
    std::size_t end = begin;
    for (; end < witnesses_.size() && witnesses_[end].input == input; ++end) keys.push_back(witnesses_[end].key);
    const auto rows = transaction.get_many(input->table(), keys);
    if (!rows) return fail(rows.error());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      // A document that cannot be decoded is not in the graph either.
      const auto& row = (*rows)[i];
      const auto decoded = row ? input->decode(*row) : Result<std::optional<AnyObject>>();
      if (!is_equal(decoded.value_or(std::nullopt), witnesses_[begin + i].value)) return false;
    }
    begin = end;
  }
  return true;
}

void WriteCheck::ask(Question question) { asked_.push_back(std::move(question)); }

Result<void> WriteCheck::require_granted() {
  // A run asks the same things in the same order, unless something changed.
  const bool all =
      asked_.size() <= granted_.size() &&
      std::ranges::equal(asked_, std::span(granted_).first(std::min(asked_.size(), granted_.size())),
                         [](const Question& asked, const Question& granted) { return asked.same(granted); });
  if (all) return {};
  return undo();
}

Result<void> WriteCheck::finish() {
  if (failed_) return fail(*failed_);
  for (const Document& document : documents_) {
    const Error refusal{.code = ErrorCode::forbidden,
                        .primary = "you may not write this",
                        .detail = "it changes a document of " + document.ruled->input->table().name +
                                  ", whose access rules do not allow it",
                        .path = document.path};
    for (const auto* state : {&document.before, &document.after}) {
      if (!*state) continue;
      ask({document.ruled->rules, stream::Right::write, document.ruled->input->name_of(document.key), **state,
           refusal});
    }
  }
  return require_granted();
}

tl::unexpected<Error> WriteCheck::undo() {
  undecided_ = true;
  return fail(ErrorCode::conflict, "who may write this changes again and again", "", "try again");
}

tl::unexpected<Error> WriteCheck::give_up(Error error) {
  failed_ = error;
  return fail(std::move(error));
}

Result<std::optional<AnyObject>> WriteCheck::read(store::BackendTransaction& transaction, const Ruled& ruled,
                                                  const store::Key& key) const {
  auto rows = transaction.get_many(ruled.input->table(), {&key, 1});
  if (!rows) return fail(std::move(rows.error()));
  if (!rows->front()) return std::nullopt;
  auto decoded = ruled.input->decode(*rows->front());
  if (decoded) return decoded;
  return fail(ErrorCode::forbidden, "you may not write this",
              "the access rules of " + ruled.input->table().name + " cannot be asked: its document cannot be decoded");
}

WriteCheck::Document& WriteCheck::document_of(const Ruled& ruled, const store::Key& key) {
  const auto found = std::ranges::find_if(
      documents_, [&](const Document& document) { return document.ruled == &ruled && document.key == key; });
  return found != documents_.end() ? *found : documents_.emplace_back(Document{&ruled, key, {}, {}, {}});
}

Result<std::optional<store::Row>> WriteCheck::write(store::BackendTransaction& transaction, const store::Write& write,
                                                    const std::string& path) {
  if (failed_) return fail(*failed_);
  std::vector<const Ruled*> concerned;
  for (const Ruled& ruled : ruled_) {
    const auto& parent = ruled.input->parent();
    if (!is_same_table(ruled.input->table().name, write.table->name) || (parent && *parent != write.key.parent)) {
      continue;
    }
    concerned.push_back(&ruled);
    const std::size_t known = documents_.size();
    Document& document = document_of(ruled, write.key);
    if (documents_.size() == known) continue;
    if (documents_.size() > limits_.documents_max) {
      return give_up({.code = ErrorCode::limit_exceeded,
                      .primary = "too many documents with access rules are written at once",
                      .detail = "the limit is " + std::to_string(limits_.documents_max)});
    }
    auto before = read(transaction, ruled, write.key);
    if (!before) return give_up(std::move(before.error()));
    document.before = *std::move(before);
    document.path = path;
  }
  auto row = transaction.write(write);
  if (!row) return row;
  for (const Ruled* ruled : concerned) {
    // Read, not taken from what the write gave: that may be of another struct with the same table.
    auto after = read(transaction, *ruled, write.key);
    if (!after) return give_up(std::move(after.error()));
    document_of(*ruled, write.key).after = *std::move(after);
  }
  return row;
}

}  // namespace freshet::service
