// expect: Freshet: the function in by\(\) gives no key of the right collection
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/meta/verbs.hpp"

struct Order {
  int customer = 0;
  bool operator==(const Order&) const = default;
};

void use(const freshet::Collection<int, Order>& orders, const freshet::Collection<std::string, int>& customers) {
  const auto known = orders.semi_join(customers, freshet::by(&Order::customer));
}
