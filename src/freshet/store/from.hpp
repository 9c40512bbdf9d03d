// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/direction.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/store/document.hpp"
#include "freshet/store/query.hpp"
#include "freshet/store/reference.hpp"
#include "freshet/store/table.hpp"

namespace freshet {

namespace store {

/// A condition on an attribute, by its name in the program.
struct AttributeCondition {
  std::string attribute;
  Comparison comparison = Comparison::equal;
  /// What the attribute is compared with, or why it cannot be.
  Result<Cells> operands;
};

/// A query of a class of documents in the making. What is wrong with it is kept, and told when it is asked.
class QueryBuilder {
 public:
  /// Errors: throws Failure if the class cannot be stored.
  explicit QueryBuilder(const Type& type);

  void add(AttributeCondition condition);
  void add(std::string_view attribute, std::string_view comparison, Result<Cells> operands);
  void order_by(std::string_view attribute, Direction direction);
  void set_parent(std::optional<std::string> parent) { query_.parent = std::move(parent); }
  void set_limit(std::size_t limit) { query_.limit = limit; }
  void set_offset(std::size_t offset) { query_.offset = offset; }
  /// Where to begin or end, by the values of the attributes that the query is ordered by so far.
  void set_bound(bool is_start, bool is_inclusive, Result<Cells> values);
  /// The same, at a document. Its values are those of the attributes by which the query is ordered so far.
  void set_bound(bool is_start, bool is_inclusive, const Key& key, const Type& type, const void* object);

  /// Errors: invalid_argument, naming model and attribute.
  Result<Query> build() const;

 private:
  /// The column of an attribute. Errors: there is none of that name, with the nearest one.
  Result<std::size_t> column(std::string_view attribute) const;
  ColumnKind kind(std::size_t column, Comparison comparison) const;
  void note(Error error);

