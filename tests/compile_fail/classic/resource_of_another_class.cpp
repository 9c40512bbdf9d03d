// expect: Freshet: service.resource\(name, object\) takes an object of a class that derives from freshet::Resource<Params, Key, Value>
// SPDX-License-Identifier: MIT
#include <memory>

#include "freshet/classic/resource.hpp"
#include "freshet/graph/graph.hpp"

class Numbers {
 public:
  explicit Numbers(freshet::Collection<int, int> numbers) : numbers_(numbers) {}
  freshet::Collection<int, int> build() const { return numbers_; }

 private:
  freshet::Collection<int, int> numbers_;
};

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource("numbers", std::make_unique<Numbers>(numbers));
}
