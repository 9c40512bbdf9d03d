// SPDX-License-Identifier: MIT
// Views that are documents and are changed by documents, as a client of the store sees them.
#include "freshet/meta/document_mediator.hpp"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/meta/verbs.hpp"
#include "freshet/service/mediators/testing/served.hpp"

namespace freshet {
namespace {

using mediators::testing::Served;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// [models]
struct Meeting {
  std::string id;
  std::string topic;
  bool is_open = true;
  std::vector<std::string> users{};
};
constexpr auto describe(of<Meeting>) {
  return model("meetings", key<&Meeting::id>(), field<&Meeting::topic>(), field<&Meeting::is_open>(),
               field<&Meeting::users>());
}
struct Session {
  std::string topic;
  bool in_session = false;
  std::int64_t users = 0;
};
constexpr auto describe(of<Session>) {
  return model("session", camel_case, field<&Session::topic>(length(1, 20)), field<&Session::in_session>(),
               field<&Session::users>());
}
/// A session as a document of each of the meeting's users: users/{user}/MeetingSession/{meeting}.
struct SessionDocument {
  std::string meeting;
  std::string topic;
  bool in_session = false;
};
constexpr auto describe(of<SessionDocument>) {
  return model("MeetingSession", key<&SessionDocument::meeting>(), field<&SessionDocument::topic>(),
               field<&SessionDocument::in_session>());
}
// [/models]

// [view]
Session session(const Meeting& meeting) {
  return {meeting.topic, meeting.is_open, static_cast<std::int64_t>(meeting.users.size())};
}
Collection<std::string, Session> sessions(Models& models) { return models.collection<Meeting>().map(session); }

std::vector<std::pair<std::string, SessionDocument>> view_refs(const std::string& id, const Meeting& meeting) {
  std::vector<std::pair<std::string, SessionDocument>> documents;
  for (const std::string& user : meeting.users) {
    documents.emplace_back("users/" + user + "/MeetingSession/" + id,
                           SessionDocument{id, meeting.topic, meeting.is_open});
  }
  return documents;
}
Collection<std::string, SessionDocument> session_documents(Models& models) {
  return models.collection<Meeting>().flat_map(view_refs);
}
// [/view]

Result<void> set_topic(StoreTransaction& transaction, const std::string& id, const std::string& topic) {
  const auto set = transaction.update<&Meeting::topic>(id, topic);
  return set ? Result<void>() : Result<void>(fail(set.error()));
}
Result<void> set_in_session(StoreTransaction& transaction, const std::string& id, const bool& value) {
  const auto meeting = transaction.get<Meeting>(id);
  if (!meeting) return fail(meeting.error());
  if ((**meeting)->is_open == value) return fail(ErrorCode::refused, "it is so already");
  const auto set = transaction.update<&Meeting::is_open>(id, value);
  return set ? Result<void>() : Result<void>(fail(set.error()));
}

using Request = ChangeRequest<"MeetingSession">;

class MetaDocuments : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE((rig.store.prepare<Meeting, SessionDocument, Request>()));
    ASSERT_TRUE(rig.store.set(Meeting{"meeting_1", "Tea", true, {"ann", "ben"}}));
    Mediators& mediators = rig.mediators;
    LiveStore& live = rig.live;
    // [document]
    mediators.document<"MeetingSession">(live, sessions, session_documents, {.requests = fast})
        .set<&Session::topic>(set_topic)
        .set<&Session::in_session>(set_in_session);
    // [/document]
    ASSERT_TRUE(live.start());
    ASSERT_TRUE(live.wait_until_ready());
    rig.serve();
  }
  std::map<std::string, std::string> documents() const {
    std::map<std::string, std::string> found;
    const auto all = rig.store.query(from<SessionDocument>().in_group()).value();
    for (const auto& document : all) {
      found[document.reference.path()] = document->topic + (document->in_session ? " open" : " closed");
    }
    return found;
  }
  void ask(const std::string& user, const Request& request) {
    // [request]
    const auto asked = rig.store.transact(
        [&](StoreTransaction& transaction) { return transaction.in(Reference() / "users" / user).create(request); });
    // [/request]
    ASSERT_TRUE(asked) << to_string(asked.error());
  }
  std::vector<Request> requests() const {
    std::vector<Request> found;
    const auto all = rig.store.query(from<Request>().in_group()).value();
    for (const auto& request : all) found.push_back(request.value);
    return found;
  }

  Served rig;
  MediatorOptions fast = mediators::testing::fast();
};

TEST_F(MetaDocuments, are_kept_where_the_view_says) {
  const std::map<std::string, std::string> both{{"users/ann/MeetingSession/meeting_1", "Tea open"},
                                                {"users/ben/MeetingSession/meeting_1", "Tea open"}};
  EXPECT_TRUE(rig.eventually([&] { return documents() == both; }));
  ASSERT_TRUE(rig.store.set(Meeting{"meeting_1", "Cake", true, {"ben"}}));
  const std::map<std::string, std::string> one{{"users/ben/MeetingSession/meeting_1", "Cake open"}};
  EXPECT_TRUE(rig.eventually([&] { return documents() == one; }));
  EXPECT_TRUE(rig.eventually([&] { return rig.status("MeetingSession").views_settled; }));
  EXPECT_GE(rig.status("MeetingSession").views_written, 3);
}

