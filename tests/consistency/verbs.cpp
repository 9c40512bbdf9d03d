// SPDX-License-Identifier: MIT
#include "consistency/verbs.hpp"

namespace freshet::consistency {

Verbs all_verbs() {
  Verbs all;
  for (const Verbs& some : {row_verbs(), reduce_verbs(), join_verbs(), set_verbs(), order_verbs()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace freshet::consistency
