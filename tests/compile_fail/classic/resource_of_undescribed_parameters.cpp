// expect: Freshet: the parameters of a resource are a described struct; give it a constexpr describe
// SPDX-License-Identifier: MIT
#include <memory>

#include "freshet/classic/resource.hpp"
#include "freshet/graph/graph.hpp"

struct Params {
  int least = 0;
};

class Numbers final : public freshet::Resource<Params, int, int> {
 public:
  explicit Numbers(freshet::Collection<int, int> numbers) : numbers_(numbers) {}
  freshet::Collection<int, int> build(const Params&) override { return numbers_; }

 private:
  freshet::Collection<int, int> numbers_;
};

void use(freshet::Service& service, const freshet::Collection<int, int>& numbers) {
  service.resource("numbers", std::make_unique<Numbers>(numbers));
}
