// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/models.hpp"
#include "freshet/stream/access.hpp"

namespace freshet::service {

/// Whether the caller has a right to one row.
struct Question {
  const stream::RowRules* rules;
  stream::Right right;
  std::string key;
  AnyObject value;
  /// What he is told if not.
  Error refusal;

  bool same(const Question& other) const;
};

/// Decides whether a write may be committed, by rules that can only be asked on the loop, about rows that are only
/// known within the transaction; without either waiting for the other.
///
/// The transaction is run, finds out what has to be decided, and is undone (undecided()). The loop decides. The
/// transaction is run again, and committed if it asks the very same questions; else it is undone once more. What the
/// rules read of the store's models by key is compared with the store when a run begins, so that no decision rests on
/// what was no longer true when the transaction was committed (is_stale()).
///
/// One write:  ask()... decide()  [ begin() ask() require_granted()... finish() ]  decide()  [ begin() ... finish() ]
///
/// Thread safety: belongs to the loop, and within [ ] to the thread of the transaction; never to both at once.
class WriteCheck {
 public:
  struct Limits {
    std::size_t documents_max;
    std::size_t reads_max;
  };

  /// `models` may be null; the rules of its collections hold for the documents that are written. Lifetime: both outlive
  /// it.
  WriteCheck(const stream::AccessRules& access, const Models* models, Caller caller, Limits limits);

  /// Whether there are rules for documents of any model.
  static bool is_needed(const stream::AccessRules& access, const Models* models);

  /// On the loop: asks the rules. Errors: the refusal of the first question that is denied; limit_exceeded.
  Result<void> decide();

  /// In the transaction, first. Errors: what was decided rests on other documents than those in the store.
  Result<void> begin(store::BackendTransaction& transaction);
  /// In the transaction, or on the loop ahead of it.
  void ask(Question question);
  /// Errors: something that was asked so far is not decided; then nothing else may be done.
  Result<void> require_granted();
  /// In the transaction, last: asks about the documents that were written.
  Result<void> finish();

  /// Whether the last run was undone so that decide() can be called.
  bool undecided() const { return undecided_; }
  /// Whether the graph has yet to show what the store has: decide a little later.
  bool is_stale() const { return stale_; }

 private:
  friend class GuardedTransaction;
  class Reads;

  /// A model's collection that has rules.
  struct Ruled {
    std::shared_ptr<const store::ModelInput> input;  // shared with the models
    const stream::RowRules* rules;
  };
  /// What one transaction does to a document of such a collection: as it was, and as it is now.
  struct Document {
    const Ruled* ruled;
    store::Key key;
    std::optional<AnyObject> before;
    std::optional<AnyObject> after;
    std::string path;
  };
  /// What a rule read: a document as the graph has it.
  struct Witness {
    const store::ModelInput* input;
    store::Key key;
    std::optional<AnyObject> value;
  };

  /// Writes, and remembers the document as it was and is, for each collection with rules that it belongs to.
  Result<std::optional<store::Row>> write(store::BackendTransaction& transaction, const store::Write& write,
                                          const std::string& path);
  Result<std::optional<AnyObject>> read(store::BackendTransaction& transaction, const Ruled& ruled,
                                        const store::Key& key) const;
  /// The same from then on, whatever becomes of the error: what cannot be checked is not committed.
  tl::unexpected<Error> give_up(Error error);
  Document& document_of(const Ruled& ruled, const store::Key& key);
  Result<bool> still_true(store::BackendTransaction& transaction) const;
  tl::unexpected<Error> undo();

  const stream::AccessRules& access_;
  const Models* const models_;
  const Caller caller_;
  const Limits limits_;
  std::vector<Ruled> ruled_;

  std::vector<Question> asked_;
  std::vector<Question> granted_;
  std::vector<Witness> witnesses_;
  std::vector<Document> documents_;
  std::optional<Error> failed_;
  bool undecided_ = false;
  bool stale_ = false;
};

/// A transaction on behalf of a client: what is written through it, by whatever call, is checked.
class GuardedTransaction final : public store::BackendTransaction {
 public:
  /// Without a check nothing is. Lifetime: both outlive it.
  GuardedTransaction(store::BackendTransaction& transaction, WriteCheck* check)
      : transaction_(transaction), check_(check) {}

  /// Where in the request the reason for what is written next stands.
  void set_path(std::string path) { path_ = std::move(path); }

  Result<std::vector<std::optional<store::Row>>> get_many(const store::Table& table,
                                                          std::span<const store::Key> keys) override {
    return transaction_.get_many(table, keys);
  }
  Result<std::vector<store::Row>> query(const store::Query& query) override { return transaction_.query(query); }
  Result<std::optional<store::Row>> write(const store::Write& write) override {
    return check_ == nullptr ? transaction_.write(write) : check_->write(transaction_, write, path_);
  }

 private:
  store::BackendTransaction& transaction_;
  WriteCheck* check_;
  std::string path_ = "$";
};

}  // namespace freshet::service
