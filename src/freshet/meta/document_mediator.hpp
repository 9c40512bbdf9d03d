// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "freshet/meta/view_model.hpp"
#include "freshet/service/mediators/document.hpp"

/// Views that are documents, and are changed by documents:
/// `mediators.document<"MeetingSession">(live, sessions, session_documents).set<&MeetingSession::in_session>(set)`.
///
/// Example: src/freshet/meta/document_mediator.test.cpp [document]
namespace freshet {

/// A mediator of mode `document` in the making: takes the setters of the attributes that may be changed.
///
/// Lifetime: the Mediators', until start().
template <class Value> class DocumentHandle {
 public:
  DocumentHandle(mediators::Definition& definition, std::shared_ptr<service::ViewPort> view)
      : definition_(&definition), view_(std::move(view)) {}

  /// As ViewHandle::set(): how a change of the attribute is written back to the models.
  template <auto Member, class Set> const DocumentHandle& set(Set setter) const {
    ViewHandle<Value>(*view_).template set<Member>(std::move(setter));
    return *this;
  }
  const DocumentHandle& doc(std::string text) const {
    definition_->doc = std::move(text);
    return *this;
  }

 private:
  mediators::Definition* definition_;
  std::shared_ptr<service::ViewPort> view_;  // owners: handles, and the definition's handlers
};

namespace detail {

template <class Build> auto build_rows(const Build& build, Models& models) {
  using Params = typename ViewSignature<Build>::Params;
  if constexpr (std::is_same_v<Params, NoParams>) {
    return build(models);
  } else {
    return build(models, Params{});
  }
}

}  // namespace detail

template <ResourceName View, class BuildView, class BuildDocuments>
auto Mediators::document(LiveStore& live, BuildView view, BuildDocuments documents, DocumentOptions options) {
  constexpr bool known = detail::ViewSignature<BuildView>::known && detail::ViewSignature<BuildDocuments>::known;
  static_assert(known,
                "Freshet: views and documents are declared by functions (Models&) or (Models&, const Params&) that "
                "give a Collection<std::string, Value>; that of the documents by their paths");
  if constexpr (known) {
    using Row = typename detail::ViewSignature<BuildView>::Value;
    const auto port = std::make_shared<service::TypedViewPort<Row, NoParams>>(
        [view = std::move(view)](const Caller&, Models& models, const NoParams&) {
          return detail::build_rows(view, models);
        });
    port->name = std::string(View.view());
    port->is_once = true;
    mediators::Definition& definition = add(mediators::define_requests<View>(port, options));
    mediators::keep_documents(definition, live, detail::build_rows(documents, live), std::move(options.views));
    return DocumentHandle<Row>(definition, port);
  }
}

template <ResourceName View, class BuildView, class BuildDocuments>
auto Mediators::document(LiveStore& live, BuildView view, BuildDocuments documents) {
  return document<View>(live, std::move(view), std::move(documents), DocumentOptions{});
}

}  // namespace freshet
