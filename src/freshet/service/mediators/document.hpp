// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/model/describe.hpp"
#include "freshet/model/value.hpp"
#include "freshet/service/detail/view_port.hpp"
#include "freshet/service/mediators/event.hpp"
#include "freshet/service/mediators/mediators.hpp"
#include "freshet/service/mediators/options.hpp"
#include "freshet/service/resource_name.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/materialise.hpp"
#include "freshet/store/transaction.hpp"

namespace freshet {

namespace mediators {

/// "MeetingSession_PATCH".
template <ResourceName View>
inline constexpr auto kPatchName = [] {
  constexpr std::string_view kSuffix = "_PATCH";
  std::array<char, View.view().size() + kSuffix.size()> name{};
  std::ranges::copy(kSuffix, std::ranges::copy(View.view(), name.begin()).out);
  return name;
}();

}  // namespace mediators

/// A change of a view that somebody asks for by a document, in the collection `{View}_PATCH` of any document or of the
/// root: "users/tijuana/MeetingSession_PATCH/1".
///
/// It is gone when the change is made, both in one transaction. If it cannot be made it stays, and `error` says why;
/// emptying `error` asks again.
/// Example: src/freshet/meta/document_mediator.test.cpp [request]
template <ResourceName View> struct ChangeRequest {
  std::string id;
  /// The key of the view's row; empty: the request's own id.
  std::string target{};
  /// Attributes that have setters, and what they are to be: `{"inSession": false}`.
  Value changes{};
  std::string error{};
};
template <ResourceName View> constexpr auto describe(of<ChangeRequest<View>>) {
  using Request = ChangeRequest<View>;
  constexpr auto& kName = mediators::kPatchName<View>;
  return model(std::string_view(kName.data(), kName.size()), key<&Request::id>(), field<&Request::target>(optional),
               field<&Request::changes>(), field<&Request::error>(optional));
}

/// How a mediator of mode `document` works.
struct DocumentOptions {
  /// Whether the view that a request is about has to be there, computed within the transaction (see Once for what can
  /// be). If not, it is for the setters to say what is missing.
  bool loads_view = true;
  MaterialiseOptions views = {};
  MediatorOptions requests = {};
};

namespace mediators {

/// Makes a change within a transaction. Errors: the request's, with the attribute's path; those of setters.
Result<void> make_change(const service::ViewPort& view, StoreTransaction& transaction, const std::string& key,
                         const Value& changes, bool loads_view);
/// Whether it is the request's fault, so that nothing is gained by trying again.
bool is_refusal(const Error& error);
/// Adds what there is to say of the views.
void fill(const MaterialiseProgress& progress, MediatorStatus& status);

/// Writes down why a request is refused, where the one who asked can read it.
template <ResourceName View> Result<void> refuse_change(const Call& call, const Error& error) {
  using Request = ChangeRequest<View>;
  const StoreTransaction root(*call.transaction);
  const std::string& parent = call.event.key.parent;
  const StoreTransaction transaction =
      parent.empty() ? root
                     : root.in(store::reference_of(store::table_of<Request>(), call.event.key).parent().parent());
  const auto told = transaction.template update<&Request::error>(call.event.key.id, to_string(error));
  return told ? Result<void>() : Result<void>(fail(told.error()));
}

/// The mediator of a view's change requests.
template <ResourceName View>
Definition define_requests(const std::shared_ptr<const service::ViewPort>& view, const DocumentOptions& options) {
  using Request = ChangeRequest<View>;
  // Owners: the definition's handlers.
  Definition definition = define(std::string(View.view()), MediatorMode::document,
                                 from<Request>().in_group().where("error", "==", "").build(), options.requests);
  definition.doc = view->doc;
  definition.finish = Finish::remove;
  definition.is_final = is_refusal;
  definition.on_failed = refuse_change<View>;
  definition.handler(Trigger::create) = [view, loads_view = options.loads_view](const Call& call) -> Result<void> {
    const auto event = typed<Request>(call.event, call.attempt);
    if (!event) return fail(event.error());
    const Request& request = event->document();
    StoreTransaction transaction(*call.transaction);
    return make_change(*view, transaction, request.target.empty() ? request.id : request.target, request.changes,
                       loads_view);
  };
  return definition;
}

/// Keeps documents equal to a view for as long as the definition is there.
template <class Document>
void keep_documents(Definition& definition, LiveStore& live, const Collection<std::string, Document>& documents,
                    MaterialiseOptions options) {
  // Owners: the definition.
  auto views = std::make_shared<MaterialisedView>(definition.name, live, documents, std::move(options));
  definition.fill = [views = std::move(views)](MediatorStatus& status) { mediators::fill(views->progress(), status); };
}

}  // namespace mediators
}  // namespace freshet
