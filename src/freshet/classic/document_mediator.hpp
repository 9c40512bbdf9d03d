// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "freshet/service/mediators/document.hpp"
#include "freshet/service/view_models.hpp"

namespace freshet {

/// A view whose rows are documents and which is changed by documents, as a class: derive, build() its rows, say with
/// view_refs() which documents these are written to, and name the setters of what may be changed.
///
/// Declared with `mediators.add_document(live, std::make_unique<SessionDocuments>())`, before `live` starts.
/// Thread safety: build() and view_refs() are called on the loop, build() also on threads of the store, where setters
/// run, too.
/// Example: src/freshet/classic/document_mediator.test.cpp [document]
template <ResourceName View, class ValueType, class DocumentType> class DocumentMediator {
 public:
  using Value = ValueType;
  using Document = DocumentType;
  using Setters = const ViewHandle<Value>;
  /// What a client adds to have the view changed.
  using Request = ChangeRequest<View>;
  static constexpr auto kView = View;

  DocumentMediator() = default;
  DocumentMediator(const DocumentMediator&) = delete;
  DocumentMediator& operator=(const DocumentMediator&) = delete;
  virtual ~DocumentMediator() = default;

  virtual DocumentOptions options() const { return {}; }
  virtual std::string doc() const { return {}; }

  /// The rows by their keys.
  virtual Collection<std::string, Value> build(Models& models) = 0;
  /// The documents by their paths.
  virtual Collection<std::string, Document> view_refs(Models& models) = 0;
  /// By default nothing can be changed.
  virtual void describe_setters(Setters& /*setters*/) {}
};

namespace detail {

template <ResourceName View, class V, class D>
DocumentMediator<View, V, D>* as_document_mediator(DocumentMediator<View, V, D>* mediator);

template <class T>
concept AnyDocumentMediator = requires(T* object) {
  detail::as_document_mediator(object);
};

}  // namespace detail

template <class Derived> void Mediators::add_document(LiveStore& live, std::unique_ptr<Derived> mediator) {
  static_assert(detail::AnyDocumentMediator<Derived>,
                "Freshet: mediators.add_document(live, object) takes an object of a class that derives from "
                "DocumentMediator<\"View\", Value, Document>");
  if constexpr (detail::AnyDocumentMediator<Derived>) {
    using Row = typename Derived::Value;
    const std::shared_ptr<Derived> object = std::move(mediator);  // owners: the port's build function, setters
    const auto port = std::make_shared<service::TypedViewPort<Row, NoParams>>(
        [object](const Caller&, Models& models, const NoParams&) { return object->build(models); });
    port->name = std::string(Derived::kView.view());
    port->doc = object->doc();
    port->is_once = true;
    object->describe_setters(ViewHandle<Row>(*port));
    DocumentOptions options = object->options();
    mediators::Definition& definition = add(mediators::define_requests<Derived::kView>(port, options));
    mediators::keep_documents(definition, live, object->view_refs(live), std::move(options.views));
  }
}

}  // namespace freshet
