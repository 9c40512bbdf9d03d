// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/slot_index.hpp"
#include "freshet/graph/detail/sorted_index.hpp"
#include "freshet/graph/ordered.hpp"
#include "freshet/graph/page_options.hpp"

namespace freshet {

/// The page that a row of `pages` describes: writing that row turns the page. While there is no such row there are no
/// rows to see. Made by page_of().
template <class PageKey> struct LivePage {
  Collection<PageKey, PageOptions> pages;
  PageKey key;
};

/// For order_by: the page that `key` has in `pages`, for as long as it has it.
///
/// Each view over `pages` looks at each commit that changes `pages`: thousands of independent pages are better off with
/// an input each.
template <class PageKey>
LivePage<PageKey> page_of(const Collection<PageKey, PageOptions>& pages, std::type_identity_t<PageKey> key) {
  return {pages, std::move(key)};
}

namespace detail {

/// A page that stays what it is.
class FixedPage {
 public:
  explicit FixedPage(const PageOptions& page) : page_(page) {}
  PageOptions now() const { return page_; }
  bool same(const FixedPage& other) const { return page_ == other.page_; }
  std::size_t hash() const { return hash_of(page_); }
  void append_nodes(std::vector<std::shared_ptr<NodeBase>>&) const {}

 private:
  PageOptions page_;
};

template <class PageKey> class TurningPage {
 public:
  explicit TurningPage(LivePage<PageKey> page) : page_(std::move(page)) { page_.pages.node().space().keep_groups(); }
  PageOptions now() const {
    const CollectionNode<PageKey, PageOptions>& pages = page_.pages.node();
    const Slot slot = pages.space().keys().find(page_.key);
    const auto found = slot == kNoSlot ? Values<PageOptions>() : pages.values(slot);
    return found.empty() ? PageOptions{.limit = 0} : found.front();
  }
  bool same(const TurningPage& other) const {
    return page_.pages == other.page_.pages && equal(page_.key, other.page_.key);
  }
  std::size_t hash() const { return hash_of(page_.key) + page_.pages.node().id(); }
  void append_nodes(std::vector<std::shared_ptr<NodeBase>>& nodes) const { nodes.push_back(page_.pages.shared_node()); }

 private:
  LivePage<PageKey> page_;
};

/// The rows of a page: those of one key, which have equal sort keys, are in the source's order.
template <class SourceKey, class Key> class PageSpace final : public RowSpace<Key> {
 public:
  explicit PageSpace(std::shared_ptr<RowSpace<SourceKey>> source)
      : RowSpace<Key>(RowSpace<Key>::Shape::grouped), source_(std::move(source)) {}

  Slot add_row(Slot source_row, const Key& key) {
    const Slot row = this->add(key);
    source_rows_.reserve(row);
    source_rows_[row] = source_row;
    this->link(row);
    return row;
  }
  Slot source_row(Slot row) const { return source_rows_[row]; }
  std::size_t bytes() const override { return RowSpace<Key>::bytes() + source_rows_.bytes(); }

 private:
  bool before_in_key(Slot a, Slot b) const override { return source_->before(source_rows_[a], source_rows_[b]); }

  std::shared_ptr<RowSpace<SourceKey>> source_;  // shared with the source node
  Segments<Slot> source_rows_;
};

/// The rows of a sorted index whose ranks are in a window, with their sort keys in their keys.
///
/// A commit costs what it changes in the index, and the rows that this pushes over the edges of the window; turning the
/// page costs the rows that are on one page only. Never the size of the collection: the index finds a rank by the sizes
/// of its blocks.
template <class SourceKey, class Value, class Sort, class Page>
class PageNode final : public StoredNode<Ordered<typename Sort::Directed, SourceKey>, Value> {
 public:
  using Key = Ordered<typename Sort::Directed, SourceKey>;
  using Index = SortedIndex<SourceKey, Value, Sort>;
  using Entry = typename Index::Entry;
  using Space = PageSpace<SourceKey, Key>;

  PageNode(Core& core, std::string name, const std::shared_ptr<Index>& index, Page page)
      : StoredNode<Key, Value>(core, std::move(name), parents_of_page(index, page),
                               std::make_shared<Space>(index->source().shared_space())),
        page_space_(static_cast<Space&>(*this->space_)),
        index_(*index),
        page_(std::move(page)) {
    turn_page();
    page_space_.finish();
    settle();
  }

  bool same(const Index& index, const Page& page) const { return &index == &index_ && page.same(page_); }

  void update() override {
    const std::optional<Window> was = window_;
    window_ = find_window();
    undo_window_ = was;
    updating_ = true;
    for (const auto& change : index_.changes()) apply(change);
    move_window(was);
    page_space_.finish();
  }
  void settle() override {
    this->settle_values();
    page_space_.settle();
    moved_.clear();
    updating_ = false;
  }
  void roll_back() override {
    if (updating_) window_ = std::move(undo_window_);
    updating_ = false;
    for (auto moved = moved_.rbegin(); moved != moved_.rend(); ++moved) {
      moved->came ? rows_.erase(hash_of(moved->source_row), moved->row)
                  : rows_.insert(hash_of(moved->source_row), moved->row);
    }
    moved_.clear();
    this->roll_back_values();
    page_space_.roll_back();
  }

  NodeBase& failing_node() override { return index_; }

  std::size_t bytes() const override { return StoredNode<Key, Value>::bytes() + page_space_.bytes() + rows_.bytes(); }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override {
    visit(index_, page_space_.source_row(row));
  }
  std::optional<std::string> invariant() const override {
    const auto [begin, end] = bounds();
    if (this->own_.size() != end - begin || rows_.size() != end - begin) return "has not as many rows as its page";
    auto at = index_.entries().find_rank(begin);
    for (std::uint64_t rank = begin; rank < end; ++rank, at = index_.entries().next(at)) {
      const Entry& entry = index_.entries()[at];
      const Slot row = find(entry.row);
      if (row == kNoSlot) return "has not the row of rank " + std::to_string(rank);
      if (!equal(this->own_.at(row), *index_.source().value(entry.row))) return "has an old value";
    }
    return std::nullopt;
  }

