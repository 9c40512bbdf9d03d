// SPDX-License-Identifier: MIT
//
// A meeting as everyone in it sees it: one view over users, tickets, meetings and locations, kept live, and changed
// through its setters. This is the meta face: functions. classic.cpp is the same program in classes.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "changes.hpp"
#include "fixture.hpp"
#include "freshet/meta/document_mediator.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/meta/view_model.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/store.hpp"
#include "views.hpp"
#include "web_files.hpp"

using freshet::Collection, freshet::Models;
using namespace meeting_room;

namespace {

// [session]
/// What everyone sees of a meeting. All that is read here is remembered: when a ticket, a user or the location changes,
/// or the meeting refers to others, the sessions concerned are computed again, and no others.
std::optional<MeetingSession> session(const Meeting& meeting, const Collection<std::string, User>& users,
                                      const Collection<std::string, Ticket>& tickets,
                                      const Collection<std::string, Location>& locations) {
  const Location* location = locations.get(meeting.location.id());
  if (location == nullptr) return std::nullopt;
  MeetingSession session{.latitude = location->latitude,
                         .longitude = location->longitude,
                         .address = location->address,
                         .in_session = meeting.status == Status::in_session};
  if (meeting.status == Status::not_started) return session;
  auto invited = meeting.users;
  std::ranges::sort(invited, {}, &Ref<User>::id);
  for (const auto& reference : invited) {
    const auto held = meeting.tickets.find(reference.id());
    const Ticket* ticket = held == meeting.tickets.end() ? nullptr : tickets.get(held->second.id());
    const User* user = users.get(reference.id());
    if (ticket == nullptr || user == nullptr || !ticket->attendance) continue;
    session.attending.push_back({user->display_name(), user->organization, user->hearing_aid_requested});
  }
  session.num_hearing_aid_requested = std::ranges::count(session.attending, true, &Attendee::hearing_aid_requested);
  return session;
}

bool has_status(const Meeting& meeting, Status status) { return meeting.status == status; }

Collection<std::string, MeetingSession> sessions(Models& models, const SessionFilter& filter) {
  auto meetings = models.collection<Meeting>();
  if (filter.status) meetings = meetings.filter(has_status, *filter.status);
  return meetings.map(session, models.collection<User>(), models.collection<Ticket>(), models.collection<Location>());
}
// [/session]

/// Each session under each of its meeting's users: the way back from a user to meetings.
std::vector<std::pair<std::string, MeetingSession>> by_user(const std::string& id, const MeetingSession& session,
                                                            const Collection<std::string, Meeting>& meetings) {
  std::vector<std::pair<std::string, MeetingSession>> rows;
  const Meeting* meeting = meetings.get(id);
  if (meeting == nullptr) return rows;
  for (const auto& user : meeting->users) rows.emplace_back(user.id(), session);
  return rows;
}
UserView user_view(const std::string& id, const User& user, const Collection<std::string, MeetingSession>& sessions) {
  UserView view{user.first_name, user.last_name, user.organization, user.hearing_aid_requested, {}};
  for (const MeetingSession& session : sessions.values(id)) view.meetings.push_back(session);
  return view;
}
Collection<std::string, UserView> user_views(Models& models) {
  return models.collection<User>().map(user_view, sessions(models, {}).flat_map(by_user, models.collection<Meeting>()));
}

/// Each ticket of a meeting under the ticket's id.
std::vector<std::pair<std::string, Attendance>> attendances_of(const std::string& id, const Meeting& meeting,
                                                               const Collection<std::string, User>& users,
                                                               const Collection<std::string, Ticket>& tickets) {
  std::vector<std::pair<std::string, Attendance>> rows;
  for (const auto& [user_id, reference] : meeting.tickets) {
    const Ticket* ticket = tickets.get(reference.id());
    const User* user = users.get(user_id);
    if (ticket == nullptr || user == nullptr) continue;
    rows.emplace_back(reference.id(), Attendance{id, user_id, user->display_name(), ticket->role, ticket->attendance});
  }
  return rows;
}
Collection<std::string, Attendance> attendances(Models& models) {
  return models.collection<Meeting>().flat_map(attendances_of, models.collection<User>(), models.collection<Ticket>());
}

// [documents]
/// Where a session is written to: into the documents of each of its meeting's users.
std::vector<std::pair<std::string, SessionDocument>> documents_of(const std::string& id, const MeetingSession& session,
                                                                  const Collection<std::string, Meeting>& meetings) {
  std::vector<std::pair<std::string, SessionDocument>> documents;
  const Meeting* meeting = meetings.get(id);
  if (meeting == nullptr) return documents;
  for (const auto& user : meeting->users) {
    documents.emplace_back(user.path() + "/MeetingSession/" + id, SessionDocument{id, session});
  }
  return documents;
}
Collection<std::string, SessionDocument> session_documents(Models& models) {
  return sessions(models, {}).flat_map(documents_of, models.collection<Meeting>());
}
// [/documents]

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  std::string store_url = "sqlite:meeting_room.db";
  const freshet::Program program{
      .name = "meeting_room_meta",
      .about = "Shows who is in a meeting, to everyone at once. Open it in several windows.",
      .options = {{"--store", &store_url, "Where the data is: sqlite:FILE, postgres://USER@HOST/DATABASE or memory:"}}};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;

  // [service]
  auto store = freshet::Store::open(store_url);
  auto ready = store ? prepare(*store) : fail(store.error());
  if (ready) {
    freshet::Service service(options);
    freshet::LiveStore live(*store, service.graph());
    freshet::ViewModels views(service, live);
    views.add("MeetingSession", sessions, {.path = "/meeting_sessions"})
        .set<&MeetingSession::in_session>(set_in_session);
    views.add("UserView", user_views, {.path = "/users"}).set<&UserView::last_name>(set_last_name);
    views.add("Attendance", attendances).set<&Attendance::attendance>(set_attendance);
    views.form<Invitation>("Invitation", invite);
    service.files("/", web_files());

    // Sessions are documents, too, and are changed by documents: users/tijuana/MeetingSession_PATCH/1.
    freshet::Mediators mediators(service, *store);
    mediators.document<"MeetingSession">(live, sessions, session_documents)
        .set<&MeetingSession::in_session>(set_in_session);
    ready = live.start();
    if (ready) ready = live.wait_until_ready();
    if (ready) return service.run();
  }
  // [/service]
  std::fprintf(stderr, "%s\n", to_string(ready.error()).c_str());
  return 1;
}
