// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/collection.hpp"

namespace freshet::detail {

/// The rows of a merge: within a key in the order of the sources, then in the source's own order. Where all sources
/// have their keys in one place, as views of one collection do, so does the merge: no key is hashed or kept again.
template <class Key> class MergedSpace final : public RowSpace<Key> {
 public:
  explicit MergedSpace(std::vector<std::shared_ptr<RowSpace<Key>>> sources)
      : RowSpace<Key>(common_keys(sources), RowSpace<Key>::Shape::grouped), sources_(std::move(sources)) {}

  Slot add_merged(Slot source, Slot source_row) {
    const RowSpace<Key>& from = *sources_[source];
    const Slot row =
        this->borrows_keys() ? this->add_under(from.key_slot(source_row)) : this->add(from.key(source_row));
    origins_.reserve(row);
    origins_[row] = {source, source_row};
    this->link(row);
    return row;
  }
  Slot source(Slot row) const { return origins_[row].source; }
  Slot source_row(Slot row) const { return origins_[row].source_row; }
  void prefetch_row(Slot row) const {
    this->prefetch(row);
    origins_.prefetch(row);
  }
  std::size_t bytes() const override { return RowSpace<Key>::bytes() + origins_.bytes(); }

 private:
  static std::shared_ptr<KeyTable<Key>> common_keys(const std::vector<std::shared_ptr<RowSpace<Key>>>& sources) {
    const auto keys = sources.front()->shared_keys();
    const bool common =
        std::all_of(sources.begin(), sources.end(), [&](const auto& source) { return &source->keys() == keys.get(); });
    return common ? keys : nullptr;
  }

  struct Origin {
    Slot source;
    Slot source_row;
  };

  bool before_in_key(Slot a, Slot b) const override {
    const Origin& from_a = origins_[a];
    const Origin& from_b = origins_[b];
    if (from_a.source != from_b.source) return from_a.source < from_b.source;
    return sources_[from_a.source]->before(from_a.source_row, from_b.source_row);
  }

  std::vector<std::shared_ptr<RowSpace<Key>>> sources_;  // shared with the source nodes
  Segments<Origin> origins_;
};

/// The rows of several collections in one.
template <class Key, class Value> class MergeNode : public StoredNode<Key, Value> {
 public:
  using Source = CollectionNode<Key, Value>;
  using Sources = std::vector<std::shared_ptr<Source>>;
  using Space = MergedSpace<Key>;

  MergeNode(Core& core, std::string name, const Sources& sources)
      : StoredNode<Key, Value>(core, std::move(name), {sources.begin(), sources.end()},
                               std::make_shared<Space>(spaces_of(sources))),
        merged_space_(static_cast<Space&>(*this->space_)) {
    for (const auto& source : sources) {
      Part& part = *parts_.emplace_back(std::make_unique<Part>());
      part.source = source.get();
      source->present().for_each(source->space().end(), [&](Slot row) { put(part, row, *source->value(row)); });
    }
    merged_space_.finish();
    settle();
  }

  bool same(const Sources& sources) const {
    return std::equal(parts_.begin(), parts_.end(), sources.begin(), sources.end(),
                      [](const auto& part, const auto& source) { return part->source == source.get(); });
  }

  void update() override {
    for (const auto& part : parts_) take_in(*part);
    merged_space_.finish();
    this->prefetch_below();
  }
  void settle() override {
    this->settle_values();
    merged_space_.settle();
    undo_.clear();
  }
  void roll_back() override {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) undo->part->rows[undo->source_row] = undo->before;
    undo_.clear();
    this->roll_back_values();
    merged_space_.roll_back();
  }

  std::optional<std::string> invariant() const override {
    if (auto wrong = StoredNode<Key, Value>::invariant()) return wrong;
    if (auto wrong = merged_space_.invariant()) return wrong;
    if (!undo_.empty()) return "holds on to rows of a commit that is over";
    std::optional<std::string> wrong;
    std::size_t rows = 0;
    for (Slot i = 0; i < parts_.size(); ++i) {
      const Part& part = *parts_[i];
      part.source->present().for_each(part.source->space().end(), [&](Slot row) {
        ++rows;
        const Slot mine = part.rows.reserved(row) ? part.rows[row] : 0;
        if (mine != 0 && merged_space_.source(mine - 1) == i && merged_space_.source_row(mine - 1) == row) return;
        wrong = "has not row " + std::to_string(row) + " of source " + std::to_string(i);
      });
    }
    if (!wrong && rows != this->own_.size()) wrong = "has rows that are in no source";
    return wrong;
  }
  std::size_t bytes() const override {
    std::size_t sum = StoredNode<Key, Value>::bytes() + merged_space_.bytes();
    for (const auto& part : parts_) sum += part->rows.bytes();
    return sum;
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    visit(*parts_[merged_space_.source(row)]->source, merged_space_.source_row(row));
  }

