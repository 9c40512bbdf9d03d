// SPDX-License-Identifier: MIT
// Access rules of view models, of the models behind them, and of forms: real sockets, real stores.
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/meta/access.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/meta/view_model.hpp"
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

// [view]
std::optional<Attendance> attendance_of(const Ticket& ticket, const Meetings& meetings) {
  const Meeting* meeting = meetings.get(ticket.meeting);
  if (meeting == nullptr) return std::nullopt;
  return Attendance{ticket.user, meeting->host, ticket.attendance};
}
Collection<std::string, Attendance> attendances(Models& models) {
  return models.collection<Ticket>().map(attendance_of, models.collection<Meeting>());
}
// [/view]

// [rules]
/// Participants see and change their own attendance, the host that of everybody.
bool is_theirs(const Caller& caller, const Attendance& row) {
  return caller.is_known() && (row.user == caller.user || row.host == caller.user);
}

/// Whatever view or form a ticket is written through: its user may while the meeting is open, the host always.
bool may_write_ticket(const Caller& caller, const Ticket& ticket, const Meetings& meetings) {
  const Meeting* meeting = meetings.get(ticket.meeting);
  if (!caller.is_known() || meeting == nullptr) return false;
  return meeting->host == caller.user || (meeting->is_open && ticket.user == caller.user);
}

/// Whoever hosts a meeting invites to it.
bool is_host(const Caller& caller, const Join& form, const Meetings& meetings) {
  const Meeting* meeting = meetings.get(form.meeting);
  return meeting != nullptr && meeting->host == caller.user;
}
// [/rules]

Result<void> set_attendance(StoreTransaction& transaction, const std::string& ticket, const bool& value) {
  return done(transaction.update<&Ticket::attendance>(ticket, value));
}
/// Gives the ticket to somebody else.
Result<void> set_user(StoreTransaction& transaction, const std::string& ticket, const std::string& user) {
  return done(transaction.update<&Ticket::user>(ticket, user));
}
Result<void> add_ticket(StoreTransaction& transaction, const Join& form) {
  return done(transaction.create(Ticket{form.ticket, form.meeting, form.user, true}));
}
// [caller]
/// Whoever asks takes a ticket for himself.
Result<std::string> take_ticket(StoreTransaction& transaction, const Join& form, const Caller& caller) {
  const auto written = transaction.create(Ticket{form.ticket, form.meeting, caller.user, true});
  if (!written) return fail(written.error());
  return caller.user;
}
Result<void> set_own_user(StoreTransaction& transaction, const std::string& ticket, const std::string& user,
                          const Caller& caller) {
  return set_user(transaction, ticket, user == "me" ? caller.user : user);
}
// [/caller]

/// Lets a test do something at the very moment at which a rule is asked, once.
std::function<void()> between;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

bool may_post_and_meanwhile(const Caller& caller, const Join& form, const Meetings& meetings) {
  const bool allowed = is_host(caller, form, meetings);
  if (auto meanwhile = std::exchange(between, nullptr)) meanwhile();
  return allowed;
}

class MetaViewAccess : public ::testing::TestWithParam<const char*>, public TicketWorld {
 protected:
  MetaViewAccess() : TicketWorld(GetParam()) {}

