// SPDX-License-Identifier: MIT
//
// A meeting as everyone in it sees it: one view over users, tickets, meetings and locations, kept live, and changed
// through its setters. This is the classic face: mapper and view model classes. meta.cpp is the same program in
// functions.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "changes.hpp"
#include "fixture.hpp"
#include "freshet/classic/document_mediator.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/classic/view_model.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/store.hpp"
#include "views.hpp"
#include "web_files.hpp"

using freshet::Collection, freshet::Models, freshet::NoParams, freshet::StoreTransaction;
using namespace meeting_room;

namespace {

// [session]
/// What everyone sees of a meeting. All that is read here is remembered: when a ticket, a user or the location changes,
/// or the meeting refers to others, the sessions concerned are computed again, and no others.
class SessionMapper final : public freshet::OneToOneMapper<std::string, Meeting, MeetingSession> {
 public:
  SessionMapper(Collection<std::string, User> users, Collection<std::string, Ticket> tickets,
                Collection<std::string, Location> locations)
      : users_(std::move(users)), tickets_(std::move(tickets)), locations_(std::move(locations)) {}

  std::optional<MeetingSession> map_value(const Meeting& meeting) override {
    const Location* location = locations_.get(meeting.location.id());
    if (location == nullptr) return std::nullopt;
    MeetingSession session{.latitude = location->latitude,
                           .longitude = location->longitude,
                           .address = location->address,
                           .in_session = meeting.status == Status::in_session};
    if (meeting.status == Status::not_started) return session;
    auto invited = meeting.users;
    std::ranges::sort(invited, {}, &Ref<User>::id);
    for (const auto& user : invited) add_attendee(meeting, user.id(), session);
    return session;
  }

 private:
  void add_attendee(const Meeting& meeting, const std::string& id, MeetingSession& session) const {
    const auto held = meeting.tickets.find(id);
    const Ticket* ticket = held == meeting.tickets.end() ? nullptr : tickets_.get(held->second.id());
    const User* user = users_.get(id);
    if (ticket == nullptr || user == nullptr || !ticket->attendance) return;
    session.attending.push_back({user->display_name(), user->organization, user->hearing_aid_requested});
    if (user->hearing_aid_requested) ++session.num_hearing_aid_requested;
  }

  Collection<std::string, User> users_;
  Collection<std::string, Ticket> tickets_;
  Collection<std::string, Location> locations_;
};

class StatusFilter final : public freshet::FilterMapper<std::string, Meeting> {
 public:
  explicit StatusFilter(Status status) : status_(status) {}
  bool keep(const Meeting& meeting) override { return meeting.status == status_; }

 private:
  Status status_;
};
// [/session]

// [view]
class MeetingSessions final : public freshet::ViewModel<MeetingSession, SessionFilter> {
 public:
  Collection<std::string, MeetingSession> build(Models& models, const SessionFilter& filter) override {
    auto meetings = models.collection<Meeting>();
    if (filter.status) meetings = meetings.filter<StatusFilter>(*filter.status);
    return meetings.map<SessionMapper>(models.collection<User>(), models.collection<Ticket>(),
                                       models.collection<Location>());
  }
  void describe_setters(Setters& setters) override { setters.set<bool>("in_session", set_in_session); }
};
// [/view]

/// Each session under each of its meeting's users: the way back from a user to meetings.
class ByUser final : public freshet::OneToManyMapper<std::string, MeetingSession, std::string, MeetingSession> {
 public:
  explicit ByUser(Collection<std::string, Meeting> meetings) : meetings_(std::move(meetings)) {}

  std::vector<std::pair<std::string, MeetingSession>> map_value(const MeetingSession& session) override {
    std::vector<std::pair<std::string, MeetingSession>> rows;
    const Meeting* meeting = meetings_.get(key());
    if (meeting == nullptr) return rows;
    for (const auto& user : meeting->users) rows.emplace_back(user.id(), session);
    return rows;
  }

 private:
  Collection<std::string, Meeting> meetings_;
};

class UserMapper final : public freshet::OneToOneMapper<std::string, User, UserView> {
 public:
  explicit UserMapper(Collection<std::string, MeetingSession> sessions) : sessions_(std::move(sessions)) {}

