// expect: Freshet: an access rule may not capture; pass what it needs as arguments behind it
// SPDX-License-Identifier: MIT
#include "freshet/meta/access.hpp"
#include "freshet/service/service.hpp"

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers, int limit) {
  service.access(numbers).read([limit](const freshet::Caller&, int number) { return number < limit; });
}
