// SPDX-License-Identifier: MIT
// The same rules as in meta/view_access.test.cpp, in classes.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/access.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/classic/view_model.hpp"
#include "freshet/service/testing/ticket_world.hpp"

namespace freshet {
namespace {

using testing::Attendance;
using testing::done;
using ::testing::HasSubstr;
using testing::Join;
using testing::Meeting;
using ::testing::Not;
using testing::Ticket;
using testing::TicketWorld;

using Meetings = Collection<std::string, Meeting>;

class AttendanceMapper final : public OneToOneMapper<std::string, Ticket, Attendance> {
 public:
  explicit AttendanceMapper(Meetings meetings) : meetings_(std::move(meetings)) {}
  std::optional<Attendance> map_value(const Ticket& ticket) override {
    const Meeting* meeting = meetings_.get(ticket.meeting);
    if (meeting == nullptr) return std::nullopt;
    return Attendance{ticket.user, meeting->host, ticket.attendance};
  }

 private:
  Meetings meetings_;
};

// [setters]
class Attendances final : public ViewModel<Attendance> {
 public:
  Collection<std::string, Attendance> build(Models& models, const NoParams&) override {
    return models.collection<Ticket>().map<AttendanceMapper>(models.collection<Meeting>());
  }
  void describe_setters(Setters& setters) override {
    setters.set<bool>("attendance", [](StoreTransaction& transaction, const std::string& ticket, const bool& value) {
      return done(transaction.update<&Ticket::attendance>(ticket, value));
    });
    // Where it matters who asks, the caller comes last.
    setters.set<std::string>("user", [](StoreTransaction& transaction, const std::string& ticket,
                                        const std::string& user, const Caller& caller) {
      return done(transaction.update<&Ticket::user>(ticket, user == "me" ? caller.user : user));
    });
  }
};
// [/setters]

// [rules]
/// Participants see and change their own attendance, the host that of everybody.
class TheirOwn final : public AccessRule<std::string, Attendance> {
 public:
  bool may_read(const Caller& caller, const std::string& /*key*/, const Attendance& row) override {
    return caller.is_known() && (row.user == caller.user || row.host == caller.user);
  }
  bool may_write(const Caller& caller, const std::string& key, const Attendance& row) override {
    return may_read(caller, key, row);
  }
};

/// Whatever view or form a ticket is written through: its user may while the meeting is open, the host always.
class TicketRule final : public AccessRule<std::string, Ticket> {
 public:
  explicit TicketRule(Meetings meetings) : meetings_(std::move(meetings)) {}
  bool may_read(const Caller& /*caller*/, const std::string& /*key*/, const Ticket& /*ticket*/) override {
    return false;
  }
  bool may_write(const Caller& caller, const std::string& /*key*/, const Ticket& ticket) override {
    const Meeting* meeting = meetings_.get(ticket.meeting);
    if (!caller.is_known() || meeting == nullptr) return false;
    return meeting->host == caller.user || (meeting->is_open && ticket.user == caller.user);
  }

 private:
  Meetings meetings_;
};
// [/rules]

// [form]
/// Whoever hosts a meeting invites to it.
class HostsInvite final : public FormRule<Join> {
 public:
  explicit HostsInvite(Meetings meetings) : meetings_(std::move(meetings)) {}
  bool may_post(const Caller& caller, const Join& form) override {
    const Meeting* meeting = meetings_.get(form.meeting);
    return meeting != nullptr && meeting->host == caller.user;
  }

 private:
  Meetings meetings_;
};
// [/form]

// [personal]
class OwnTickets final : public FilterMapper<std::string, Ticket> {
 public:
  explicit OwnTickets(std::string user) : user_(std::move(user)) {}
  bool keep(const Ticket& ticket) override { return ticket.user == user_; }

 private:
  std::string user_;
};

class Mine final : public PersonalViewModel<Attendance> {
 public:
  Collection<std::string, Attendance> build(const Caller& caller, Models& models, const NoParams&) override {
    return models.collection<Ticket>()
        .filter<OwnTickets>(caller.user)
        .map<AttendanceMapper>(models.collection<Meeting>());
  }
};
// [/personal]

class BrokenFormRule final : public FormRule<Join> {
 public:
  bool may_post(const Caller&, const Join&) override { throw std::runtime_error("out of order"); }
};

class ReadOnly final : public AccessRule<std::string, Attendance> {
 public:
  bool may_read(const Caller&, const std::string&, const Attendance&) override { return true; }
};

Result<void> add_ticket(StoreTransaction& transaction, const Join& form) {
  return done(transaction.create(Ticket{form.ticket, form.meeting, form.user, true}));
}
Result<void> take_ticket(StoreTransaction& transaction, const Join& form, const Caller& caller) {
  return add_ticket(transaction, {form.ticket, form.meeting, caller.user});
}

class ClassicViewAccess : public ::testing::TestWithParam<const char*>, public TicketWorld {
 protected:
  ClassicViewAccess() : TicketWorld(GetParam()) {}

