// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/testing/prepared.hpp"

#include <utility>

#include "freshet/store/testing/city.hpp"

namespace freshet::store::testing {

std::unique_ptr<Backend> open_prepared(const std::string& url, PostgresOptions options) {
  auto backend = open_postgres(url, std::move(options));
  if (!backend) throw Failure(backend.error());
  const Table* const tables[] = {&table_of<City>(), &table_of<Counter>()};
  if (auto prepared = (*backend)->prepare(tables); !prepared) throw Failure(prepared.error());
  return *std::move(backend);
}

}  // namespace freshet::store::testing