 private:
  /// One source, and which row here each of its rows is (one more than the slot; 0: none).
  struct Part {
    const Source* source = nullptr;
    Segments<Slot> rows;

    void prefetch(Slot row) const {
      rows.prefetch(row);
      source->space().prefetch(row);
    }
  };
  struct Undo {
    Part* part;
    Slot source_row;
    Slot before;
  };

  static std::vector<std::shared_ptr<RowSpace<Key>>> spaces_of(const Sources& sources) {
    std::vector<std::shared_ptr<RowSpace<Key>>> spaces;
    for (const auto& source : sources) spaces.push_back(source->shared_space());
    return spaces;
  }

  void take_in(Part& part) {
    constexpr std::size_t kAhead = 8;
    const auto deltas = part.source->deltas();
    for (std::size_t i = 0; i < std::min(2 * kAhead, deltas.size()); ++i) part.prefetch(deltas[i].row);
    for (std::size_t i = 0; i < std::min(kAhead, deltas.size()); ++i) prefetch_mine(part, deltas[i].row);
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (i + 2 * kAhead < deltas.size()) part.prefetch(deltas[i + 2 * kAhead].row);
      if (i + kAhead < deltas.size()) prefetch_mine(part, deltas[i + kAhead].row);
      const auto& delta = deltas[i];
      delta.after != nullptr ? put(part, delta.row, *delta.after) : take_away(part, delta.row);
    }
  }
  void prefetch_mine(const Part& part, Slot source_row) const {
    const Slot mine = part.rows.reserved(source_row) ? part.rows[source_row] : 0;
    if (mine == 0) return;
    this->own_.prefetch(mine - 1);
    merged_space_.prefetch_row(mine - 1);
  }

  void put(Part& part, Slot source_row, Value value) {
    part.rows.reserve(source_row);
    Slot& mine = part.rows[source_row];
    if (mine == 0) {
      undo_.push_back({&part, source_row, mine});
      mine = 1 + merged_space_.add_merged(index_of(part), source_row);
    }
    this->store(mine - 1, std::move(value));
  }
  void take_away(Part& part, Slot source_row) {
    Slot& mine = part.rows[source_row];
    this->drop(mine - 1);
    merged_space_.unlink(mine - 1);
    undo_.push_back({&part, source_row, std::exchange(mine, 0)});
  }
  Slot index_of(const Part& part) const {
    const auto at = std::find_if(parts_.begin(), parts_.end(), [&](const auto& each) { return each.get() == &part; });
    return static_cast<Slot>(at - parts_.begin());
  }

  Space& merged_space_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<Undo> undo_;
};

template <class Key, class Value>
Collection<Key, Value> make_merge(const std::vector<std::shared_ptr<CollectionNode<Key, Value>>>& sources) {
  using Node = MergeNode<Key, Value>;
  Core& core = sources.front()->core();
  std::size_t signature = sources.size();
  for (const auto& source : sources) signature = signature * 31 + source->id();
  return Collection<Key, Value>(core.find_or_make<Node>(
      signature, [&](const Node& node) { return node.same(sources); },
      [&] { return std::make_unique<Node>(core, derived_name(*sources.front(), "merge"), sources); }));
}

}  // namespace freshet::detail

namespace freshet {

template <class Key, class Value>
template <class... More>
Collection<Key, Value> Collection<Key, Value>::merge(const More&... more) const {
  static_assert((std::is_convertible_v<const More&, const Collection&> && ...),
                "Freshet: merge() takes collections with the same key and value types");
  return detail::make_merge<Key, Value>({shared_node(), static_cast<const Collection&>(more).shared_node()...});
}

}  // namespace freshet
