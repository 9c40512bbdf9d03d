// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/document.hpp"

#include "freshet/codec/json.hpp"
#include "freshet/model/validate.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/service/internal/view_request.hpp"

namespace freshet::mediators {

Result<void> make_change(const service::ViewPort& view, StoreTransaction& transaction, const std::string& key,
                         const Value& changes, bool loads_view) {
  const auto json = to_json(changes);
  if (!json) return fail(json.error());
  const auto patch = service::read_patch(view, *json);
  if (!patch) return fail(patch.error());
  const Caller nobody;  // a document does not say who wrote it: that is for rules about the documents themselves
  if (loads_view) {
    if (const auto row = view.compute(transaction.backend(), key, nobody); !row) return fail(row.error());
  }
  for (const auto& [setter, value] : patch->items) {
    if (auto set = setter->set(transaction, key, value.get(), nobody); !set) {
      if (set.error().path.empty()) set.error().path = "$" + member_step(setter->field->data_key);
      return set;
    }
  }
  return {};
}

bool is_refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::already_exists:
    case ErrorCode::out_of_range:
    case ErrorCode::too_large:
    case ErrorCode::forbidden:
    case ErrorCode::refused:
      return true;
    case ErrorCode::limit_exceeded:
    case ErrorCode::conflict:
    case ErrorCode::unavailable:
    case ErrorCode::internal:
      return false;
  }
  return false;
}

void fill(const MaterialiseProgress& progress, MediatorStatus& status) {
  status.views_written = static_cast<std::int64_t>(progress.written + progress.removed);
  status.views_settled = progress.settled;
  if (status.last_error.empty() && progress.last_trouble) status.last_error = to_string(*progress.last_trouble);
}

}  // namespace freshet::mediators
