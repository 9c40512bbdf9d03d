// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace freshet::detail {

/// A sorted sequence that finds an element by value or by rank, inserts and erases in O(log n).
///
/// A counted B+ tree: elements lie in blocks, and a branch knows the least element of each child and how many there
/// are below. A plain sorted vector would move half of a million rows for each change of a large group, and a binary
/// tree would cost an allocation per row. `less` is given to each call because it often needs to look at the owner.
///
/// Most groups are small: none and one element (up to 32 bytes of it) cost no allocation, and a sequence that had two
/// keeps its block until it is empty, so that a change between one and two allocates nothing.
///
/// Invariants: 1. elements ascend; 2. only the root may be empty; 3. all blocks have the same depth; 4. a branch has a
/// copy of the least element of each child, so that `less` is never asked about an element that is gone.
template <class T> class SortedBlocks {
 public:
  SortedBlocks() = default;
  SortedBlocks(const SortedBlocks&) = delete;
  SortedBlocks& operator=(const SortedBlocks&) = delete;
  ~SortedBlocks() {
    if (is_tree_) {
      delete store_.root;
    } else if (size_ != 0) {
      std::destroy_at(&store_.one);
    }
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// Requires: not empty.
  const T& front() const { return at(0); }
  const T& back() const { return at(size_ - 1); }

  /// The element with `rank` smaller ones before it. Requires: rank < size().
  const T& at(std::size_t rank) const {
    if constexpr (kInline) {
      if (!is_tree_) return store_.one;
    }
    const Node* node = store_.root;
    while (node->branch) {
      const Node* child = node->branch->children.data();
      for (; rank >= child->size(); ++child) rank -= child->size();
      node = child;
    }
    return node->items[rank].value;
  }

  /// An element equivalent to `value`, or null. What is changed in it may not change its order.
  template <class Less> T* find(const T& value, Less less) {
    if constexpr (kInline) {
      if (!is_tree_) return size_ != 0 && equivalent(store_.one, value, less) ? &store_.one : nullptr;
    }
    if (size_ == 0) return nullptr;
    Node* node = store_.root;
    while (node->branch) {
      const std::size_t behind = behind_equals(*node, value, less);
      if (behind == 0) return nullptr;
      node = &node->branch->children[behind - 1];
    }
    const std::size_t behind = behind_equals(*node, value, less);
    if (behind == 0 || less(node->items[behind - 1].value, value)) return nullptr;
    return &node->items[behind - 1].value;
  }

  /// Inserts `value` behind its equals.
  template <class Less> void insert(T value, Less less) {
    if constexpr (kInline) {
      if (!is_tree_ && size_ == 0) {
        std::construct_at(&store_.one, std::move(value));
        size_ = 1;
        return;
      }
    }
    if (!is_tree_) become_tree();
    if (auto upper = insert_into(*store_.root, std::move(value), less, true)) add_level(std::move(*upper));
    ++size_;
  }

  /// Erases one element equivalent to `value`; false if there is none.
  template <class Less> bool erase(const T& value, Less less) {
    if (size_ == 0) return false;
    if constexpr (kInline) {
      if (!is_tree_) {
        if (!equivalent(store_.one, value, less)) return false;
        std::destroy_at(&store_.one);
        size_ = 0;
        return true;
      }
    }
    if (!erase_from(*store_.root, value, less)) return false;
    --size_;
    drop_levels();
    return true;
  }

  /// Calls `visit(element)` for each, in order.
  template <class Visit> void for_each(Visit visit) const {
    for_each_until([&](const T& value) {
      visit(value);
      return true;
    });
  }
  /// Calls `visit(element)` for each, in order, until it gives false.
  template <class Visit> void for_each_until(Visit visit) const { walk<false>(visit); }
  /// The same from the greatest down.
  template <class Visit> void for_each_backwards_until(Visit visit) const { walk<true>(visit); }

  /// What it holds on the heap; not what its elements hold there.
  std::size_t bytes() const { return is_tree_ ? sizeof(Node) + heap_of(*store_.root) : 0; }

 private:
  static constexpr std::size_t kBlockMax = std::clamp<std::size_t>(std::bit_floor(2048 / sizeof(T) + 1), 16, 256);
  static constexpr std::size_t kChildrenMax = 64;
  static constexpr bool kInline = sizeof(T) <= 32 && std::is_nothrow_move_constructible_v<T>;

  struct Cell {  // keeps vector<bool> out
    T value;
  };
  struct Branch;
  struct Node {
    std::vector<Cell> items;         // of a branch: the least of each child
    std::unique_ptr<Branch> branch;  // null: a block

    std::size_t size() const { return branch ? branch->size : items.size(); }
  };
  struct Branch {
    std::vector<Node> children;
    std::size_t size = 0;
  };
  using One = std::conditional_t<kInline, T, char>;
  union Store {
    Store() : root(nullptr) {}
    ~Store() {}
    One one;
    Node* root;
  };

  template <class Less> static bool equivalent(const T& a, const T& b, Less& less) {
    return !less(a, b) && !less(b, a);
  }

  /// The index behind the last item that is not greater than `value`.
  template <class Less> static std::size_t behind_equals(const Node& node, const T& value, Less& less) {
    const auto at = std::upper_bound(node.items.begin(), node.items.end(), value,
                                     [&](const T& v, const Cell& cell) { return less(v, cell.value); });
    return static_cast<std::size_t>(at - node.items.begin());
  }

  void become_tree() {
    auto root = std::make_unique<Node>();
    if constexpr (kInline) {
      root->items.reserve(2);
      if (size_ != 0) {
        root->items.push_back({std::move(store_.one)});
        std::destroy_at(&store_.one);
      }
    }
    store_.root = root.release();
    is_tree_ = true;
  }

  /// Inserts below `node`; what had to be split off, to stand behind it. `last`: nothing is behind the node.
  template <class Less> std::optional<Node> insert_into(Node& node, T&& value, Less& less, bool last) {
    const std::size_t behind = behind_equals(node, value, less);
    if (!node.branch) return insert_into_block(node, behind, std::move(value), last);
    auto& children = node.branch->children;
    const std::size_t child = behind == 0 ? 0 : behind - 1;
    auto upper = insert_into(children[child], std::move(value), less, last && child + 1 == children.size());
    ++node.branch->size;
    if (behind == 0) node.items[0] = children[0].items.front();
    if (!upper) return std::nullopt;
    node.items.insert(begin_at(node.items, child + 1), upper->items.front());
    children.insert(begin_at(children, child + 1), std::move(*upper));
    if (children.size() <= kChildrenMax) return std::nullopt;
    return split(node, children.size() / 2);
  }
  std::optional<Node> insert_into_block(Node& block, std::size_t at, T&& value, bool last) {
    const std::size_t size = block.items.size();
    if (size < kBlockMax) {
      block.items.insert(begin_at(block.items, at), Cell{std::move(value)});
      return std::nullopt;
    }
    // A sequence that grows at its end leaves full blocks behind.
    const std::size_t middle = last && at == size ? size : size / 2;
    Node upper = split(block, middle);
    if (at > middle || middle == size) {
      upper.items.insert(begin_at(upper.items, at - middle), Cell{std::move(value)});
    } else {
      block.items.insert(begin_at(block.items, at), Cell{std::move(value)});
    }
    return upper;
  }

  /// Takes what stands at `middle` and behind out of `node`.
  static Node split(Node& node, std::size_t middle) {
    Node upper;
    move_tail(node.items, middle, upper.items);
    if (!node.branch) return upper;
    upper.branch = std::make_unique<Branch>();
    move_tail(node.branch->children, middle, upper.branch->children);
    for (const Node& child : upper.branch->children) upper.branch->size += child.size();
    node.branch->size -= upper.branch->size;
    return upper;
  }
  void add_level(Node upper) {
    auto root = std::make_unique<Node>();
    root->branch = std::make_unique<Branch>();
    root->branch->size = store_.root->size() + upper.size();
    root->items.push_back(store_.root->items.front());
    root->items.push_back(upper.items.front());
    root->branch->children.push_back(std::move(*store_.root));
    root->branch->children.push_back(std::move(upper));
    *store_.root = std::move(*root);
  }

  template <class Less> bool erase_from(Node& node, const T& value, Less& less) {
    const std::size_t behind = behind_equals(node, value, less);
    if (behind == 0) return false;
    const std::size_t at = behind - 1;
    if (!node.branch) {
      if (less(node.items[at].value, value)) return false;
      node.items.erase(begin_at(node.items, at));
      trim(node.items);
      return true;
    }
    auto& children = node.branch->children;
    if (!erase_from(children[at], value, less)) return false;
    --node.branch->size;
    if (children[at].items.empty()) {
      children.erase(begin_at(children, at));
      node.items.erase(begin_at(node.items, at));
      return true;
    }
    node.items[at] = children[at].items.front();
    if (at + 1 < children.size()) join(node, at);
    if (at > 0) join(node, at - 1);
    return true;
  }

  /// Makes one of a child and the next if they are small, so that a sequence that shrank does not stay as wide.
  static void join(Node& node, std::size_t first) {
    auto& children = node.branch->children;
    Node& lower = children[first];
    Node& upper = children[first + 1];
    const std::size_t most = lower.branch ? kChildrenMax : kBlockMax;
    if (lower.items.size() + upper.items.size() > most / 2) return;
    append(lower.items, upper.items);
    if (lower.branch) {
      append(lower.branch->children, upper.branch->children);
      lower.branch->size += upper.branch->size;
    }
    children.erase(begin_at(children, first + 1));
    node.items.erase(begin_at(node.items, first + 1));
  }
  void drop_levels() {
    Node& root = *store_.root;
    while (root.branch && root.branch->children.size() <= 1) {
      Node only = root.branch->children.empty() ? Node() : std::move(root.branch->children.front());
      root = std::move(only);
    }
    if (!kInline || size_ != 0) return;
    delete store_.root;
    is_tree_ = false;
  }

  template <class Each> static auto begin_at(std::vector<Each>& list, std::size_t at) {
    return list.begin() + static_cast<std::ptrdiff_t>(at);
  }
  template <class Each> static void move_tail(std::vector<Each>& from, std::size_t middle, std::vector<Each>& to) {
    const auto begin = begin_at(from, middle);
    to.assign(std::make_move_iterator(begin), std::make_move_iterator(from.end()));
    from.erase(begin, from.end());
  }
  template <class Each> static void append(std::vector<Each>& to, std::vector<Each>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }
  static void trim(std::vector<Cell>& items) {
    if (items.capacity() <= 16 || items.size() * 4 > items.capacity()) return;
    std::vector<Cell> smaller;
    smaller.reserve(items.capacity() / 2);
    append(smaller, items);
    items = std::move(smaller);
  }

  template <bool kBackwards, class Visit> void walk(Visit& visit) const {
    if constexpr (kInline) {
      if (!is_tree_) {
        if (size_ != 0) visit(store_.one);
        return;
      }
    }
    if (is_tree_) walk_node<kBackwards>(*store_.root, visit);
  }
  template <bool kBackwards, class Visit> static bool walk_node(const Node& node, Visit& visit) {
    const std::size_t count = node.items.size();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = kBackwards ? count - 1 - i : i;
      const bool go_on = node.branch ? walk_node<kBackwards>(node.branch->children[at], visit)
                                     : static_cast<bool>(visit(node.items[at].value));
      if (!go_on) return false;
    }
    return true;
  }

  static std::size_t heap_of(const Node& node) {
    std::size_t sum = node.items.capacity() * sizeof(Cell);
    if (!node.branch) return sum;
    sum += sizeof(Branch) + node.branch->children.capacity() * sizeof(Node);
    for (const Node& child : node.branch->children) sum += heap_of(child);
    return sum;
  }

  std::uint64_t size_ : 63 = 0;
  std::uint64_t is_tree_ : 1 = 0;
  Store store_;
};

}  // namespace freshet::detail
