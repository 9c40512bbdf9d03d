// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/transaction.hpp"

/// Where what a handler gives goes to. A sink is called with the value; one that writes to the store takes the
/// transaction behind it. Any function of either form is one:
/// `.to([](const CityView& view) { log(view.name); })`.
namespace freshet {

/// A document and the document that its collection lies in: `Placed{users / "tijuana", view}`.
template <class T> struct Placed {
  Reference in;
  T value;
};
template <class T> Placed(Reference, T) -> Placed<T>;

/// Sets documents: views, results, domain models with what they carry in Nested references.
struct ToDocuments {
  template <class T> Result<void> operator()(const T& value, const StoreTransaction& transaction) const {
    if (auto saved = transaction.save(value); !saved) return fail(std::move(saved.error()));
    return {};
  }
  template <class T> Result<void> operator()(const Placed<T>& placed, const StoreTransaction& transaction) const {
    return (*this)(placed.value, transaction.in(placed.in));
  }
};
inline constexpr ToDocuments to_documents{};

/// Removes documents of a model by their ids: what handlers of removes give.
template <class T> struct ToRemoval {
  Result<void> operator()(const std::string& id, const StoreTransaction& transaction) const {
    return transaction.remove<T>(id);
  }
  Result<void> operator()(const Placed<std::string>& placed, const StoreTransaction& transaction) const {
    return transaction.in(placed.in).template remove<T>(placed.value);
  }
};
template <class T> inline constexpr ToRemoval<T> to_removal{};

/// Lets forms write themselves to the models: `Result<void> propagate(const StoreTransaction&) const`.
struct ToForms {
  template <class Form> Result<void> operator()(const Form& form, const StoreTransaction& transaction) const {
    return form.propagate(transaction);
  }
};
inline constexpr ToForms to_forms{};

/// Shows values to whoever is reading a stream right now, and to nobody who comes later: each is a row under a key of
/// its own that goes with the next commit. A reader that lags misses some.
template <class Value> class ToStream {
 public:
  /// Requires: the graph outlives the mediator.
  ToStream(Graph& graph, Input<std::string, Value> events) : graph_(&graph), events_(std::move(events)) {}

  Result<void> operator()(const Value& value) const {
    const std::string key = random_token();
    Transaction shown;
    shown.set(events_, key, value);
    if (auto posted = graph_->post(std::move(shown)); !posted) return posted;
    Transaction gone;
    gone.erase(events_, key);
    return graph_->post(std::move(gone));
  }

 private:
  Graph* graph_;
  Input<std::string, Value> events_;
};

}  // namespace freshet
