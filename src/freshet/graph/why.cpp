// SPDX-License-Identifier: MIT
#include "freshet/graph/why.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/core.hpp"
#include "freshet/graph/detail/errors_node.hpp"
#include "freshet/graph/detail/row_access.hpp"

namespace freshet {

bool Provenance::cut() const {
  return left_out != 0 ||
         std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.cut || row.left_out != 0; });
}

namespace detail {
namespace {

/// Goes from rows to what they came from, all of one distance before the next, so that a limit cuts the far ones.
class Tracer {
 public:
  Tracer(Provenance& found, const WhyOptions& options) : found_(found), options_(options) {}

  void trace(const NodeBase& node, const void* key) {
    node.row_access()->rows_of(node, key, [&](Slot row) {
      if (!place_of(node, row, 0)) ++found_.left_out;
    });
    found_.root_count = found_.rows.size();
    for (std::size_t i = 0; i < places_.size(); ++i) expand(i);
  }

 private:
  struct Place {
    const NodeBase* node;
    Slot row;
    std::size_t depth;
  };

  /// Where the row is in `found_`; nothing if it is not there and there is no room for it.
  std::optional<std::size_t> place_of(const NodeBase& node, Slot row, std::size_t depth) {
    const auto [at, is_new] = known_.try_emplace({&node, row}, places_.size());
    if (!is_new) return at->second;
    if (places_.size() >= options_.rows_max) {
      known_.erase(at);
      return std::nullopt;
    }
    places_.push_back({&node, row, depth});
    found_.rows.push_back(describe_row(node, row));
    return at->second;
  }

  ProvenanceRow describe_row(const NodeBase& node, Slot row) const {
    ProvenanceRow described;
    described.node = node.id();
    described.view = node.name();
    described.kind = node.kind();
    if (const RowAccess* rows = node.row_access()) {
      const void* key = rows->key_of(node, row);
      described.key = rows->key_text(key);
      described.key_json = rows->key_json(key);
      described.value = rows->value_json(node, row);
      if (described.value && described.value->size() > options_.value_bytes_max) described.value.reset();
    }
    return described;
  }

  void expand(std::size_t index) {
    const Place place = places_[index];
    if (place.node->parents().empty()) return;
    const std::size_t cost = place.node->origins_cost();
    if (place.depth >= options_.depth_max || cost > options_.scanned_rows_max - scanned_) {
      found_.rows[index].cut = true;
      return;
    }
    scanned_ += cost;
    // Into vectors of their own: what is found may move the rows.
    std::vector<std::size_t> from;
    std::vector<ProvenanceRead> reads;
    std::size_t left_out = 0;
    place.node->origins(place.row, [&](const NodeBase& parent, Slot row) {
      add(from, parent, row, place.depth + 1) ? void() : void(++left_out);
    });
    place.node->reads(place.row, [&](const NodeBase& parent, const void* key) {
      reads.size() < options_.breadth_max ? void(reads.push_back(read_of(parent, key, place.depth + 1)))
                                          : void(++left_out);
    });
    ProvenanceRow& row = found_.rows[index];
    row.from = std::move(from);
    row.reads = std::move(reads);
    row.left_out = left_out;
  }

  bool add(std::vector<std::size_t>& places, const NodeBase& node, Slot row, std::size_t depth) {
    if (places.size() >= options_.breadth_max) return false;
    const auto place = place_of(node, row, depth);
    if (place && std::find(places.begin(), places.end(), *place) == places.end()) places.push_back(*place);
    return place.has_value();
  }

  ProvenanceRead read_of(const NodeBase& node, const void* key, std::size_t depth) {
    ProvenanceRead read;
    read.node = node.id();
    read.view = node.name();
    if (key == nullptr) {
      read.row_count = node.row_count();
      return read;
    }
    read.key = node.row_access()->key_text(key);
    node.row_access()->rows_of(node, key, [&](Slot row) {
      ++read.row_count;
      add(read.rows, node, row, depth);
    });
    return read;
  }

  Provenance& found_;
  const WhyOptions& options_;
  std::vector<Place> places_;  // one for each row of found_
  std::map<std::pair<const NodeBase*, Slot>, std::size_t> known_;
  std::size_t scanned_ = 0;
};

Result<const NodeBase*> find_view(const Core& core, std::string_view view) {
  std::vector<const NodeBase*> named;
  const NodeBase* numbered = nullptr;
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), id);
  const bool is_number = error == std::errc() && end == view.data() + view.size();
  for (const NodeBase* node : core.nodes()) {
    if (node->name() == view) named.push_back(node);
    if (is_number && node->id() == id) numbered = node;
  }
  if (named.size() == 1) return named.front();
  if (numbered != nullptr) return numbered;
  if (named.empty()) {
    return fail(ErrorCode::not_found, "there is no view '" + std::string(view) + "'", "",
                "explain() shows the names and ids of all");
  }
  std::string ids;
  for (std::size_t i = 0; i < named.size() && i < 20; ++i) {
    ids.append(ids.empty() ? "" : ", ").append(std::to_string(named[i]->id()));
  }
  return fail(ErrorCode::conflict, "several views are called '" + std::string(view) + "'", "their ids are " + ids,
              "name the view by its id");
}

}  // namespace

Provenance provenance_of(const NodeBase& node, const void* key, const WhyOptions& options) {
  FRESHET_ASSERT(!node.core().propagating() && "why() inside a mapper");
  FRESHET_ASSERT(node.row_access() != nullptr);
  Provenance found;
  found.version = node.core().version();
  found.node = node.id();
  found.view = node.name();
  found.key = node.row_access()->key_text(key);
  for (ErrorEvent& error : standing_errors_of(node)) {
    if (error.key == found.key) found.errors.push_back(std::move(error));
  }
  Tracer(found, options).trace(node, key);
  return found;
}

Result<Provenance> provenance_of(const Core& core, std::string_view view, std::string_view key,
                                 const WhyOptions& options) {
  const auto node = find_view(core, view);
  if (!node) return fail(node.error());
  Result<Provenance> found =
      fail(ErrorCode::invalid_argument, "'" + std::string(key) + "' is no key of '" + (*node)->name() + "'", "",
           "a key is written as JSON, or as explain() and errors show it");
  const RowAccess* rows = (*node)->row_access();
  if (rows == nullptr) return found;
  rows->with_key(**node, key, [&](const void* typed) { found = provenance_of(**node, typed, options); });
  return found;
}

}  // namespace detail
}  // namespace freshet
