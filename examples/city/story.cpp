// SPDX-License-Identifier: MIT
#include "story.hpp"

#include <chrono>
#include <iostream>
#include <thread>

#include "freshet/codec/json.hpp"
#include "models.hpp"

namespace city {
namespace {

using freshet::Result;

Result<void> write(const freshet::Store& store) {
  return store.transact([](freshet::StoreTransaction& transaction) -> Result<void> {
    Municipality tokyo;
    tokyo.id = "TOK";
    tokyo.city_name = "Tokyo";
    tokyo.country = "Japan";
    tokyo.capital = true;
    if (auto set = transaction.set(tokyo); !set) return freshet::fail(set.error());
    const auto user = freshet::Reference::parse("users/uid1");
    auto posted = transaction.in(*user).set(CityForm{"LA", "Los Angeles", "USA"});
    if (!posted) return freshet::fail(posted.error());
    return {};
  });
}

/// Prints one document when it is there. False if it does not come.
template <class T> bool print(const freshet::Store& store, const std::string& id) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    const auto document = store.get<T>(id);
    if (document && *document) {
      std::cout << (*document)->reference.path() << ' ' << freshet::to_json((*document)->value).value() << std::endl;
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::cerr << "there is no " << id << std::endl;
  return false;
}

}  // namespace

int tell(const freshet::Store& store, freshet::Mediators& mediators) {
  auto ready = store.prepare<City, CityView, CityForm>();
  if (ready) ready = mediators.start();
  if (ready) ready = write(store);
  if (!ready) {
    std::cerr << to_string(ready.error()) << std::endl;
    return 1;
  }
  const bool told = print<CityView>(store, "TOK") && print<City>(store, "LA") && print<CityView>(store, "LA");
  mediators.stop();
  return told ? 0 : 1;
}

}  // namespace city
