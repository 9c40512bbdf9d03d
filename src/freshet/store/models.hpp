// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/graph.hpp"
#include "freshet/store/detail/model_input.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/table.hpp"

namespace freshet {

/// The documents of a store's models as collections of a graph: what view models are declared over.
///
/// A view model is an ordinary view: `models.collection<Meeting>().map(session, models.collection<User>())`. Declared
/// as a function of a Models, it can be kept live (LiveStore) or be computed for one request (Once).
///
/// Of a model with subclasses, a collection has the documents of the class that is asked for and of those derived from
/// it, each as that class; `collection<Poly<City>>()` has each as what it is.
///
/// Thread safety: belongs to the loop of the graph. Lifetime: the graph outlives it.
/// Example: src/freshet/store/live.test.cpp [view]
class Models {
 public:
  Models(const Models&) = delete;
  Models& operator=(const Models&) = delete;
  virtual ~Models() = default;

  /// The documents of T's root collection, by their id. Asked for again, the same collection.
  template <class T> Collection<std::string, T> collection() { return find_or_add<T>(std::string(), false); }
  /// Those of the sub-collection that lies in the document `parent`, by their id.
  template <class T> Collection<std::string, T> collection(const Reference& parent) {
    return find_or_add<T>(parent.path(), false);
  }
  /// All of them, in whatever document they lie, by their path: "users/tijuana/sessions/meeting_1".
  template <class T> Collection<std::string, T> collection_group() { return find_or_add<T>(std::nullopt, true); }

  Graph& graph() const { return graph_; }
  /// The collections that were asked for, without their types.
  const std::vector<std::shared_ptr<store::ModelInput>>& inputs() const { return inputs_; }

 protected:
  explicit Models(Graph& graph) : graph_(graph) {}

  /// Whether a collection may be asked for now. Errors: throws Failure if not.
  virtual void admit(const store::Table& table) const = 0;

  std::vector<std::shared_ptr<store::ModelInput>> inputs_;

 private:
  template <class T> Collection<std::string, T> find_or_add(std::optional<std::string> parent, bool by_path) {
    const store::Table& table = store::table_of<T>();
    for (const auto& input : inputs_) {
      if (&input->type() == &type_of<T>() && input->parent() == parent) {
        return static_cast<const store::TypedModelInput<T>&>(*input).rows();
      }
    }
    admit(table);
    auto added = std::make_shared<store::TypedModelInput<T>>(graph_, table, std::move(parent), by_path);
    inputs_.push_back(added);
    return added->rows();
  }

  Graph& graph_;
};

}  // namespace freshet
