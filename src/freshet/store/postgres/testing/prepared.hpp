// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "freshet/store/postgres/postgres_store.hpp"

namespace freshet::store::testing {

/// Opens a store with the tables of City and Counter. Throws Failure.
std::unique_ptr<Backend> open_prepared(const std::string& url, PostgresOptions options = {});

}  // namespace freshet::store::testing