  const Table& table_;
  Query query_;
  std::optional<Error> error_;
};

/// A value as the operand of a condition; text for a reference, an enum or, within a list, a timestamp.
Result<Cell> operand_cell(const Type& type, const void* value);

/// The name of the attribute that lies there in a described struct. Errors: throws Failure if none does.
const std::string& attribute_name(const Schema& schema, std::size_t offset);

}  // namespace store

namespace detail {

template <class T> inline constexpr bool kIsOptional = false;
template <class T> inline constexpr bool kIsOptional<std::optional<T>> = true;

/// What an attribute is compared with: what an optional holds, an element of a list, set or map.
template <class T> struct Compared { using Type = T; };
template <class T> struct Compared<std::optional<T>> { using Type = T; };
template <class T> using ComparedWith = typename Compared<T>::Type;

/// `value` as an operand of conditions.
template <class V> Result<store::Cell> operand(const V& value) {
  if constexpr (std::same_as<V, std::nullopt_t>) {
    return store::Cell();
  } else if constexpr (kIsOptional<V>) {
    return value ? operand(*value) : Result<store::Cell>(store::Cell());
  } else if constexpr (std::convertible_to<const V&, std::string_view>) {
    const std::string text{std::string_view(value)};
    return store::operand_cell(type_of<std::string>(), &text);
  } else {
    return store::operand_cell(type_of<V>(), &value);
  }
}

template <class Values> Result<store::Cells> operands(const Values& values) {
  store::Cells cells;
  for (const auto& value : values) {
    auto cell = operand(value);
    if (!cell) return fail(std::move(cell.error()));
    cells.push_back(*std::move(cell));
  }
  return cells;
}

template <class V> Result<store::Cells> one_operand(const V& value) {
  auto cell = operand(value);
  if (!cell) return fail(std::move(cell.error()));
  return store::Cells{*std::move(cell)};
}

template <auto Member> const std::string& name_of_attribute() {
  using Class = ClassOf<Member>;
  static_assert(described<Class> || self_described<Class>, "Freshet: attribute<> takes a member of a described struct");
  static const std::string& kName = []() -> const std::string& {
    const Schema& schema = schema_of<Class>();
    const auto* const object = static_cast<const Class*>(schema.defaults.get());
    const auto* const member = reinterpret_cast<const std::byte*>(std::addressof(object->*Member));
    return store::attribute_name(schema, static_cast<std::size_t>(member - reinterpret_cast<const std::byte*>(object)));
  }();
  return kName;
}

}  // namespace detail

/// An attribute of a model in a query: `attribute<&City::country> == "USA"`.
template <auto Member> class AttributeOf {
 public:
  using Member_ = std::remove_cvref_t<detail::MemberOf<Member>>;

  static const std::string& name() { return detail::name_of_attribute<Member>(); }

  // One per comparison; null (std::nullopt) only with == and !=.
  template <class V> store::AttributeCondition operator==(const V& value) const {
    return compare<V>(store::Comparison::equal, value);
  }
  template <class V> store::AttributeCondition operator!=(const V& value) const {
    return compare<V>(store::Comparison::not_equal, value);
  }
  template <class V> store::AttributeCondition operator<(const V& value) const {
    return compare<V>(store::Comparison::less, value);
  }
  template <class V> store::AttributeCondition operator<=(const V& value) const {
    return compare<V>(store::Comparison::less_equal, value);
  }
  template <class V> store::AttributeCondition operator>(const V& value) const {
    return compare<V>(store::Comparison::greater, value);
  }
  template <class V> store::AttributeCondition operator>=(const V& value) const {
    return compare<V>(store::Comparison::greater_equal, value);
  }

  /// Whether it is one of several.
  template <class Values> store::AttributeCondition in(const Values& values) const {
    return {name(), store::Comparison::in, detail::operands(values)};
  }
  template <class V> store::AttributeCondition in(std::initializer_list<V> values) const {
    return {name(), store::Comparison::in, detail::operands(values)};
  }
  /// Whether a list or set has the element.
  template <class V> store::AttributeCondition contains(const V& element) const {
    return {name(), store::Comparison::contains, detail::one_operand(element)};
  }

 private:
  template <class V> store::AttributeCondition compare(store::Comparison comparison, const V& value) const {
    using Compared = detail::ComparedWith<Member_>;
    if constexpr (std::same_as<V, std::nullopt_t> || detail::reference_like<Compared>) {
      return {name(), comparison, detail::one_operand(value)};
    } else {
      static_assert(std::constructible_from<Compared, const V&>,
                    "Freshet: this attribute cannot be compared with a value of that type");
      if constexpr (std::constructible_from<Compared, const V&>) {
        // Of the attribute's type, so that 0 may be compared with a double.
        const Compared converted(value);
        return {name(), comparison, detail::one_operand(converted)};
      }
    }
  }
};

template <auto Member> inline constexpr AttributeOf<Member> attribute{};

/// A query of the documents of a model: conditions that all must hold, an order, a part of it.
///
/// ```
/// from<City>().where(attribute<&City::country> == "USA").where(attribute<&StandardCity::state> == "CA")   // meta
///     .order_by<&City::name>().limit(10)
/// from<City>().where("country", "==", "USA").where("state", "==", "CA").order_by("name").limit(10)       // classic
/// ```
/// A class is asked for with all its subclasses, and each is given as a T; a Poly<T> gives them as what they are.
/// Attributes of subclasses may be asked for: others do not have them, and are null there. The key field is text to a
/// query: it is compared and ordered by bytes.
///
/// Each call gives a changed copy. Errors: a wrong attribute, operator or value is told when the query runs.
/// Example: src/freshet/store/store.test.cpp [query]
template <class T> class From {
 public:
  From() : builder_(type_of<T>()) {}

  [[nodiscard]] From where(store::AttributeCondition condition) const {
    return changed([&](store::QueryBuilder& builder) { builder.add(std::move(condition)); });
  }
  /// By name, with "==", "!=", "<", "<=", ">", ">=", "in" (a list of values) or "contains" (an element of a list).
  template <class V>
  [[nodiscard]] From where(std::string_view attribute, std::string_view comparison, const V& value) const {
    return changed([&](store::QueryBuilder& builder) {
      if constexpr (detail::range_like<V> && !std::convertible_to<const V&, std::string_view>) {
        builder.add(attribute, comparison, detail::operands(value));
      } else {
        builder.add(attribute, comparison, detail::one_operand(value));
      }
    });
  }

  template <auto Member> [[nodiscard]] From order_by(Direction direction = Direction::ascending) const {
    return order_by(detail::name_of_attribute<Member>(), direction);
  }
  [[nodiscard]] From order_by(std::string_view attribute, Direction direction = Direction::ascending) const {
    return changed([&](store::QueryBuilder& builder) { builder.order_by(attribute, direction); });
  }
  [[nodiscard]] From limit(std::size_t count) const {
    return changed([&](store::QueryBuilder& builder) { builder.set_limit(count); });
  }
  [[nodiscard]] From offset(std::size_t count) const {
    return changed([&](store::QueryBuilder& builder) { builder.set_offset(count); });
  }

  // Cursors: by values of the attributes that the query is ordered by, fewer than all mean all that begin like them; or
  // by a document, for the next page.
  template <class... V> [[nodiscard]] From start_at(const V&... values) const { return bound(true, true, values...); }
  template <class... V> [[nodiscard]] From start_after(const V&... values) const {
    return bound(true, false, values...);
  }
  template <class... V> [[nodiscard]] From end_at(const V&... values) const { return bound(false, true, values...); }
  template <class... V> [[nodiscard]] From end_before(const V&... values) const {
    return bound(false, false, values...);
  }

  /// The sub-collection of a document; the root collection otherwise.
  [[nodiscard]] From in(const Reference& parent) const {
    return changed([&](store::QueryBuilder& builder) { builder.set_parent(parent.path()); });
  }
  /// All collections of the model, in whatever document they lie.
  [[nodiscard]] From in_group() const {
    return changed([&](store::QueryBuilder& builder) { builder.set_parent(std::nullopt); });
  }

  /// The query as stores take it. Errors: invalid_argument, naming model and attribute.
  Result<store::Query> build() const { return builder_.build(); }

 private:
  template <class Fn> From changed(Fn&& change) const {
    From copy = *this;
    change(copy.builder_);
    return copy;
  }

  template <class... V> From bound(bool is_start, bool is_inclusive, const V&... values) const {
    return changed([&](store::QueryBuilder& builder) {
      store::Cells cells;
      std::optional<Error> wrong;
      (append(cells, wrong, values), ...);
      builder.set_bound(is_start, is_inclusive,
                        wrong ? Result<store::Cells>(fail(*wrong)) : Result<store::Cells>(cells));
    });
  }
  From bound(bool is_start, bool is_inclusive, const Document<T>& document) const {
    return changed([&](store::QueryBuilder& builder) {
      const store::Key key{.parent = document.reference.parent().parent().path(),
                           .id = std::string(document.reference.name())};
      builder.set_bound(is_start, is_inclusive, key, type_of<T>(), &document.value);
    });
  }
  template <class V> static void append(store::Cells& cells, std::optional<Error>& wrong, const V& value) {
    auto cell = detail::operand(value);
    if (cell) {
      cells.push_back(*std::move(cell));
    } else {
      wrong = std::move(cell.error());
    }
  }

  store::QueryBuilder builder_;
};

template <class T> From<T> from() { return From<T>(); }

}  // namespace freshet