  void declare_view() {
    views.add("Attendance", attendances).set<&Attendance::attendance>(set_attendance).set<&Attendance::user>(set_user);
  }
  /// Rules of the view alone.
  void serve_view() {
    declare_view();
    service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
    serve();
  }
  void serve_all() {
    declare_view();
    // [declare]
    const auto meetings = live.collection<Meeting>();
    service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
    service.access(live.collection<Ticket>()).write(may_write_ticket, meetings);
    views.form<Join>("Invite", add_ticket).allow(is_host, meetings);
    // [/declare]
    views.form<Join>("Take", take_ticket);
    serve();
  }
  auto patch(const std::string& who, const std::string& ticket, const std::string& body) {
    return ask(who, "PATCH", "/v1/views/Attendance/" + ticket, body);
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, MetaViewAccess, ::testing::Values("memory", "sqlite"),
                         [](const auto& tested) { return std::string(tested.param); });

const std::string kAttend = R"({"attendance":true})";

TEST_P(MetaViewAccess, everybody_changes_what_is_his) {
  serve_all();
  const auto mine = patch("ann", "t_ann", kAttend);
  EXPECT_EQ(mine.status, 200) << mine.body;
  EXPECT_THAT(mine.body, HasSubstr(R"("value":{"user":"ann","host":"hal","attendance":true})"));
  EXPECT_TRUE(ticket("t_ann").attendance);
  EXPECT_EQ(patch("hal", "t_bob", kAttend).status, 200) << "the host";
  EXPECT_TRUE(ticket("t_bob").attendance);
}

TEST_P(MetaViewAccess, what_somebody_may_not_read_is_not_there) {
  serve_all();
  const auto others = patch("ann", "t_bob", kAttend);
  const auto missing = patch("ann", "t_eve", kAttend);
  EXPECT_EQ(others.status, 404);
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(others.body, HasSubstr("there is no t_bob in Attendance"));
  EXPECT_EQ(patch("", "t_ann", kAttend).status, 404) << "nobody";
  EXPECT_FALSE(ticket("t_bob").attendance);
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Attendance/t_bob").status, 404);
  EXPECT_THAT(ask("ann", "GET", "/v1/views/Attendance").body, Not(HasSubstr("bob")));
  EXPECT_THAT(ask("hal", "GET", "/v1/views/Attendance").body, HasSubstr("bob"));
  EXPECT_EQ(ask("ann", "PATCH", "/v1/views/Attendance/t_bob", kAttend, "If-Match: *").status, 404);
}

TEST_P(MetaViewAccess, the_row_that_would_be_there_has_to_be_allowed_as_well) {
  serve_view();
  const auto given_away = patch("ann", "t_ann", R"({"user":"bob"})");
  EXPECT_EQ(given_away.status, 403);
  EXPECT_THAT(given_away.body, HasSubstr("you may not write this row"));
  EXPECT_THAT(given_away.body, HasSubstr("\"path\":\"$.user\""));
  EXPECT_EQ(patch("ann", "t_ann", R"({"attendance":true,"user":"bob"})").status, 403);
  EXPECT_EQ(ticket("t_ann").user, "ann");
  EXPECT_FALSE(ticket("t_ann").attendance) << "nothing is half applied";
  EXPECT_EQ(patch("hal", "t_ann", R"({"user":"bob"})").status, 200);
  EXPECT_EQ(ticket("t_ann").user, "bob");
}

TEST_P(MetaViewAccess, the_row_that_results_has_to_be_allowed_whatever_was_asked_for) {
  // A setter that does something else than the request says.
  views.add("Attendance", attendances)
      .set<&Attendance::attendance>([](StoreTransaction& transaction, const std::string& ticket, const bool&) {
        return done(transaction.update<&Ticket::user>(ticket, std::string("eve")));
      });
  service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
  serve();
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 403);
  EXPECT_EQ(ticket("t_ann").user, "ann");
  EXPECT_EQ(patch("hal", "t_ann", kAttend).status, 200) << "he may write it whosever it is";
  EXPECT_EQ(ticket("t_ann").user, "eve");
}

TEST_P(MetaViewAccess, a_row_may_leave_the_view_by_a_write) {
  views.add("Attendance", attendances)
      .set<&Attendance::attendance>([](StoreTransaction& transaction, const std::string& ticket, const bool&) {
        return done(transaction.remove<Ticket>(ticket));
      });
  service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
  serve();
  const auto gone = patch("ann", "t_ann", kAttend);
  EXPECT_EQ(gone.status, 200);
  EXPECT_THAT(gone.body, HasSubstr("\"value\":null"));
  EXPECT_FALSE(has_ticket("t_ann"));
}

bool reads_own(const Caller& caller, const Attendance& row) { return row.user == caller.user; }

TEST_P(MetaViewAccess, the_answer_shows_no_row_that_may_not_be_read) {
  declare_view();
  service.access<std::string, Attendance>("Attendance").read(reads_own).write(known_callers);
  serve();
  const auto given = patch("ann", "t_ann", R"({"user":"bob"})");
  EXPECT_EQ(given.status, 200) << given.body;
  EXPECT_THAT(given.body, HasSubstr("\"value\":null"));
  EXPECT_EQ(given.header("ETag"), "");
}

