// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "freshet/model/describe.hpp"
#include "freshet/model/ref.hpp"

/// What is stored of meetings: the domain models that both faces have their views over.
namespace meeting_room {

using freshet::Ref;

// [models]
struct User {
  std::string id;
  std::string first_name;
  std::string last_name;
  std::string organization;
  bool hearing_aid_requested = false;

  std::string display_name() const { return first_name + " " + last_name; }
};
constexpr auto describe(freshet::of<User>) {
  return freshet::model("users", freshet::camel_case, freshet::key<&User::id>(), freshet::field<&User::first_name>(),
                        freshet::field<&User::last_name>(), freshet::field<&User::organization>(),
                        freshet::field<&User::hearing_aid_requested>(), freshet::computed<&User::display_name>());
}

/// What somebody is at a meeting, and whether they are there.
struct Ticket {
  std::string id;
  std::string role;
  Ref<User> user;
  bool attendance = false;
};
constexpr auto describe(freshet::of<Ticket>) {
  return freshet::model("tickets", freshet::camel_case, freshet::key<&Ticket::id>(), freshet::field<&Ticket::role>(),
                        freshet::field<&Ticket::user>(), freshet::field<&Ticket::attendance>());
}

struct Location {
  std::string id;
  double latitude = 0;
  double longitude = 0;
  std::string address;
};
constexpr auto describe(freshet::of<Location>) {
  return freshet::model("locations", freshet::camel_case, freshet::key<&Location::id>(),
                        freshet::field<&Location::latitude>(freshet::range(-90, 90)),
                        freshet::field<&Location::longitude>(freshet::range(-180, 180)),
                        freshet::field<&Location::address>());
}

enum class Status { not_started, in_session, closed };
constexpr auto describe(freshet::of<Status>) {
  using enum Status;
  return freshet::enumeration("status", freshet::enumerator<not_started>("not-started"),
                              freshet::enumerator<in_session>("in-session"), freshet::enumerator<closed>());
}

struct Meeting {
  std::string id;
  Status status = Status::not_started;
  Ref<Location> location;
  std::vector<Ref<User>> users{};
  /// By the user's id.
  std::map<std::string, Ref<Ticket>> tickets{};
};
constexpr auto describe(freshet::of<Meeting>) {
  return freshet::model("meetings", freshet::camel_case, freshet::key<&Meeting::id>(),
                        freshet::field<&Meeting::status>(), freshet::field<&Meeting::location>(),
                        freshet::field<&Meeting::users>(), freshet::field<&Meeting::tickets>());
}
// [/models]

}  // namespace meeting_room
