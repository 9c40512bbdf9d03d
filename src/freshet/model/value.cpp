// SPDX-License-Identifier: MIT
#include "freshet/model/value.hpp"

#include "freshet/base/assert.hpp"
#include "freshet/model/compare.hpp"

namespace freshet {

const Value* Value::find(std::string_view name) const {
  const Object* object = if_object();
  if (object == nullptr) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &found->second;
}

Value& Value::operator[](std::string_view name) {
  if (is_null()) data_ = Object();
  Object* object = if_object();
  FRESHET_ASSERT(object != nullptr);
  const auto found = object->find(name);
  return found != object->end() ? found->second : object->emplace(name, Value()).first->second;
}

Value& Value::append(Value element) {
  if (is_null()) data_ = List();
  List* list = if_list();
  FRESHET_ASSERT(list != nullptr);
  return list->emplace_back(std::move(element));
}

std::weak_ordering operator<=>(const Value& left, const Value& right) {
  if (left.kind() != right.kind()) return left.kind() <=> right.kind();
  switch (left.kind()) {
    case Value::Kind::null:
      return std::weak_ordering::equivalent;
    case Value::Kind::boolean:
      return *left.if_bool() <=> *right.if_bool();
    case Value::Kind::integer:
      return *left.if_integer() <=> *right.if_integer();
    case Value::Kind::natural:
      return *left.if_natural() <=> *right.if_natural();
    case Value::Kind::real:
      return compare(*left.if_real(), *right.if_real());
    case Value::Kind::string:
      return *left.if_string() <=> *right.if_string();
    case Value::Kind::list:
      return compare(*left.if_list(), *right.if_list());
    case Value::Kind::object:
      return compare(*left.if_object(), *right.if_object());
  }
  return std::weak_ordering::equivalent;
}

namespace {

std::size_t hash_content(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return 0;
    case Value::Kind::boolean:
      return hash_of(*value.if_bool());
    case Value::Kind::integer:
      return hash_of(*value.if_integer());
    case Value::Kind::natural:
      return hash_of(*value.if_natural());
    case Value::Kind::real:
      return hash_of(*value.if_real());
    case Value::Kind::string:
      return hash_of(*value.if_string());
    case Value::Kind::list:
      return hash_of(*value.if_list());
    case Value::Kind::object:
      return hash_of(*value.if_object());
  }
  return 0;
}

}  // namespace
}  // namespace freshet

std::size_t std::hash<freshet::Value>::operator()(const freshet::Value& value) const noexcept {
  return freshet::detail::combine(static_cast<std::size_t>(value.kind()), freshet::hash_content(value));
}
