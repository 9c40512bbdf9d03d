// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/model/type.hpp"

namespace freshet {

/// An object that is only known by its Type: owns it on the heap.
class AnyObject {
 public:
  /// Makes a default object.
  explicit AnyObject(const Type& type);
  AnyObject(const AnyObject& other);
  AnyObject(AnyObject&& other) noexcept;
  AnyObject& operator=(AnyObject other) noexcept;
  ~AnyObject();

  const Type& type() const { return *type_; }
  void* get() { return object_; }
  const void* get() const { return object_; }

 private:
  const Type* type_;
  void* object_;  // null only when moved from
};

}  // namespace freshet
