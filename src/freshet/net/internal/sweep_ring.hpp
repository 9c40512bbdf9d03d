// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "freshet/base/clock.hpp"

namespace freshet::net {

/// Something that is to be looked at from time to time, in place of a timer of its own.
class Swept {
 public:
  virtual void on_sweep(SteadyTime now) = 0;

 protected:
  Swept() = default;
  Swept(const Swept&) = delete;
  Swept& operator=(const Swept&) = delete;
  virtual ~Swept() = default;

 private:
  friend class SweepRing;
  std::size_t place_ = 0;
};

/// Looks at each of many objects about once in a period, a part of them at each sweep, so that what they do then is
/// spread over it.
///
/// Lifetime: objects are erased before they go. Cost: O(1) to insert and erase; 8 bytes for each object and in it.
class SweepRing {
 public:
  void insert(Swept& object);
  /// Requires: it is here.
  void erase(Swept& object);
  std::size_t size() const { return objects_.size(); }

  /// Looks at the part of the objects whose turn it is: all of them after a period. Objects may be inserted and erased
  /// meanwhile.
  void sweep(SteadyTime now, std::chrono::milliseconds period);
  /// Looks at all of them.
  void sweep_all(SteadyTime now);

 private:
  void visit(std::size_t count, SteadyTime now);

  std::vector<Swept*> objects_;  // each knows its place
  std::size_t next_ = 0;
  double due_ = 0;
  SteadyTime last_{};
};

}  // namespace freshet::net
