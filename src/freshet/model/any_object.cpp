// SPDX-License-Identifier: MIT
#include "freshet/model/any_object.hpp"

#include <new>
#include <utility>

namespace freshet {

AnyObject::AnyObject(const Type& type)
    : type_(&type), object_(::operator new(type.size(), std::align_val_t(type.alignment()))) {
  try {
    type.construct(object_);
  } catch (...) {
    ::operator delete(object_, std::align_val_t(type.alignment()));
    throw;
  }
}

AnyObject::AnyObject(const AnyObject& other) : AnyObject(*other.type_) { type_->assign(object_, other.object_); }

AnyObject::AnyObject(AnyObject&& other) noexcept : type_(other.type_), object_(std::exchange(other.object_, nullptr)) {}

AnyObject& AnyObject::operator=(AnyObject other) noexcept {
  std::swap(type_, other.type_);
  std::swap(object_, other.object_);
  return *this;
}

AnyObject::~AnyObject() {
  if (object_ == nullptr) return;
  type_->destroy(object_);
  ::operator delete(object_, std::align_val_t(type_->alignment()));
}

}  // namespace freshet
