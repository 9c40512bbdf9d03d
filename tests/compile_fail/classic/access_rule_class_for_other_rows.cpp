// expect: Freshet: access.rule<Rule>\(args...\) names a class that derives from freshet::AccessRule<Key, Value>
// SPDX-License-Identifier: MIT
#include <string>

#include "freshet/classic/access.hpp"
#include "freshet/service/service.hpp"

class TextRule final : public freshet::AccessRule<int, std::string> {
 public:
  bool may_read(const freshet::Caller&, const int&, const std::string& text) override { return text.empty(); }
};

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.access(numbers).rule<TextRule>();
}
