// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models.hpp"

/// What clients get to see of meetings.
namespace meeting_room {

// [views]
struct Attendee {
  std::string name;
  std::string organization;
  bool hearing_aid_requested = false;
};
constexpr auto describe(freshet::of<Attendee>) {
  return freshet::model("attendee", freshet::field<&Attendee::name>(), freshet::field<&Attendee::organization>(),
                        freshet::field<&Attendee::hearing_aid_requested>());
}

struct MeetingSession {
  double latitude = 0;
  double longitude = 0;
  std::string address{};
  bool in_session = false;
  std::vector<Attendee> attending{};
  std::int64_t num_hearing_aid_requested = 0;
};
constexpr auto describe(freshet::of<MeetingSession>) {
  return freshet::model(
      "meeting_session", freshet::camel_case, freshet::field<&MeetingSession::latitude>(),
      freshet::field<&MeetingSession::longitude>(), freshet::field<&MeetingSession::address>(),
      freshet::field<&MeetingSession::in_session>(freshet::doc("May be set: a meeting can be closed and opened again")),
      freshet::field<&MeetingSession::attending>(freshet::doc("Who is there, by user id")),
      freshet::field<&MeetingSession::num_hearing_aid_requested>());
}

struct UserView {
  std::string first_name;
  std::string last_name;
  std::string organization;
  bool hearing_aid_requested = false;
  std::vector<MeetingSession> meetings{};
};
constexpr auto describe(freshet::of<UserView>) {
  return freshet::model("user_view", freshet::camel_case, freshet::field<&UserView::first_name>(),
                        freshet::field<&UserView::last_name>(), freshet::field<&UserView::organization>(),
                        freshet::field<&UserView::hearing_aid_requested>(),
                        freshet::field<&UserView::meetings>(freshet::doc("The sessions of the user's meetings")));
}

/// A ticket as the page shows it.
struct Attendance {
  std::string meeting;
  std::string user;
  std::string name;
  std::string role;
  bool attendance = false;
};
constexpr auto describe(freshet::of<Attendance>) {
  return freshet::model("attendance", freshet::camel_case, freshet::field<&Attendance::meeting>(),
                        freshet::field<&Attendance::user>(), freshet::field<&Attendance::name>(),
                        freshet::field<&Attendance::role>(), freshet::field<&Attendance::attendance>());
}

/// Which sessions somebody wants to see.
struct SessionFilter {
  std::optional<Status> status;
};
constexpr auto describe(freshet::of<SessionFilter>) {
  return freshet::model("session_filter", freshet::field<&SessionFilter::status>());
}

/// What somebody fills in to come to a meeting.
struct Invitation {
  std::string meeting;
  std::string first_name;
  std::string last_name;
  std::string organization;
  bool hearing_aid_requested = false;
};
constexpr auto describe(freshet::of<Invitation>) {
  using freshet::length;
  return freshet::model("invitation", freshet::camel_case, freshet::field<&Invitation::meeting>(),
                        freshet::field<&Invitation::first_name>(length(1, 60)),
                        freshet::field<&Invitation::last_name>(length(1, 60)),
                        freshet::field<&Invitation::organization>(length(1, 60)),
                        freshet::field<&Invitation::hearing_aid_requested>(freshet::optional));
}

/// What an invitation has become.
struct Invited {
  std::string user;
  std::string ticket;
};
constexpr auto describe(freshet::of<Invited>) {
  return freshet::model("invited", freshet::field<&Invited::user>(), freshet::field<&Invited::ticket>());
}

/// A session as it is written into each participant's documents: users/{user}/MeetingSession/{meeting}.
struct SessionDocument {
  std::string meeting;
  MeetingSession session;
};
constexpr auto describe(freshet::of<SessionDocument>) {
  return freshet::model("MeetingSession", freshet::key<&SessionDocument::meeting>(),
                        freshet::field<&SessionDocument::session>());
}
// [/views]

}  // namespace meeting_room
