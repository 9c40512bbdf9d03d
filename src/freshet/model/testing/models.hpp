// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/model/make.hpp"
#include "freshet/model/poly.hpp"
#include "freshet/model/record.hpp"
#include "freshet/model/ref.hpp"
#include "freshet/model/value.hpp"

/// The same models in both faces, with every kind of attribute; tests run over both and expect the same.
namespace freshet::samples {

inline Result<void> is_mail(const std::string& text) {
  if (text.find('@') != std::string::npos) return {};
  return fail(ErrorCode::invalid_argument, "must be a mail address");
}
inline std::string next_id() {
  static int count = 0;
  return "id_" + std::to_string(++count);
}

namespace listed {

// [user_meta]
struct User {
  std::string id;
  std::string first_name;
  std::string last_name;
  std::optional<std::string> nick_name;
  std::string mail = "nobody@example.org";
  std::string password;
  std::int64_t login_count = 0;
  int seats = 2;

  std::string display_name() const { return first_name + " " + last_name; }
  std::string full_name() const { return last_name + ", " + first_name; }
  Result<void> set_full_name(const std::string& text) {
    const auto comma = text.find(", ");
    if (comma == std::string::npos) return fail(ErrorCode::invalid_argument, "must be written as \"last, first\"");
    last_name = text.substr(0, comma);
    first_name = text.substr(comma + 2);
    return {};
  }
};
constexpr auto describe(of<User>) {
  return model("users", doc("Who takes part."), camel_case, key<&User::id>(initialised_by<&next_id>()),
               field<&User::first_name>(length(1, 20)), field<&User::last_name>(),
               field<&User::nick_name>(null_as_missing), field<&User::mail>(freshet::optional, checked_by<&is_mail>()),
               field<&User::password>(import_only, data_key("secret")), field<&User::login_count>(internal),
               field<&User::seats>(import_default(4), range(1, 9)), computed<&User::display_name>(),
               computed<&User::full_name, &User::set_full_name>(length(3, 40)), unique<&User::mail>(),
               index<&User::last_name, &User::first_name>());
}
// [/user_meta]

struct Post {
  std::string id;
  std::set<std::string> tags;
  Value::Object rest;
};
constexpr auto describe(of<Post>) {
  return model("posts", document_fields, key<&Post::id>(), field<&Post::tags>(freshet::optional),
               keep_unknown<&Post::rest>());
}

struct Visit {
  int count = 0;
};
constexpr auto describe(of<Visit>) { return model("visits", drop_unknown, field<&Visit::count>()); }

// [phone_meta]
struct PhoneNumber {
  std::string country;
  std::string number;

  std::string text() const { return "+" + country + " " + number; }
  Result<void> set_text(const std::string& text) {
    const auto space = text.find(' ');
    if (!text.starts_with('+') || space == std::string::npos) {
      return fail(ErrorCode::invalid_argument, "must be a phone number", {}, "written as +86 132 1234 5678");
    }
    country = text.substr(1, space - 1);
    number = text.substr(space + 1);
    return {};
  }
};
constexpr auto describe(of<PhoneNumber>) {
  return model("phone_number", field<&PhoneNumber::country>(), field<&PhoneNumber::number>(),
               computed<&PhoneNumber::text, &PhoneNumber::set_text>(), unwrap<&PhoneNumber::text>());
}
// [/phone_meta]

struct Category;
struct Article {
  std::string id;
  Ref<Category> category;
  std::vector<Ref<User>> authors;
  std::map<std::string, Nested<Article>> parts;
  std::optional<PhoneNumber> hotline;
};
constexpr auto describe(of<Article>) {
  return model("articles", key<&Article::id>(), field<&Article::category>(freshet::optional),
               field<&Article::authors>(freshet::optional), field<&Article::parts>(freshet::optional),
               field<&Article::hotline>());
}
struct Category {
  std::string id;
  std::vector<Ref<Article>> articles;
};
constexpr auto describe(of<Category>) {
  return model("categories", key<&Category::id>(), field<&Category::articles>());
}

// [city_meta]
struct Municipality;
struct StandardCity;
struct City {
  std::string id;
  std::string name;
  std::string country;
};
constexpr auto describe(of<City>) {
  return model("City", subclasses<Municipality, StandardCity>(), key<&City::id>(),
               field<&City::name>(data_key("cityName")), field<&City::country>());
}
struct Municipality : City {};
constexpr auto describe(of<Municipality>) { return model("Municipality", extends<City>()); }
struct StandardCity : City {
  std::string state;
  std::vector<std::string> regions;
};
constexpr auto describe(of<StandardCity>) {
  return model("StandardCity", extends<City>(), field<&StandardCity::state>(),
               field<&StandardCity::regions>(freshet::optional));
}
// [/city_meta]

struct Atlas {
  std::vector<Poly<City>> cities;
};
constexpr auto describe(of<Atlas>) { return model("atlas", field<&Atlas::cities>()); }

}  // namespace listed

namespace recorded {

// [user_classic]
struct User : Record {
  std::string id;
  std::string first_name;
  std::string last_name;
  std::optional<std::string> nick_name;
  std::string mail = "nobody@example.org";
  std::string password;
  std::int64_t login_count = 0;
  int seats = 2;

