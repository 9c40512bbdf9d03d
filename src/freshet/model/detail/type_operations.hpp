// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include "freshet/base/ids.hpp"
#include "freshet/model/compare.hpp"
#include "freshet/model/of.hpp"
#include "freshet/model/type.hpp"

namespace freshet {

template <class T> constexpr const Type& type_of();

namespace detail {

template <class T> inline constexpr bool kIsId = false;
template <class Tag, class Rep> inline constexpr bool kIsId<Id<Tag, Rep>> = true;
template <class T>
concept strong_id = kIsId<T>;

template <class T>
concept plain_integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t> && sizeof(T) <= 8;

template <class T>
concept list_like = range_like<T> && requires(T& list) {
  { list.emplace_back() } -> std::same_as<typename T::value_type&>;
  { list[0] } -> std::same_as<typename T::value_type&>;
  list.clear();
};

template <class T>
concept set_like = range_like<T> && requires(T& set, const typename T::value_type& element) {
  typename T::key_compare;
  requires std::same_as<typename T::key_type, typename T::value_type>;
  { set.insert(element).second } -> std::convertible_to<bool>;
};

/// Ref and Nested (ref.hpp), without including them.
template <class T>
concept reference_like = requires {
  typename T::ReferenceTarget;
};

/// Poly (poly.hpp).
template <class T>
concept poly_like = requires {
  typename T::PolyBase;
};

template <class T>
concept map_like = range_like<T> && requires(T& map, const typename T::key_type& key) {
  typename T::key_compare;
  { map.try_emplace(key).second } -> std::convertible_to<bool>;
};

template <class T>
concept map_key = std::same_as<T, std::string> || plain_integer<T> || std::is_enum_v<T>;

template <class T> struct ObjectFunctions {
  static void construct(void* at) { ::new (at) T(); }
  static void destroy(void* object) { static_cast<T*>(object)->~T(); }
  static void assign(void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); }
  static bool equal(const void* left, const void* right) {
    return freshet::equal(*static_cast<const T*>(left), *static_cast<const T*>(right));
  }
  static std::weak_ordering compare(const void* left, const void* right) {
    return freshet::compare(*static_cast<const T*>(left), *static_cast<const T*>(right));
  }
  static std::size_t hash(const void* object) { return freshet::hash_of(*static_cast<const T*>(object)); }
  static constexpr ObjectOperations kTable{construct, destroy, assign, equal, compare, hash};
};

template <class T> struct OptionalFunctions {
  static const void* inspect(const void* optional) {
    const T& self = *static_cast<const T*>(optional);
    return self.has_value() ? std::addressof(*self) : nullptr;
  }
  static void* emplace(void* optional) { return std::addressof(static_cast<T*>(optional)->emplace()); }
  static void reset(void* optional) { static_cast<T*>(optional)->reset(); }
  static constexpr OptionalOperations kTable{inspect, emplace, reset};
};

template <class T> struct ListFunctions {
  static std::size_t size(const void* list) { return static_cast<const T*>(list)->size(); }
  static const void* at(const void* list, std::size_t index) {
    return std::addressof((*static_cast<const T*>(list))[index]);
  }
  static void clear(void* list) { static_cast<T*>(list)->clear(); }
  static void* append(void* list) { return std::addressof(static_cast<T*>(list)->emplace_back()); }
  static constexpr ListOperations kTable{size, at, clear, append};
};

template <class T> struct MapFunctions {
  static std::size_t size(const void* map) { return static_cast<const T*>(map)->size(); }
  static bool visit(const void* map, bool (*each)(void*, const void*, const void*), void* context) {
    for (const auto& [key, value] : *static_cast<const T*>(map)) {
      if (!each(context, std::addressof(key), std::addressof(value))) return false;
    }
    return true;
  }
  static void clear(void* map) { static_cast<T*>(map)->clear(); }
  static void* insert(void* map, const void* key) {
    const auto [entry, is_new] = static_cast<T*>(map)->try_emplace(*static_cast<const typename T::key_type*>(key));
    return is_new ? std::addressof(entry->second) : nullptr;
  }
  static constexpr MapOperations kTable{size, visit, clear, insert};
};

template <class T> struct SetFunctions {
  static std::size_t size(const void* set) { return static_cast<const T*>(set)->size(); }
  static bool visit(const void* set, bool (*each)(void*, const void*), void* context) {
    for (const auto& element : *static_cast<const T*>(set)) {
      if (!each(context, std::addressof(element))) return false;
    }
    return true;
  }
  static void clear(void* set) { static_cast<T*>(set)->clear(); }
  static bool insert(void* set, const void* element) {
    return static_cast<T*>(set)->insert(*static_cast<const typename T::value_type*>(element)).second;
  }
  static constexpr SetOperations kTable{size, visit, clear, insert};
};

template <class T> struct PolyFunctions {
  static const Type& type(const void* poly) { return static_cast<const T*>(poly)->type(); }
  static const void* get(const void* poly) { return static_cast<const T*>(poly)->data(); }
  static void* emplace(void* poly, const Type& type) { return static_cast<T*>(poly)->emplace(type); }
  static constexpr PolyOperations kTable{type, get, emplace};
};

template <class T> struct NestedFunctions {
  static const void* loaded(const void* nested) { return static_cast<const T*>(nested)->get(); }
  static void load(void* nested, const void* object) {
    static_cast<T*>(nested)->load(*static_cast<const typename T::ReferenceTarget*>(object));
  }
  static constexpr NestedOperations kTable{loaded, load};
};

/// type_of<T>() for a T that is only declared so far: nothing of it is asked before this is called.
template <class T> const Type& type_when_known() { return type_of<T>(); }

template <class T> inline constexpr auto kEnumDescription = describe(of<T>{});

template <class T> constexpr TypeParts scalar_parts(Kind kind) {
  return {.kind = kind, .size = sizeof(T), .alignment = alignof(T), .object = &ObjectFunctions<T>::kTable};
}

template <class T> constexpr TypeParts make_enum_parts() {
  static_assert(described<T>,
                "Freshet: name the values of this enum: constexpr auto describe(freshet::of<Level>) { return "
                "freshet::enumeration<Level::low, Level::high>(\"level\"); }");
  TypeParts parts = scalar_parts<T>(Kind::enumeration);
  parts.is_signed = std::is_signed_v<std::underlying_type_t<T>>;
  if constexpr (described<T>) {
    constexpr bool kNamesValues = requires(DescriptionOf<T> description) { description.values; };
    static_assert(kNamesValues, "Freshet: describe a struct with model(), an enum with enumeration()");
    if constexpr (kNamesValues) {
      parts.enum_name = kEnumDescription<T>.name;
      parts.enum_names = kEnumDescription<T>.values;
    }
  }
  return parts;
}

template <class T> constexpr TypeParts make_container_parts() {
  TypeParts parts{.size = sizeof(T), .alignment = alignof(T), .object = &ObjectFunctions<T>::kTable};
  if constexpr (optional_like<T>) {
    using Element = typename T::value_type;
    static_assert(
        !optional_like<Element> && !std::same_as<Element, Value> && !reference_like<Element>,
        "Freshet: JSON has one null only; an optional of an optional, of a Value or of a reference (which may "
        "be empty by itself) could not be told apart");
    parts.kind = Kind::optional;
    parts.optional = &OptionalFunctions<T>::kTable;
    parts.element = &type_of<Element>;
  } else if constexpr (list_like<T>) {
    parts.kind = Kind::list;
    parts.list = &ListFunctions<T>::kTable;
    parts.element = &type_of<typename T::value_type>;
  } else if constexpr (set_like<T>) {
    parts.kind = Kind::set;
    parts.set = &SetFunctions<T>::kTable;
    parts.element = &type_of<typename T::value_type>;
  } else {
    static_assert(map_key<typename T::key_type>,
                  "Freshet: the keys of a map in a model are std::string, integers or described enums; use a list of "
                  "structs for others");
    parts.kind = Kind::map;
    parts.map = &MapFunctions<T>::kTable;
    parts.key = &type_of<typename T::key_type>;
    parts.element = &type_of<typename T::mapped_type>;
  }
  return parts;
}

template <class T> constexpr TypeParts make_reference_parts() {
  // Read and written as the std::string that it begins with.
  static_assert(std::is_standard_layout_v<T>);
  TypeParts parts = scalar_parts<T>(Kind::string);
  parts.target = &type_when_known<typename T::ReferenceTarget>;
  if constexpr (T::kIsNested) parts.nested = &NestedFunctions<T>::kTable;
  return parts;
}

template <class T> constexpr TypeParts make_poly_parts() {
  TypeParts parts = scalar_parts<T>(Kind::poly);
  parts.poly = &PolyFunctions<T>::kTable;
  parts.element = &type_when_known<typename T::PolyBase>;
  return parts;
}

template <class T> constexpr TypeParts make_type_parts() {
  static_assert(std::same_as<T, std::remove_cvref_t<T>>,
                "Freshet: members of a model are plain values, neither const nor references");
  if constexpr (std::same_as<T, bool>) {
    return scalar_parts<T>(Kind::boolean);
  } else if constexpr (plain_integer<T>) {
    TypeParts parts = scalar_parts<T>(Kind::integer);
    parts.is_signed = std::is_signed_v<T>;
    return parts;
  } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
    return scalar_parts<T>(Kind::real);
  } else if constexpr (std::same_as<T, std::string>) {
    return scalar_parts<T>(Kind::string);
  } else if constexpr (std::same_as<T, Timestamp>) {
    return scalar_parts<T>(Kind::timestamp);
  } else if constexpr (std::same_as<T, Value>) {
    return scalar_parts<T>(Kind::value);
  } else if constexpr (reference_like<T>) {
    return make_reference_parts<T>();
  } else if constexpr (poly_like<T>) {
    return make_poly_parts<T>();
  } else if constexpr (std::is_enum_v<T>) {
    return make_enum_parts<T>();
  } else if constexpr (optional_like<T> || list_like<T> || set_like<T> || map_like<T>) {
    return make_container_parts<T>();
  } else if constexpr (described<T> || self_described<T>) {
    static_assert(
        std::is_default_constructible_v<T> && std::is_copy_assignable_v<T>,
        "Freshet: a described struct needs a default constructor and an assignment: decoding fills a fresh one");
    TypeParts parts = scalar_parts<T>(Kind::record);
    parts.schema = &schema_of<T>;
    return parts;
  } else {
    static_assert(
        kNever<T>,
        "Freshet: this type cannot be part of a model; use bool, a number, std::string, freshet::Timestamp, "
        "freshet::Value, a described enum or struct, a Ref, or std::optional, std::vector, std::set, std::map of such");
  }
}

}  // namespace detail
}  // namespace freshet