TEST_P(MetaViewAccess, a_rule_to_read_is_none_to_write_and_the_other_way_round) {
  declare_view();
  views.add("Other", attendances).set<&Attendance::attendance>(set_attendance);
  service.access<std::string, Attendance>("Attendance").read(everybody);
  service.access<std::string, Attendance>("Other").write(everybody);
  serve();
  const auto known = patch("ann", "t_ann", kAttend);
  EXPECT_EQ(known.status, 403);
  EXPECT_THAT(known.body, HasSubstr("clients may not write to Attendance"));
  EXPECT_THAT(known.body, HasSubstr("\"path\":\"$\""));
  const auto unknown = patch("", "t_ann", kAttend);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(ask("hal", "PATCH", "/v1/views/Other/t_ann", kAttend).status, 404) << "nobody may read it";
  EXPECT_EQ(ask("hal", "GET", "/v1/views/Other/t_ann").status, 403);
  EXPECT_EQ(ask("", "GET", "/v1/views/Other").status, 401);
  EXPECT_FALSE(ticket("t_ann").attendance);
}

TEST_P(MetaViewAccess, unknown_callers_are_asked_who_they_are) {
  declare_view();
  service.access<std::string, Attendance>("Attendance").read(everybody).write(is_theirs);
  serve();
  EXPECT_EQ(patch("", "t_ann", kAttend).status, 401);
  EXPECT_EQ(patch("bob", "t_ann", kAttend).status, 403);
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 200);
}

TEST_P(MetaViewAccess, the_rules_of_models_hold_whatever_they_are_written_through) {
  serve_all();
  put_and_show(Meeting{"party", "hal", false});
  const auto closed = patch("ann", "t_ann", kAttend);
  EXPECT_EQ(closed.status, 403) << "the view allows it, the ticket does not";
  EXPECT_THAT(closed.body, HasSubstr("it changes a document of tickets"));
  EXPECT_THAT(closed.body, HasSubstr("\"path\":\"$.attendance\""));
  EXPECT_FALSE(ticket("t_ann").attendance);
  EXPECT_EQ(patch("hal", "t_ann", kAttend).status, 200);

  const std::string take = R"({"ticket":"t_eve","meeting":"party","user":""})";
  const auto taken = ask("eve", "POST", "/v1/forms/Take", take);
  EXPECT_EQ(taken.status, 403) << "a form is no way round them";
  EXPECT_THAT(taken.body, HasSubstr("\"path\":\"$\""));
  EXPECT_EQ(ask("", "POST", "/v1/forms/Take", take).status, 401);
  EXPECT_FALSE(has_ticket("t_eve"));
  put_and_show(Meeting{"party", "hal", true});
  EXPECT_EQ(ask("eve", "POST", "/v1/forms/Take", take).status, 201);
  EXPECT_EQ(ticket("t_eve").user, "eve");
}

TEST_P(MetaViewAccess, a_permission_that_changes_between_two_requests_counts) {
  serve_all();
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 200);
  put_and_show(Meeting{"party", "hal", false});
  EXPECT_EQ(patch("ann", "t_ann", R"({"attendance":false})").status, 403);
  put_and_show(Meeting{"party", "ann", false});
  EXPECT_EQ(patch("ann", "t_ann", R"({"attendance":false})").status, 200);
  put_and_show(Ticket{"t_ann", "party", "bob", false});
  EXPECT_EQ(patch("bob", "t_ann", kAttend).status, 403) << "his now, but the meeting is closed";
  EXPECT_EQ(patch("hal", "t_ann", kAttend).status, 404);
}

TEST_P(MetaViewAccess, one_refused_document_refuses_all) {
  views.form<Join>("InviteTwo", [](StoreTransaction& transaction, const Join& form) -> Result<void> {
    if (auto first = add_ticket(transaction, form); !first) return first;
    return add_ticket(transaction, {form.ticket + "_2", form.meeting, "somebody"});
  });
  serve_all();
  const std::string two = R"({"ticket":"t_eve","meeting":"party","user":"eve"})";
  EXPECT_EQ(ask("eve", "POST", "/v1/forms/InviteTwo", two).status, 403);
  EXPECT_FALSE(has_ticket("t_eve"));
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/InviteTwo", two).status, 201);
  EXPECT_TRUE(has_ticket("t_eve"));
  EXPECT_TRUE(has_ticket("t_eve_2"));
}

