// expect: Freshet: the access rule cannot be called as rule\(caller, value, args...\) or rule\(caller, key, value, args...\)
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/meta/access.hpp"
#include "freshet/service/service.hpp"

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.access(numbers).read([](const freshet::Caller&, const std::string& text) { return text.empty(); });
}