  std::optional<UserView> map_value(const User& user) override {
    UserView view{user.first_name, user.last_name, user.organization, user.hearing_aid_requested, {}};
    for (const MeetingSession& session : sessions_.values(key())) view.meetings.push_back(session);
    return view;
  }

 private:
  Collection<std::string, MeetingSession> sessions_;
};

class UserViews final : public freshet::ViewModel<UserView> {
 public:
  Collection<std::string, UserView> build(Models& models, const NoParams&) override {
    const auto sessions = MeetingSessions().build(models, {});
    return models.collection<User>().map<UserMapper>(sessions.flat_map<ByUser>(models.collection<Meeting>()));
  }
  void describe_setters(Setters& setters) override { setters.set<std::string>("last_name", set_last_name); }
};

/// Each ticket of a meeting under the ticket's id.
class AttendanceMapper final : public freshet::OneToManyMapper<std::string, Meeting, std::string, Attendance> {
 public:
  AttendanceMapper(Collection<std::string, User> users, Collection<std::string, Ticket> tickets)
      : users_(std::move(users)), tickets_(std::move(tickets)) {}

  std::vector<std::pair<std::string, Attendance>> map_value(const Meeting& meeting) override {
    const std::string& id = key();
    std::vector<std::pair<std::string, Attendance>> rows;
    for (const auto& [user_id, reference] : meeting.tickets) {
      const Ticket* ticket = tickets_.get(reference.id());
      const User* user = users_.get(user_id);
      if (ticket == nullptr || user == nullptr) continue;
      rows.emplace_back(reference.id(),
                        Attendance{id, user_id, user->display_name(), ticket->role, ticket->attendance});
    }
    return rows;
  }

 private:
  Collection<std::string, User> users_;
  Collection<std::string, Ticket> tickets_;
};

class Attendances final : public freshet::ViewModel<Attendance> {
 public:
  Collection<std::string, Attendance> build(Models& models, const NoParams&) override {
    return models.collection<Meeting>().flat_map<AttendanceMapper>(models.collection<User>(),
                                                                   models.collection<Ticket>());
  }
  void describe_setters(Setters& setters) override { setters.set<bool>("attendance", set_attendance); }
};

/// Where a session is written to: into the documents of each of its meeting's users.
class DocumentMapper final
    : public freshet::OneToManyMapper<std::string, MeetingSession, std::string, SessionDocument> {
 public:
  explicit DocumentMapper(Collection<std::string, Meeting> meetings) : meetings_(std::move(meetings)) {}

  std::vector<std::pair<std::string, SessionDocument>> map_value(const MeetingSession& session) override {
    const std::string& id = key();
    std::vector<std::pair<std::string, SessionDocument>> documents;
    const Meeting* meeting = meetings_.get(id);
    if (meeting == nullptr) return documents;
    for (const auto& user : meeting->users) {
      documents.emplace_back(user.path() + "/MeetingSession/" + id, SessionDocument{id, session});
    }
    return documents;
  }

 private:
  Collection<std::string, Meeting> meetings_;
};

/// Sessions as documents, which are changed by documents: users/tijuana/MeetingSession_PATCH/1.
class SessionDocuments final : public freshet::DocumentMediator<"MeetingSession", MeetingSession, SessionDocument> {
 public:
  Collection<std::string, MeetingSession> build(Models& models) override { return MeetingSessions().build(models, {}); }
  Collection<std::string, SessionDocument> view_refs(Models& models) override {
    return build(models).flat_map<DocumentMapper>(models.collection<Meeting>());
  }
  void describe_setters(Setters& setters) override { setters.set<bool>("in_session", set_in_session); }
};

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  std::string store_url = "sqlite:meeting_room.db";
  const freshet::Program program{
      .name = "meeting_room_classic",
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
    views.add("MeetingSession", std::make_unique<MeetingSessions>(), {.path = "/meeting_sessions"});
    views.add("UserView", std::make_unique<UserViews>(), {.path = "/users"});
    views.add("Attendance", std::make_unique<Attendances>());
    views.form<Invitation>("Invitation", invite);
    service.files("/", web_files());

    freshet::Mediators mediators(service, *store);
    mediators.add_document(live, std::make_unique<SessionDocuments>());
    ready = live.start();
    if (ready) ready = live.wait_until_ready();
    if (ready) return service.run();
  }
  // [/service]
  std::fprintf(stderr, "%s\n", to_string(ready.error()).c_str());
  return 1;
}
