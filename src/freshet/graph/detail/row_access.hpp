// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "freshet/codec/json.hpp"
#include "freshet/graph/detail/key_text.hpp"
#include "freshet/graph/detail/segments.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/type_of.hpp"

namespace freshet::detail {

class NodeBase;
template <class Key, class Value> class CollectionNode;

/// What can be asked of a node's rows without knowing their types: for people who look into a graph, not for the
/// engine.
///
/// One object per pair of types; it has no state.
class RowAccess {
 public:
  virtual std::string key_text(const void* key) const = 0;
  /// The key or value as JSON; nothing if its type is not described, or holds what JSON has not.
  virtual std::optional<std::string> key_json(const void* key) const = 0;
  virtual std::optional<std::string> value_json(const NodeBase& node, Slot row) const = 0;

  /// The key of a row. Lifetime: until the next commit.
  virtual const void* key_of(const NodeBase& node, Slot row) const = 0;
  /// Calls `visit(row)` for each row that `node` has under the key, in order.
  virtual void rows_of(const NodeBase& node, const void* key, const std::function<void(Slot)>& visit) const = 0;

  /// Calls `use(key)` with the key that `text` stands for: as JSON, or as people read keys; false if it stands for
  /// none.
  ///
  /// Cost: O(1) for JSON and for strings; O(rows) for the text of a struct.
  virtual bool with_key(const NodeBase& node, std::string_view text,
                        const std::function<void(const void*)>& use) const = 0;

 protected:
  ~RowAccess() = default;
};

/// Whether type_of<T>() compiles. A struct counts by its own description, not by its fields'.
template <class T> constexpr bool has_type() {
  if constexpr (std::is_same_v<T, bool> || plain_integer<T> || std::is_same_v<T, float> || std::is_same_v<T, double> ||
                std::is_same_v<T, std::string> || std::is_same_v<T, Timestamp> || std::is_same_v<T, freshet::Value> ||
                strong_id<T>) {
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    return described<T>;
  } else if constexpr (optional_like<T>) {
    using Element = typename T::value_type;
    return !optional_like<Element> && !std::is_same_v<Element, freshet::Value> && has_type<Element>();
  } else if constexpr (list_like<T>) {
    return has_type<typename T::value_type>();
  } else if constexpr (map_like<T>) {
    return map_key<typename T::key_type> && has_type<typename T::key_type>() && has_type<typename T::mapped_type>();
  } else {
    return (described<T> || self_described<T>)&&std::is_default_constructible_v<T> && std::is_copy_assignable_v<T>;
  }
}

template <class T> std::optional<std::string> json_of(const T& value) {
  if constexpr (has_type<T>()) {
    std::string json;
    if (codec::encode_json(type_of<T>(), &value, json)) return json;
  }
  return std::nullopt;
}

template <class Key, class Value> class TypedRowAccess final : public RowAccess {
 public:
  std::string key_text(const void* key) const override { return detail::key_text(typed(key)); }
  std::optional<std::string> key_json(const void* key) const override { return json_of(typed(key)); }
  std::optional<std::string> value_json(const NodeBase& node, Slot row) const override {
    const Value* value = typed(node).value(row);
    return value != nullptr ? json_of(*value) : std::nullopt;
  }
  const void* key_of(const NodeBase& node, Slot row) const override { return &typed(node).space().key(row); }

  void rows_of(const NodeBase& node, const void* key, const std::function<void(Slot)>& visit) const override {
    const auto& rows = typed(node);
    const Slot slot = rows.space().keys().find(typed(key));
    if (slot == kNoSlot) return;
    rows.space().look_up_rows(slot, [&](Slot row) {
      if (rows.value(row) != nullptr) visit(row);
    });
  }

  bool with_key(const NodeBase& node, std::string_view text,
                const std::function<void(const void*)>& use) const override {
    if constexpr (std::is_same_v<Key, std::string>) {
      const std::string plain(text);
      if (typed(node).space().keys().find(plain) == kNoSlot && with_json_key(text, use)) return true;
      use(&plain);
      return true;
    } else if constexpr (std::is_arithmetic_v<Key>) {
      return with_json_key(text, use);
    } else {
      return with_json_key(text, use) || with_json_key(to_json(std::string(text)).value(), use) ||
             with_key_text(node, text, use);
    }
  }

 private:
  static const Key& typed(const void* key) { return *static_cast<const Key*>(key); }
  static const CollectionNode<Key, Value>& typed(const NodeBase& node) {
    return static_cast<const CollectionNode<Key, Value>&>(node);
  }

  static bool with_json_key(std::string_view json, const std::function<void(const void*)>& use) {
    if constexpr (has_type<Key>()) {
      AnyObject key(type_of<Key>());
      if (!codec::decode_json(type_of<Key>(), key.get(), json)) return false;
      use(key.get());
      return true;
    } else {
      return false;
    }
  }
  static bool with_key_text(const NodeBase& node, std::string_view text, const std::function<void(const void*)>& use) {
    const auto& rows = typed(node);
    const Key* found = nullptr;
    rows.present().for_each(rows.space().end(), [&](Slot row) {
      if (found == nullptr && detail::key_text(rows.space().key(row)) == text) found = &rows.space().key(row);
    });
    if (found != nullptr) use(found);
    return found != nullptr;
  }
};

template <class Key, class Value> inline constexpr TypedRowAccess<Key, Value> kRowAccess{};

}  // namespace freshet::detail