TEST_P(MetaViewAccess, writes_past_the_typed_calls_are_checked_too) {
  views.form<Join>("Remove", [](StoreTransaction& transaction, const Join& form) -> Result<void> {
    store::Write write{.kind = store::WriteKind::remove, .table = &store::table_of<Ticket>()};
    write.key.id = form.ticket;
    return done(transaction.backend().write(write));
  });
  serve_all();
  const std::string ann = R"({"ticket":"t_ann","meeting":"","user":""})";
  EXPECT_EQ(ask("bob", "POST", "/v1/forms/Remove", ann).status, 403);
  EXPECT_TRUE(has_ticket("t_ann"));
  EXPECT_EQ(ask("ann", "POST", "/v1/forms/Remove", ann).status, 201);
  EXPECT_FALSE(has_ticket("t_ann"));
}

/// The same table under another name in the program.
struct TicketNote {
  std::string id;
  std::string user;
};
constexpr auto describe(of<TicketNote>) { return model("tickets", key<&TicketNote::id>(), field<&TicketNote::user>()); }

TEST_P(MetaViewAccess, another_struct_over_the_same_table_is_no_way_round) {
  ASSERT_TRUE(store.prepare<TicketNote>());
  views.form<Join>("Forget", [](StoreTransaction& transaction, const Join& form) {
    return transaction.remove<TicketNote>(form.ticket);
  });
  serve_all();
  const std::string forget = R"({"ticket":"t_ann","meeting":"","user":""})";
  EXPECT_EQ(ask("bob", "POST", "/v1/forms/Forget", forget).status, 403);
  EXPECT_TRUE(has_ticket("t_ann"));
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Forget", forget).status, 201);
  EXPECT_FALSE(has_ticket("t_ann"));
}

TEST_P(MetaViewAccess, documents_elsewhere_are_not_of_the_collection_with_the_rules) {
  views.form<Join>("Draft", [](StoreTransaction& transaction, const Join& form) {
    const Reference party = Reference::parse("meetings/party").value();
    return done(transaction.in(party).set(Ticket{form.ticket, form.meeting, form.user, false}));
  });
  serve_all();
  const std::string draft = R"({"ticket":"t_ann","meeting":"party","user":"bob"})";
  EXPECT_EQ(ask("bob", "POST", "/v1/forms/Draft", draft).status, 201);
  EXPECT_EQ(ticket("t_ann").user, "ann");
}

TEST_P(MetaViewAccess, only_so_many_documents_with_rules_may_be_written_at_once) {
  ViewModels few(service, live, {.ruled_documents_max = 1});
  few.form<Join>("Two", [](StoreTransaction& transaction, const Join&) -> Result<void> {
    static_cast<void>(set_attendance(transaction, "t_ann", true));
    static_cast<void>(set_attendance(transaction, "t_bob", true));
    return {};
  });
  serve_all();
  const auto many = ask("hal", "POST", "/v1/forms/Two", R"({"ticket":"","meeting":"","user":""})");
  EXPECT_GE(many.status, 400) << "although the handler took no notice";
  EXPECT_THAT(many.body, HasSubstr("the limit is 1"));
  EXPECT_FALSE(ticket("t_ann").attendance);
}

TEST_P(MetaViewAccess, who_may_post_a_form_is_said_by_a_rule) {
  serve_all();
  const std::string eve = R"({"ticket":"t_eve","meeting":"party","user":"eve"})";
  const auto refused = ask("eve", "POST", "/v1/forms/Invite", eve);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("you may not post this form"));
  EXPECT_THAT(refused.body, HasSubstr("\"path\":\"$\""));
  EXPECT_EQ(ask("", "POST", "/v1/forms/Invite", eve).status, 401);
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Invite", R"({"ticket":"t","meeting":"other","user":"eve"})").status, 403);
  EXPECT_FALSE(has_ticket("t_eve"));
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Invite", eve).status, 201);
  EXPECT_EQ(ticket("t_eve").user, "eve");
}

TEST_P(MetaViewAccess, what_goes_wrong_is_told_to_those_who_may_write_it) {
  serve_all();
  const std::string again = R"({"ticket":"t_ann","meeting":"party","user":""})";
  EXPECT_EQ(ask("bob", "POST", "/v1/forms/Take", again).status, 403) << "not even that there is one already";
  EXPECT_EQ(ask("ann", "POST", "/v1/forms/Take", again).status, 409);
}