  std::string full_name() const { return last_name + ", " + first_name; }
  Result<void> set_full_name(const std::string& text) {
    const auto comma = text.find(", ");
    if (comma == std::string::npos) return fail(ErrorCode::invalid_argument, "must be written as \"last, first\"");
    last_name = text.substr(0, comma);
    first_name = text.substr(comma + 2);
    return {};
  }

  void describe(Describer& d) {
    d.name("users");
    d.doc("Who takes part.");
    d.camel_case();
    d.key("id", id).initialised_by<&next_id>();
    d.field("first_name", first_name).length(1, 20);
    d.field("last_name", last_name);
    d.field("nick_name", nick_name).null_as_missing();
    d.field("mail", mail).optional().checked_by<&is_mail>();
    d.field("password", password).import_only().data_key("secret");
    d.field("login_count", login_count).internal();
    d.field("seats", seats).import_default(4).range(1, 9);
    d.computed("display_name", [](const User& user) { return user.first_name + " " + user.last_name; });
    d.computed<&User::full_name, &User::set_full_name>().length(3, 40);
    d.unique({"mail"});
    d.index({"last_name", "first_name"});
  }
};
// [/user_classic]

struct Post : Record {
  std::string id;
  std::set<std::string> tags;
  Value::Object rest;

  void describe(Describer& d) {
    d.name("posts");
    d.document_fields();
    d.key("id", id);
    d.field("tags", tags).optional();
    d.keep_unknown("rest", rest);
  }
};

struct Visit : Record {
  int count = 0;

  void describe(Describer& d) {
    d.name("visits");
    d.drop_unknown();
    d.field("count", count);
  }
};

// [phone_classic]
struct PhoneNumber : Record {
  std::string country;
  std::string number;

  void describe(Describer& d) {
    d.name("phone_number");
    d.field("country", country);
    d.field("number", number);
    d.computed(
        "text", [](const PhoneNumber& phone) { return "+" + phone.country + " " + phone.number; },
        [](PhoneNumber& phone, const std::string& text) { return phone.set_text(text); });
    d.unwrap("text");
  }

 private:
  Result<void> set_text(const std::string& text) {
    const auto space = text.find(' ');
    if (!text.starts_with('+') || space == std::string::npos) {
      return fail(ErrorCode::invalid_argument, "must be a phone number", {}, "written as +86 132 1234 5678");
    }
    country = text.substr(1, space - 1);
    number = text.substr(space + 1);
    return {};
  }
};
// [/phone_classic]

struct Category;
struct Article : Record {
  std::string id;
  Ref<Category> category;
  std::vector<Ref<User>> authors;
  std::map<std::string, Nested<Article>> parts;
  std::optional<PhoneNumber> hotline;

  void describe(Describer& d) {
    d.name("articles");
    d.key("id", id);
    d.field("category", category).optional();
    d.field("authors", authors).optional();
    d.field("parts", parts).optional();
    d.field("hotline", hotline);
  }
};
struct Category : Record {
  std::string id;
  std::vector<Ref<Article>> articles;

  void describe(Describer& d) {
    d.name("categories");
    d.key("id", id);
    d.field("articles", articles);
  }
};

// [city_classic]
struct Municipality;
struct StandardCity;
struct City : Record {
  std::string id;
  std::string name;
  std::string country;

  void describe(Describer& d) {
    d.name("City");
    d.subclasses<Municipality, StandardCity>();
    d.key("id", id);
    d.field("name", name).data_key("cityName");
    d.field("country", country);
  }
};
struct Municipality : City {
  void describe(Describer& d) {
    d.name("Municipality");
    d.extends<City>(*this);
  }
};
struct StandardCity : City {
  std::string state;
  std::vector<std::string> regions;

  void describe(Describer& d) {
    d.name("StandardCity");
    d.extends<City>(*this);
    d.field("state", state);
    d.field("regions", regions).optional();
  }
};
// [/city_classic]

struct Atlas : Record {
  std::vector<Poly<City>> cities;

  void describe(Describer& d) {
    d.name("atlas");
    d.field("cities", cities);
  }
};

}  // namespace recorded

/// The models of one face as a type, for typed tests.
struct Meta {
  using User = listed::User;
  using Post = listed::Post;
  using Visit = listed::Visit;
  using PhoneNumber = listed::PhoneNumber;
  using Article = listed::Article;
  using Category = listed::Category;
  using City = listed::City;
  using Municipality = listed::Municipality;
  using StandardCity = listed::StandardCity;
  using Atlas = listed::Atlas;
};
struct Classic {
  using User = recorded::User;
  using Post = recorded::Post;
  using Visit = recorded::Visit;
  using PhoneNumber = recorded::PhoneNumber;
  using Article = recorded::Article;
  using Category = recorded::Category;
  using City = recorded::City;
  using Municipality = recorded::Municipality;
  using StandardCity = recorded::StandardCity;
  using Atlas = recorded::Atlas;
};

/// Names the cases of a typed test after the face.
struct FaceNames {
  template <class Face> static std::string GetName(int) { return std::is_same_v<Face, Meta> ? "meta" : "classic"; }
};

}  // namespace freshet::samples
