// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/document.hpp"
#include "freshet/store/from.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/table.hpp"

namespace freshet {

namespace store {

/// Writes and reads of objects that are known by their Type: what StoreTransaction's templates end in.
class ObjectAccess {
 public:
  ObjectAccess(BackendTransaction& transaction, std::string parent)
      : transaction_(&transaction), parent_(std::move(parent)) {}

  Result<std::vector<std::optional<Row>>> get_many(const Type& type, std::vector<std::string> ids) const;
  Result<std::vector<Row>> query(const Query& query) const { return transaction_->query(query); }
  Result<Row> write(WriteKind kind, const Type& type, const void* object, const Precondition& precondition) const;
  /// The attributes that are named, and no others.
  Result<Row> update(const Type& type, const void* object, std::span<const std::string_view> attributes,
                     const Precondition& precondition) const;
  /// One attribute of a document that need not have been read.
  Result<Row> update(const Type& type, std::string_view id, const std::string& attribute, const Type& value_type,
                     const void* value, const Precondition& precondition) const;
  Result<void> remove(const Type& type, std::string_view id, const Precondition& precondition) const;

  /// Saves what an object carries in its Nested references, deepest first, each document once, then itself.
  Result<Row> save(const Type& type, const void* object, const Precondition& precondition) const;
  /// Fills the Nested references of objects, level by level with one get_many() for each model.
  Result<void> load(const Type& type, std::span<void* const> objects, std::size_t depth_max) const;

  BackendTransaction& backend() const { return *transaction_; }
  const std::string& parent() const { return parent_; }

 private:
  Result<Row> written(Result<std::optional<Row>> outcome, const Write& write) const;

  BackendTransaction* transaction_;
  std::string parent_;
};

/// The reference of a document.
Reference reference_of(const Table& table, const Key& key);

/// An object in a row; nothing if it is of another class. Errors: as from_row().
template <class T> Result<std::optional<Document<T>>> document_of(const Row& row) {
  Document<T> document;
  auto is_one = from_row(table_of<T>(), row, type_of<T>(), &document.value);
  if (!is_one) return fail(std::move(is_one.error()));
  if (!*is_one) return std::optional<Document<T>>();
  document.reference = reference_of(table_of<T>(), row.key);
  document.revision = row.revision;
  document.created_at = row.created_at;
  document.updated_at = row.updated_at;
  return std::optional(std::move(document));
}

}  // namespace store

/// A serializable transaction on the documents of a store. Reads see its own writes.
///
/// T is a model, or a Poly of one: then a document comes as whatever class it is. In the root collection of the model,
/// or in that of a document: `transaction.in(users / "tijuana").get<Session>("meeting_1")`.
///
/// Errors: reads: what is stored does not fit the model, with the place. Writes: what cannot be stored, preconditions
/// that do not hold, a unique index; after one of these the transaction can only be left.
/// Thread safety: belongs to the thread that was given it. Lifetime: during the call that gave it.
/// Example: src/freshet/store/store.test.cpp [transaction]
class StoreTransaction {
 public:
  explicit StoreTransaction(store::BackendTransaction& transaction) : access_(transaction, {}) {}

  /// The same transaction in the collections within a document. Errors: throws Failure if it is no document.
  StoreTransaction in(const Reference& document) const;