TEST_P(MetaViewAccess, the_right_to_post_is_decided_in_the_transaction_too) {
  views.form<Join>("Invite", add_ticket).allow(may_post_and_meanwhile, live.collection<Meeting>());
  views.add("Attendance", attendances);
  serve();
  between = [this] { put(Meeting{"party", "eve"}); };
  const auto refused = ask("hal", "POST", "/v1/forms/Invite", R"({"ticket":"t","meeting":"party","user":"u"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("you may not post this form"));
  EXPECT_FALSE(has_ticket("t"));
}

TEST_P(MetaViewAccess, handlers_learn_who_asks) {
  views.add("Attendance", attendances).set<&Attendance::user>(set_own_user);
  views.form<Join>("Take", take_ticket);
  serve();
  const auto taken = ask("eve", "POST", "/v1/forms/Take", R"({"ticket":"t_eve","meeting":"party","user":""})");
  EXPECT_EQ(taken.status, 201);
  EXPECT_THAT(taken.body, HasSubstr(R"("value":"eve")"));
  EXPECT_EQ(patch("bob", "t_eve", R"({"user":"me"})").status, 200);
  EXPECT_EQ(ticket("t_eve").user, "bob");
}

TEST_P(MetaViewAccess, a_rule_that_throws_denies) {
  declare_view();
  const auto broken = [](const Caller&, const auto&) -> bool { throw std::runtime_error("out of order"); };
  service.access<std::string, Attendance>("Attendance").read(everybody).write(broken);
  service.access(live.collection<Ticket>()).write(broken);
  views.form<Join>("Take", take_ticket);
  views.form<Join>("Never", take_ticket).allow(broken);
  serve();
  EXPECT_EQ(patch("hal", "t_ann", kAttend).status, 403);
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Take", R"({"ticket":"t","meeting":"party","user":""})").status, 403);
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Never", R"({"ticket":"t","meeting":"party","user":""})").status, 403);
  EXPECT_EQ(service.access_rules().fault_count(), 3u);
  EXPECT_FALSE(has_ticket("t"));
}

bool may_write_and_meanwhile(const Caller& caller, const Ticket& ticket, const Meetings& meetings) {
  const bool allowed = may_write_ticket(caller, ticket, meetings);
  if (auto meanwhile = std::exchange(between, nullptr)) meanwhile();
  return allowed;
}

TEST_P(MetaViewAccess, a_right_that_is_taken_away_while_it_is_decided_does_not_count) {
  declare_view();
  service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
  service.access(live.collection<Ticket>()).write(may_write_and_meanwhile, live.collection<Meeting>());
  serve();
  // In the store, but not yet in the graph that the rule reads.
  between = [this] { put(Meeting{"party", "hal", false}); };
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 403);
  EXPECT_FALSE(ticket("t_ann").attendance);
  EXPECT_FALSE(between) << "it was decided, and then again";
}

TEST_P(MetaViewAccess, a_row_that_changes_while_it_is_decided_is_decided_anew) {
  declare_view();
  service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
  service.access(live.collection<Ticket>()).write(may_write_and_meanwhile, live.collection<Meeting>());
  serve();
  between = [this] { put(Ticket{"t_ann", "party", "bob", false}); };
  EXPECT_EQ(patch("ann", "t_ann", kAttend).status, 404) << "it is bob's now";
  EXPECT_FALSE(ticket("t_ann").attendance);
  put_and_show(Ticket{"t_ann", "party", "bob", true});
  between = [this] { put(Ticket{"t_bob", "party", "bob", true}); };
  EXPECT_EQ(patch("bob", "t_ann", R"({"attendance":false})").status, 200) << "other rows are in nobody's way";
  EXPECT_FALSE(between);
  EXPECT_FALSE(ticket("t_ann").attendance);
}

bool may_write_ever_anew(const Caller&, const Ticket&, const Meetings& meetings) {
  if (between) between();
  return meetings.get("party") != nullptr;
}

TEST_P(MetaViewAccess, deciding_comes_to_an_end) {
  declare_view();
  service.access<std::string, Attendance>("Attendance").read(everybody).write(everybody);
  service.access(live.collection<Ticket>()).write(may_write_ever_anew, live.collection<Meeting>());
  serve();
  int count = 0;
  between = [this, &count] { put(Meeting{"party", "host " + std::to_string(++count)}); };
  const auto tired = patch("ann", "t_ann", kAttend);
  between = nullptr;
  EXPECT_EQ(tired.status, 409);
  EXPECT_THAT(tired.body, HasSubstr("again and again"));
  EXPECT_FALSE(ticket("t_ann").attendance);
}