TEST_F(MetaDocuments, are_changed_by_documents_that_are_gone_with_the_change) {
  ask("ann", {.id = "1",
              .target = "meeting_1",
              .changes = Value::Object{{"inSession", Value(false)}, {"topic", Value("Cake")}}});
  EXPECT_TRUE(rig.eventually([&] { return documents()["users/ben/MeetingSession/meeting_1"] == "Cake closed"; }));
  EXPECT_THAT(requests(), IsEmpty());
  // Without a target it is the request's own id.
  ask("ben", {.id = "meeting_1", .changes = Value::Object{{"inSession", Value(true)}}});
  EXPECT_TRUE(rig.eventually([&] { return documents()["users/ann/MeetingSession/meeting_1"] == "Cake open"; }));
  EXPECT_TRUE(rig.eventually([&] { return rig.status("MeetingSession").processed == 2; }));
}

TEST_F(MetaDocuments, tell_who_asked_for_what_cannot_be_and_go_on_with_the_others) {
  const auto change = [](const char* name, Value value) { return Value(Value::Object{{name, std::move(value)}}); };
  ask("ann", {.id = "unknown", .target = "meeting_1", .changes = change("tpoic", "Cake")});
  ask("ann", {.id = "read_only", .target = "meeting_1", .changes = change("users", 7)});
  ask("ann", {.id = "type", .target = "meeting_1", .changes = change("inSession", "no")});
  ask("ann", {.id = "check", .target = "meeting_1", .changes = change("topic", "")});
  ask("ann", {.id = "list", .target = "meeting_1", .changes = Value(Value::List{Value(1)})});
  ask("ann", {.id = "missing", .target = "meeting_2", .changes = change("topic", "Cake")});
  ask("ann", {.id = "setter", .target = "meeting_1", .changes = change("inSession", true)});
  ask("ben", {.id = "good", .target = "meeting_1", .changes = change("topic", "Cake")});
  EXPECT_TRUE(rig.eventually([&] {
    const auto left = requests();
    return left.size() == 7 && std::ranges::none_of(left, [](const Request& request) { return request.error.empty(); });
  }));
  std::map<std::string, std::string> errors;
  const auto left = requests();
  for (const Request& request : left) errors[request.id] = request.error;
  EXPECT_THAT(errors["unknown"], HasSubstr("$.tpoic"));
  EXPECT_THAT(errors["unknown"], HasSubstr("topic"));
  EXPECT_THAT(errors["read_only"], HasSubstr("users is read-only"));
  EXPECT_THAT(errors["type"], HasSubstr("$.inSession"));
  EXPECT_THAT(errors["check"], HasSubstr("$.topic"));
  EXPECT_THAT(errors["list"], HasSubstr("object"));
  EXPECT_THAT(errors["missing"], HasSubstr("there is no meeting_2 in MeetingSession"));
  EXPECT_THAT(errors["setter"], HasSubstr("it is so already"));
  EXPECT_TRUE(rig.eventually([&] { return documents()["users/ann/MeetingSession/meeting_1"] == "Cake open"; }));
  const MediatorStatus status = rig.status("MeetingSession");
  EXPECT_EQ(status.dead, 7);
  EXPECT_EQ(status.retried, 0) << "trying again does not make it right";
  EXPECT_TRUE(rig.mediators.dead_letters("MeetingSession").value().empty()) << "it was told already";
}

TEST_F(MetaDocuments, take_up_a_request_that_was_mended) {
  ask("ann", {.id = "1", .target = "meeting_1", .changes = Value::Object{{"topic", Value("")}}});
  EXPECT_TRUE(rig.eventually([&] { return requests().size() == 1 && !requests()[0].error.empty(); }));
  const auto mended = rig.store.transact([&](StoreTransaction& transaction) {
    return transaction.in(Reference() / "users" / "ann")
        .set(Request{.id = "1", .target = "meeting_1", .changes = Value::Object{{"topic", Value("Cake")}}});
  });
  ASSERT_TRUE(mended);
  EXPECT_TRUE(rig.eventually([&] { return documents()["users/ann/MeetingSession/meeting_1"] == "Cake open"; }));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(MetaDocuments, leave_nothing_of_a_change_that_fails_half_way) {
  ask("ann", {.id = "1",
              .target = "meeting_1",
              // The setter of the second refuses.
              .changes = Value::Object{{"inSession", Value(true)}, {"topic", Value("Cake")}}});
  EXPECT_TRUE(rig.eventually([&] { return requests().size() == 1 && !requests()[0].error.empty(); }));
  EXPECT_EQ(rig.store.get<Meeting>("meeting_1").value()->value.topic, "Tea");
}

}  // namespace
}  // namespace freshet
