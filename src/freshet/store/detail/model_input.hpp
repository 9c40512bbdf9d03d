// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/graph/row_error.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/store/outcome.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store {

/// One input of a graph that holds the documents of one model, without its type.
///
/// Thread safety: reads nothing of the graph but in erase_all_but() and value_of(), so that transactions can be built
/// on any thread, one at a time.
class ModelInput {
 public:
  ModelInput(const Table& table, std::optional<std::string> parent, bool by_path)
      : table_(table), parent_(std::move(parent)), by_path_(by_path) {}
  ModelInput(const ModelInput&) = delete;
  ModelInput& operator=(const ModelInput&) = delete;
  virtual ~ModelInput() = default;

  const Table& table() const { return table_; }
  /// What the collection's values are: a class of the table's family.
  virtual const Type& type() const = 0;
  /// Where the documents lie; unset: anywhere.
  const std::optional<std::string>& parent() const { return parent_; }
  bool takes(const Table& table, const Key& key) const {
    return &table == &table_ && (!parent_ || *parent_ == key.parent);
  }
  /// What a document is called in the collection.
  std::string name_of(const Key& key) const { return by_path_ ? path_of(table_, key) : key.id; }

  /// The document that a name in the collection stands for; nothing if it cannot stand for any.
  std::optional<Key> key_of(const std::string& name) const;

  /// A document as the collection would have it; nothing if it is of another class of the family.
  /// Errors: it cannot be decoded.
  Result<std::optional<AnyObject>> decode(const Row& row) const;
  /// What the graph has of a name now; nothing if it has nothing. On the graph's thread.
  virtual std::optional<AnyObject> value_of(const std::string& name) const = 0;

  /// Writes the document; false, and nothing written, if it is of another class of the family than the collection's.
  /// Errors: it cannot be decoded, with the place in it; then nothing is written.
  virtual Result<bool> set(const Row& row, Transaction& transaction) const = 0;
  virtual void erase(const Key& key, Transaction& transaction) const = 0;
  /// Erases what is in the graph now and not among `names`. On the graph's thread.
  virtual void erase_all_but(const std::unordered_set<std::string>& names, Transaction& transaction) const = 0;
  virtual const detail::NodeBase& node() const = 0;
  /// Rows of the input have numbers below this.
  virtual std::size_t row_end() const = 0;

 private:
  const Table& table_;
  const std::optional<std::string> parent_;
  const bool by_path_;
};

template <class T> class TypedModelInput final : public ModelInput {
 public:
  TypedModelInput(Graph& graph, const Table& table, std::optional<std::string> parent, bool by_path)
      : ModelInput(table, std::move(parent), by_path), rows_(graph.input<std::string, T>(input_name())) {}

  Collection<std::string, T> rows() const { return rows_; }
  const Type& type() const override { return type_of<T>(); }

  std::optional<AnyObject> value_of(const std::string& name) const override {
    const T* value = rows_.get(name);
    if (value == nullptr) return std::nullopt;
    std::optional<AnyObject> copy(std::in_place, type_of<T>());
    type_of<T>().assign(copy->get(), value);
    return copy;
  }
  Result<bool> set(const Row& row, Transaction& transaction) const override {
    T value{};
    auto is_one = from_row(table(), row, type_of<T>(), &value);
    if (is_one && *is_one) transaction.set(rows_, name_of(row.key), std::move(value));
    return is_one;
  }
  void erase(const Key& key, Transaction& transaction) const override { transaction.erase(rows_, name_of(key)); }
  void erase_all_but(const std::unordered_set<std::string>& names, Transaction& transaction) const override {
    rows_.for_each([&](const std::string& name, const Values<T>&) {
      if (!names.contains(name)) transaction.erase(rows_, name);
    });
  }
  const detail::NodeBase& node() const override { return rows_.node(); }
  std::size_t row_end() const override { return rows_.node().space().end(); }

 private:
  std::string input_name() const {
    if (!parent()) return "**/" + table().name;
    return parent()->empty() ? table().name : *parent() + "/" + table().name;
  }

  Input<std::string, T> rows_;
};

}  // namespace freshet::store