TEST_P(MetaViewAccess, who_gives_himself_a_right_does_not_have_it_yet) {
  views.form<Join>("Seize", [](StoreTransaction& transaction, const Join& form, const Caller& caller) -> Result<void> {
    if (auto host = transaction.update<&Meeting::host>(form.meeting, caller.user); !host) return fail(host.error());
    return add_ticket(transaction, form);
  });
  serve_all();
  const std::string body = R"({"ticket":"t_eve","meeting":"party","user":"somebody"})";
  EXPECT_EQ(ask("eve", "POST", "/v1/forms/Seize", body).status, 403) << "rules read what was before the write";
  EXPECT_EQ(store.get<Meeting>("party").value().value().value.host, "hal");
  EXPECT_EQ(ask("hal", "POST", "/v1/forms/Seize", body).status, 201);
}

TEST_P(MetaViewAccess, what_the_program_writes_is_not_checked) {
  serve_all();
  auto reader = connect();
  const auto opened = ask("ann", "POST", "/v1/streams/Attendance", "{}");
  reader.open_stream("/v1/streams/" + opened.body.substr(16, opened.body.find('"', 16) - 16),
                     {"Authorization: Bearer ann"});
  EXPECT_THAT(reader.next_event().data, HasSubstr("t_ann"));
  put(Meeting{"party", "hal", false});
  put(Ticket{"t_ann", "party", "ann", true});
  EXPECT_THAT(reader.next_event().data, HasSubstr("\"attendance\":true"));
}

TEST_P(MetaViewAccess, a_patch_is_conditional_for_those_who_may_read) {
  serve_all();
  const std::string etag(ask("ann", "GET", "/v1/views/Attendance/t_ann").header("ETag"));
  EXPECT_EQ(ask("ann", "PATCH", "/v1/views/Attendance/t_ann", kAttend, "If-Match: " + etag).status, 200);
  EXPECT_EQ(ask("ann", "PATCH", "/v1/views/Attendance/t_ann", kAttend, "If-Match: " + etag).status, 412);
  const auto others = ask("bob", "PATCH", "/v1/views/Attendance/t_ann", kAttend, "If-Match: " + etag);
  EXPECT_EQ(others.status, 404);
}

std::vector<std::pair<std::string, Attendance>> twice(const std::string& key, const Ticket& ticket) {
  return {{key, {ticket.user, "", ticket.attendance}}};
}

TEST_P(MetaViewAccess, a_view_whose_rows_no_transaction_can_compute_takes_no_patch) {
  views.add("Attendance", [](Models& models) { return models.collection<Ticket>().flat_map(twice); })
      .set<&Attendance::attendance>(set_attendance);
  service.access<std::string, Attendance>("Attendance").read(everybody).write(everybody);
  serve();
  const auto refused = patch("ann", "t_ann", kAttend);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("cannot be computed once"));
  EXPECT_EQ(patch("", "t_ann", kAttend).status, 401);
  EXPECT_FALSE(ticket("t_ann").attendance);
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Attendance/t_ann").status, 200);
}

TEST_P(MetaViewAccess, rows_that_fail_are_not_there_for_those_who_see_only_some) {
  views.add("Attendance", [](Models& models) {
    return models.collection<Ticket>().map([](const Ticket& ticket) -> Attendance {
      if (ticket.user == "bob") throw std::runtime_error("a secret of bob");
      return {ticket.user, "", ticket.attendance};
    });
  });
  service.access<std::string, Attendance>("Attendance").read(is_theirs);
  serve();
  const auto row = ask("ann", "GET", "/v1/views/Attendance/t_bob");
  EXPECT_EQ(row.status, 404);
  EXPECT_THAT(row.body, Not(HasSubstr("secret")));
}

// [personal]
bool belongs_to(const Ticket& ticket, const std::string& user) { return ticket.user == user; }

Collection<std::string, Attendance> own_attendances(const Caller& caller, Models& models) {
  return models.collection<Ticket>().filter(belongs_to, caller.user).map(attendance_of, models.collection<Meeting>());
}
// [/personal]