  /// Nothing if there is no such document, or one of a class that is no T.
  template <class T> Result<std::optional<Document<T>>> get(const DocumentId& id) const {
    auto all = get_many<T>({id});
    if (!all) return fail(std::move(all.error()));
    return std::move(all->front());
  }
  /// In the order of the ids, in one round trip.
  template <class T>
  Result<std::vector<std::optional<Document<T>>>> get_many(const std::vector<DocumentId>& ids) const {
    std::vector<std::string> texts;
    texts.reserve(ids.size());
    for (const DocumentId& id : ids) texts.push_back(id.text());
    auto rows = access_.get_many(type_of<T>(), std::move(texts));
    if (!rows) return fail(std::move(rows.error()));
    std::vector<std::optional<Document<T>>> documents;
    for (const auto& row : *rows) {
      auto document = row ? store::document_of<T>(*row) : Result<std::optional<Document<T>>>();
      if (!document) return fail(std::move(document.error()));
      documents.push_back(*std::move(document));
    }
    return documents;
  }
  /// In the collection that the query names, whatever in() says.
  template <class T> Result<std::vector<Document<T>>> query(const From<T>& from) const {
    auto query = from.build();
    if (!query) return fail(std::move(query.error()));
    auto rows = access_.query(*query);
    if (!rows) return fail(std::move(rows.error()));
    std::vector<Document<T>> documents;
    for (const store::Row& row : *rows) {
      auto document = store::document_of<T>(row);
      if (!document) return fail(std::move(document.error()));
      if (*document) documents.push_back(**std::move(document));
    }
    return documents;
  }

  /// Errors: already_exists.
  template <class T> Result<Document<T>> create(const T& object, const Precondition& precondition = {}) const {
    return document<T>(access_.write(store::WriteKind::create, type_of<T>(), &object, precondition));
  }
  /// Replaces or creates.
  template <class T> Result<Document<T>> set(const T& object, const Precondition& precondition = {}) const {
    return document<T>(access_.write(store::WriteKind::set, type_of<T>(), &object, precondition));
  }
  /// Changes the named attributes of the document that is there, and no others. Errors: not_found.
  template <class T>
  Result<Document<T>> update(const T& object, std::initializer_list<std::string_view> attributes,
                             const Precondition& precondition = {}) const {
    return document<T>(access_.update(type_of<T>(), &object, {attributes.begin(), attributes.size()}, precondition));
  }
  /// Changes one: `update<&User::last_name>("tijuana", "Furlong")`.
  template <auto Member>
  Result<Document<detail::ClassOf<Member>>> update(const DocumentId& id, const detail::MemberOf<Member>& value,
                                                   const Precondition& precondition = {}) const {
    using T = detail::ClassOf<Member>;
    using Given = std::remove_cvref_t<detail::MemberOf<Member>>;
    return document<T>(
        access_.update(type_of<T>(), id.text(), AttributeOf<Member>::name(), type_of<Given>(), &value, precondition));
  }
  /// Nothing happens if it is not there, unless the precondition says otherwise.
  template <class T> Result<void> remove(const DocumentId& id, const Precondition& precondition = {}) const {
    return access_.remove(type_of<T>(), id.text(), precondition);
  }

  /// set(), and before it all that the object carries in its Nested references, deepest first, each document once.
  template <class T> Result<Document<T>> save(const T& object, const Precondition& precondition = {}) const {
    return document<T>(access_.save(type_of<T>(), &object, precondition));
  }
  /// Fills Nested references, also within what they refer to, to a depth: breadth-first, with one get_many() for each
  /// model and level however many objects there are. References to what does not exist stay unloaded. Circles are cut
  /// at the depth.
  template <class T> Result<void> load(std::vector<T>& objects, std::size_t depth_max = 4) const {
    std::vector<void*> addresses;
    for (T& object : objects) addresses.push_back(&object);
    return access_.load(type_of<T>(), addresses, depth_max);
  }
  template <class T> Result<void> load(T& object, std::size_t depth_max = 4) const {
    void* const address = &object;
    return access_.load(type_of<T>(), {&address, 1}, depth_max);
  }

  store::BackendTransaction& backend() const { return access_.backend(); }

 private:
  explicit StoreTransaction(store::ObjectAccess access) : access_(std::move(access)) {}

  template <class T> static Result<Document<T>> document(Result<store::Row> row) {
    if (!row) return fail(std::move(row.error()));
    auto found = store::document_of<T>(*row);
    if (!found) return fail(std::move(found.error()));
    if (!*found) return fail(ErrorCode::invalid_argument, "the document is of another class", row->obj_type);
    return **std::move(found);
  }

  store::ObjectAccess access_;
};

}  // namespace freshet
