// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "freshet/model/describe.hpp"

/// Cities, what is shown of them, and the form by which users add some: the models of both faces.
namespace city {

// [models]
struct Municipality;
struct StandardCity;
struct City {
  std::string id;
  std::string city_name;
  std::string country;
  std::optional<bool> capital;
};
constexpr auto describe(freshet::of<City>) {
  using namespace freshet;
  return model("City", camel_case, document_fields, subclasses<Municipality, StandardCity>(), key<&City::id>(internal),
               field<&City::city_name>(), field<&City::country>(), field<&City::capital>(null_as_missing));
}
struct Municipality : City {};
constexpr auto describe(freshet::of<Municipality>) {
  return freshet::model("Municipality", freshet::camel_case, freshet::extends<City>());
}
struct StandardCity : City {
  std::string city_state;
  std::vector<std::string> regions;
};
constexpr auto describe(freshet::of<StandardCity>) {
  return freshet::model("StandardCity", freshet::camel_case, freshet::extends<City>(),
                        freshet::field<&StandardCity::city_state>(), freshet::field<&StandardCity::regions>());
}

/// What the front end reads.
struct CityView {
  std::string id;
  std::string name;
  std::string country;

  std::string doc_ref() const { return "cityView/" + id; }
};
constexpr auto describe(freshet::of<CityView>) {
  using namespace freshet;
  return model("cityView", obj_type_key("obj_type"), key<&CityView::id>(internal), field<&CityView::name>(),
               field<&CityView::country>(), computed<&CityView::doc_ref>());
}

/// What a user fills in, in a collection of their own: "users/uid1/cityForms/LA".
struct CityForm {
  std::string id;
  std::string name;
  std::string country;
};
constexpr auto describe(freshet::of<CityForm>) {
  using namespace freshet;
  return model("cityForms", key<&CityForm::id>(), field<&CityForm::name>(), field<&CityForm::country>());
}
// [/models]

}  // namespace city