  void serve_all() {
    // [declare]
    const auto meetings = live.collection<Meeting>();
    views.add("Attendance", std::make_unique<Attendances>());
    service.access<std::string, Attendance>("Attendance").rule<TheirOwn>();
    service.access(live.collection<Ticket>()).rule<TicketRule>(meetings);
    views.form<Join>("Invite", add_ticket).rule<HostsInvite>(meetings);
    // [/declare]
    views.form<Join>("Take", take_ticket);
    serve();
  }
  auto patch(const std::string& who, const std::string& ticket, const std::string& body) {
    return ask(who, "PATCH", "/v1/views/Attendance/" + ticket, body);
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, ClassicViewAccess, ::testing::Values("memory", "sqlite"),
                         [](const auto& tested) { return std::string(tested.param); });

const std::string kAttend = R"({"attendance":true})";

TEST_P(ClassicViewAccess, everybody_changes_what_is_his) {
  serve_all();
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 200);
  EXPECT_EQ(patch("ann", "t_bob", kAttend).status, 404);
  EXPECT_EQ(patch("", "t_ann", kAttend).status, 404);
  const auto given_away = patch("ann", "t_ann", R"({"user":"bob"})");
  EXPECT_EQ(given_away.status, 403);
  EXPECT_THAT(given_away.body, HasSubstr("\"path\":\"$.user\""));
  EXPECT_EQ(patch("hal", "t_ann", R"({"user":"bob"})").status, 200);
  EXPECT_EQ(ticket("t_ann").user, "bob");
}

TEST_P(ClassicViewAccess, the_rules_of_models_follow_permission_data) {
  serve_all();
  put_and_show(Meeting{"party", "hal", false});
  const auto closed = patch("ann", "t_ann", kAttend);
  EXPECT_EQ(closed.status, 403);
  EXPECT_THAT(closed.body, HasSubstr("it changes a document of tickets"));
  EXPECT_FALSE(ticket("t_ann").attendance);
  const std::string take = R"({"ticket":"t_eve","meeting":"party","user":""})";
  EXPECT_EQ(ask("eve", "POST", "/v1/forms/Take", take).status, 403);
  EXPECT_EQ(ask("", "POST", "/v1/forms/Take", take).status, 401);
  put_and_show(Meeting{"party", "hal", true});
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 200);
  EXPECT_EQ(ask("eve", "POST", "/v1/forms/Take", take).status, 201);
  EXPECT_EQ(ticket("t_eve").user, "eve") << "the handler learned who asked";
}

TEST_P(ClassicViewAccess, setters_learn_who_asks) {
  serve_all();
  EXPECT_EQ(patch("hal", "t_ann", R"({"user":"me"})").status, 200);
  EXPECT_EQ(ticket("t_ann").user, "hal");
}

TEST_P(ClassicViewAccess, who_may_post_a_form_is_said_by_a_rule) {
  views.form<Join>("Broken", add_ticket).rule<BrokenFormRule>();
  serve_all();
  const std::string eve = R"({"ticket":"t_eve","meeting":"party","user":"eve"})";
  EXPECT_EQ(ask("eve", "POST", "/v1/forms/Invite", eve).status, 403);
  EXPECT_EQ(ask("", "POST", "/v1/forms/Invite", eve).status, 401);
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Broken", eve).status, 403);
  EXPECT_EQ(service.access_rules().fault_count(), 1u);
  EXPECT_FALSE(has_ticket("t_eve"));
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Invite", eve).status, 201);
  EXPECT_TRUE(has_ticket("t_eve"));
}

TEST_P(ClassicViewAccess, nobody_may_write_unless_the_rule_says_so) {
  views.add("Attendance", std::make_unique<Attendances>());
  service.access<std::string, Attendance>("Attendance").rule<ReadOnly>();
  serve();
  EXPECT_EQ(patch("hal", "t_ann", kAttend).status, 403);
  EXPECT_EQ(patch("", "t_ann", kAttend).status, 401);
  EXPECT_EQ(ask("", "GET", "/v1/views/Attendance/t_ann").status, 200);
}

TEST_P(ClassicViewAccess, a_view_may_be_computed_for_its_caller) {
  views.add("Mine", std::make_unique<Mine>(), {.lifecycle = Lifecycle::once});
  service.access<std::string, Attendance>("Mine").rule<TheirOwn>();
  serve();
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Mine").body,
            R"({"results":{"t_ann":{"user":"ann","host":"hal","attendance":false}}})");
  EXPECT_THAT(ask("bob", "GET", "/v1/views/Mine").body, Not(HasSubstr("ann")));
  EXPECT_EQ(ask("bob", "GET", "/v1/views/Mine/t_ann").status, 404);
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Mine/t_ann").status, 200);
  EXPECT_THROW(views.add("Live", std::make_unique<Mine>()), Failure);
}

}  // namespace
}  // namespace freshet
