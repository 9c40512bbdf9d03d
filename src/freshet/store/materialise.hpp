// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/store/detail/document_writer.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/live.hpp"

namespace freshet {

/// How far the documents of a materialised view are; a document of `freshet_materialised` itself, written in the
/// transactions that write the others.
struct MaterialisedState {
  std::string name;
  /// The documents show all that was committed up to here, and perhaps some of what came later.
  std::string position;
};
constexpr auto describe(of<MaterialisedState>) {
  return model("freshet_materialised", key<&MaterialisedState::name>(), field<&MaterialisedState::position>());
}

/// Keeps documents of a store equal to the rows of a view over its models, so that they can be read without the view:
/// by other programs, per user, while this one is down.
///
/// The rows are keyed by the path that each is to be written to, as `sessions.flat_map(view_refs, meetings)` gives
/// them: "users/tijuana/MeetingSession/meeting_1". Value is a described struct with a key, whose collection and id are
/// the last two names of the path; all documents of its model belong to this view. What a commit changes is written, in
/// one transaction as far as MaterialiseOptions::writes_max allows; what goes from the view is removed.
///
/// When the store is loaded, and on rebuild(), all documents are compared with the view and the differences written: so
/// nothing that happened while the program was down is lost, nothing that was written is written again, and what is
/// there always equals what a rebuild would give.
///
/// Guarantee: each row reaches its document at least once, in order; writing it again changes nothing. A store that is
/// not to be had is asked again until it is. A row that no document can hold is told as trouble and left out.
/// Lifetime: `live` and its graph outlive it. Thread safety: belongs to the loop of the graph; writes on a thread of
/// its own. Example: src/freshet/store/materialise.test.cpp [materialise]
class MaterialisedView {
 public:
  template <class Value>
  MaterialisedView(std::string name, LiveStore& live, const Collection<std::string, Value>& documents,
                   MaterialiseOptions options = {})
      : writer_(std::make_shared<store::DocumentWriter>(std::move(name), store::table_of<Value>(), live,
                                                        std::move(options))) {
    const auto begin = [writer = std::weak_ptr(writer_), documents] {
      const auto here = writer.lock();
      if (here == nullptr) return;
      here->follow(std::make_unique<store::TypedDocumentSource<Value>>(documents));
    };
    live.when_ready(begin);
  }
  MaterialisedView(const MaterialisedView&) = delete;
  MaterialisedView& operator=(const MaterialisedView&) = delete;
  /// Ends after the transaction under way; the rest is written when the view is materialised again.
  ~MaterialisedView() { writer_->stop(); }

  /// Compares all documents with the view as it is now, and writes the differences. Does nothing before the store is
  /// loaded.
  void rebuild() { writer_->rebuild(); }

  MaterialiseProgress progress() const { return writer_->progress(); }

 private:
  std::shared_ptr<store::DocumentWriter> writer_;  // owners: this, and whoever calls it
};

}  // namespace freshet