TEST_P(MetaViewAccess, views_that_are_computed_once_have_rules_too) {
  views.add("Once", attendances, {.lifecycle = Lifecycle::once}).set<&Attendance::attendance>(set_attendance);
  views.add("Bare", attendances, {.lifecycle = Lifecycle::once}).set<&Attendance::attendance>(set_attendance);
  // [once]
  views.add("Mine", own_attendances, {.lifecycle = Lifecycle::once});
  service.access<std::string, Attendance>("Once").read(is_theirs).write(is_theirs);
  service.access<std::string, Attendance>("Mine").read(known_callers);
  // [/once]
  service.access(live.collection<Ticket>()).write(may_write_ticket, live.collection<Meeting>());
  serve();
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Once/t_ann").status, 200);
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Once/t_bob").status, 404);
  EXPECT_EQ(ask("", "GET", "/v1/views/Once/t_bob").status, 404);
  EXPECT_EQ(ask("ann", "GET", "/v1/views/Once").body,
            R"({"results":{"t_ann":{"user":"ann","host":"hal","attendance":false}}})");
  EXPECT_THAT(ask("hal", "GET", "/v1/views/Once").body, HasSubstr("t_bob"));
  EXPECT_EQ(ask("bob", "PATCH", "/v1/views/Once/t_ann", kAttend).status, 404);
  const auto changed = ask("ann", "PATCH", "/v1/views/Once/t_ann", kAttend);
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_THAT(changed.body, HasSubstr("\"attendance\":true"));

  EXPECT_THAT(ask("ann", "GET", "/v1/views/Mine").body, HasSubstr("t_ann"));
  EXPECT_THAT(ask("ann", "GET", "/v1/views/Mine").body, Not(HasSubstr("t_bob")));
  EXPECT_EQ(ask("bob", "GET", "/v1/views/Mine/t_ann").status, 404);
  EXPECT_EQ(ask("", "GET", "/v1/views/Mine").body, R"({"results":{}})");

  EXPECT_EQ(ask("hal", "GET", "/v1/views/Bare/t_ann").status, 403) << "no rule reaches there";
  EXPECT_EQ(ask("", "GET", "/v1/views/Bare").status, 401);
  EXPECT_EQ(ask("hal", "PATCH", "/v1/views/Bare/t_ann", kAttend).status, 403);
  EXPECT_THROW(views.add("Live", own_attendances), Failure);
}

TEST_P(MetaViewAccess, rules_of_once_views_are_about_their_rows) {
  views.add("Once", attendances, {.lifecycle = Lifecycle::once});
  service.access<std::string, Ticket>("Once").read(everybody);
  EXPECT_THROW(serve(), std::runtime_error);
}

TEST_P(MetaViewAccess, what_cannot_be_checked_is_refused) {
  // Its store is that of `live`, but it does not know that.
  ViewModels apart(service, store);
  apart.form<Join>("Apart", add_ticket);
  serve_all();
  const std::string eve = R"({"ticket":"t_eve","meeting":"party","user":"eve"})";
  const auto refused = ask("hal", "POST", "/v1/forms/Apart", eve);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("LiveStore"));
  EXPECT_FALSE(has_ticket("t_eve"));
}

TEST(MetaViewAccessOfProcesses, what_another_process_writes_is_not_checked) {
  TicketWorld world("sqlite");
  world.views.add("Attendance", attendances).set<&Attendance::attendance>(set_attendance);
  world.service.access<std::string, Attendance>("Attendance").read(is_theirs).write(is_theirs);
  world.service.access(world.live.collection<Ticket>()).write(may_write_ticket, world.live.collection<Meeting>());
  world.serve();
  // A store of its own on the same file, as another process would have it.
  const Store other = Store::open(world.place.url()).value();
  ASSERT_TRUE((other.prepare<Meeting, Ticket>()));
  ASSERT_TRUE(other.set(Meeting{"party", "eve", false}));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (world.ask("eve", "GET", "/v1/views/Attendance/t_ann").status != 200) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  EXPECT_EQ(world.ask("ann", "PATCH", "/v1/views/Attendance/t_ann", kAttend).status, 403) << "closed by the other";
  EXPECT_EQ(world.ask("eve", "PATCH", "/v1/views/Attendance/t_ann", kAttend).status, 200);
}

}  // namespace
}  // namespace freshet