 private:
  /// The first and last row of the page.
  struct Window {
    Entry first;
    Entry last;
  };
  struct Moved {
    Slot source_row;
    Slot row;
    bool came;
  };

  static std::vector<std::shared_ptr<NodeBase>> parents_of_page(const std::shared_ptr<Index>& index, const Page& page) {
    std::vector<std::shared_ptr<NodeBase>> parents{index};
    page.append_nodes(parents);
    return parents;
  }

  std::pair<std::uint64_t, std::uint64_t> bounds() const {
    const PageOptions page = page_.now();
    const std::uint64_t size = index_.entries().size();
    const std::uint64_t begin = std::min(page.offset, size);
    return {begin, begin + std::min(page.limit.value_or(size), size - begin)};
  }
  std::optional<Window> find_window() const {
    const auto [begin, end] = bounds();
    if (begin == end) return std::nullopt;
    const auto& entries = index_.entries();
    return Window{entries[entries.find_rank(begin)], entries[entries.find_rank(end - 1)]};
  }
  bool within(const std::optional<Window>& window, const Entry& entry) const {
    const auto less = index_.less();
    return window && !less(entry, window->first) && !less(window->last, entry);
  }

  void turn_page() {
    const std::optional<Window> was = window_;
    window_ = find_window();
    move_window(was);
  }

  /// One row that changed in the index: out, in, moved, or only its value.
  void apply(const typename Index::Change& change) {
    const Slot row = find(change.row);
    const bool is_in = change.is && within(window_, *change.is);
    if (row != kNoSlot && is_in && equal(change.was->sort, change.is->sort)) {
      this->store(row, Value(*change.after));
      return;
    }
    if (row != kNoSlot) remove(change.row, row);
    if (is_in) add(*change.is, *change.after);
  }

  /// Of the rows that did not change, those between the old edges and the new ones. Rows that did change are where they
  /// belong already.
  void move_window(const std::optional<Window>& was) {
    const auto less = index_.less();
    const auto leave = [&](const Entry& entry) {
      if (const Slot row = find(entry.row); row != kNoSlot) remove(entry.row, row);
    };
    const auto enter = [&](const Entry& entry) {
      if (find(entry.row) == kNoSlot) add(entry, *index_.source().value(entry.row));
    };
    for_difference(was, window_, less, leave);
    for_difference(window_, was, less, enter);
  }
  /// Calls `visit` for each entry that is in `window` and not in `other`.
  template <class Less, class Visit>
  void for_difference(const std::optional<Window>& window, const std::optional<Window>& other, Less less, Visit visit) {
    if (!window) return;
    const auto& entries = index_.entries();
    const auto walk = [&](auto at, auto is_end) {
      for (; entries.valid(at) && !is_end(entries[at]); at = entries.next(at)) visit(entries[at]);
    };
    const auto behind = [&](const Entry& entry) { return less(window->last, entry); };
    const bool apart = !other || less(other->last, window->first) || less(window->last, other->first);
    if (apart) return walk(entries.lower_bound(window->first, less), behind);
    if (less(window->first, other->first)) {
      walk(entries.lower_bound(window->first, less), [&](const Entry& entry) { return !less(entry, other->first); });
    }
    if (less(other->last, window->last)) walk(entries.upper_bound(other->last, less), behind);
  }

  Slot find(Slot source_row) const {
    return rows_.find(hash_of(source_row), [&](Slot row) { return page_space_.source_row(row) == source_row; });
  }
  void add(const Entry& entry, const Value& value) {
    const Slot row = page_space_.add_row(entry.row, Key{entry.sort, index_.source().space().key(entry.row)});
    this->store(row, Value(value));
    rows_.insert(hash_of(entry.row), row);
    moved_.push_back({entry.row, row, true});
  }
  void remove(Slot source_row, Slot row) {
    rows_.erase(hash_of(source_row), row);
    moved_.push_back({source_row, row, false});
    this->drop(row);
    page_space_.unlink(row);
  }

  Space& page_space_;
  Index& index_;
  Page page_;
  std::optional<Window> window_;  // none: the page is empty
  SlotIndex rows_;                // by source row

  // Of the commit under way.
  bool updating_ = false;
  std::optional<Window> undo_window_;
  std::vector<Moved> moved_;
};

template <class Key, class Value, class Sort, class Page>
Collection<Ordered<typename Sort::Directed, Key>, Value> make_page(
    const std::shared_ptr<SortedIndex<Key, Value, Sort>>& index, const Page& page) {
  using Node = PageNode<Key, Value, Sort, Page>;
  Core& core = index->core();
  return Collection<typename Node::Key, Value>(core.find_or_make<Node>(
      index->id() * 31 + page.hash(), [&](const Node& node) { return node.same(*index, page); },
      [&] { return std::make_unique<Node>(core, derived_name(index->source(), "order_by"), index, page); }));
}

/// `kDirection`: of the sort, where the function does not say.
template <Direction kDirection, class Key, class Value, class Call, class... Args, class Page>
auto make_order_by(const Collection<Key, Value>& source, const Call& call, const Page& page,
                   const std::tuple<Args...>& args) {
  using Sort = SortOf<MapResult<Key, Value, Call, Args...>, kDirection>;
  return make_page(make_sorted_index<Sort>(source, call, args), page);
}

}  // namespace detail

}  // namespace freshet
