// SPDX-License-Identifier: MIT
#include "freshet/meta/access.hpp"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>

#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/testing/message_world.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;
using testing::Membership;
using testing::Message;
using testing::MessageWorld;

// [rules]
using Memberships = Collection<std::string, Membership>;

bool may_read(const Caller& caller, const Message& message, const Memberships& memberships) {
  return memberships.get(caller.user + "/" + message.room) != nullptr;
}

bool may_write(const Caller& caller, const Message& message, const Memberships& memberships) {
  const Membership* membership = memberships.get(caller.user + "/" + message.room);
  return message.author == caller.user && membership != nullptr && membership->may_write;
}
// [/rules]

constexpr const char* kHallMessage = R"([["1",[{"room":"hall","author":"ann","text":"hello"}]]])";

struct MetaAccess : ::testing::Test, MessageWorld {
  void declare() {
    // [declare]
    service.access(messages).read(may_read, memberships).write(may_write, memberships);
    service.resource<"messages">([this] { return messages; });
    service.writable(messages);
    // [/declare]
  }
  void serve_messages() {
    declare();
    serve();
    say("1", {"hall", "ann", "hello"});
    say("2", {"attic", "bob", "hi"});
    join("ann", "hall");
    join("bob", "hall", /*may_write=*/false);
    join("bob", "attic");
  }
};

TEST_F(MetaAccess, a_snapshot_has_the_rows_that_its_caller_may_read) {
  serve_messages();
  EXPECT_EQ(look("ann", "messages").body, kHallMessage);
  EXPECT_THAT(look("bob", "messages").body, HasSubstr("\"2\""));
  EXPECT_EQ(look("eve", "messages").body, "[]");
  EXPECT_EQ(look("", "messages").body, "[]");
  const std::string key = R"({"key":"2"})";
  EXPECT_EQ(ask("ann", "POST", "/v1/snapshot/messages/lookup", key).body, "[]");
  EXPECT_THAT(ask("bob", "POST", "/v1/snapshot/messages/lookup", key).body, HasSubstr("attic"));
}

TEST_F(MetaAccess, a_stream_follows_permission_data_at_once) {
  serve_messages();
  auto ann = read("ann", "messages");
  auto bob = read("bob", "messages");
  EXPECT_EQ(ann.next_event().data, kHallMessage);
  EXPECT_EQ(bob.next_event().type, "init");

  join("ann", "attic");
  EXPECT_EQ(ann.next_event().data, R"([["2",[{"room":"attic","author":"bob","text":"hi"}]]])");
  leave("ann", "hall");
  EXPECT_EQ(ann.next_event().data, R"([["1",[]]])");
  // What is none of his is not even an empty event; a row that moves out of sight is gone.
  leave("bob", "hall");
  EXPECT_EQ(bob.next_event().data, R"([["1",[]]])");
  say("3", {"hall", "ann", "anybody there?"});
  say("2", {"cellar", "bob", "hi"});
  EXPECT_EQ(bob.next_event().data, R"([["2",[]]])");
  EXPECT_EQ(ann.next_event().data, R"([["2",[]]])");
}

TEST_F(MetaAccess, a_row_and_its_permission_that_change_in_one_commit_are_one_event) {
  serve_messages();
  auto ann = read("ann", "messages");
  ann.next_event();
  Transaction transaction;
  transaction.set(messages, "2", Message{"roof", "bob", "up here"}).set(memberships, "ann/roof", Membership{});
  transaction.erase(memberships, "ann/hall");
  commit(std::move(transaction));
  EXPECT_EQ(ann.next_event().data, R"([["1",[]],["2",[{"room":"roof","author":"bob","text":"up here"}]]])");
}

TEST_F(MetaAccess, a_write_needs_the_right_to_the_old_row_and_to_the_new_one) {
  serve_messages();
  const auto write = [this](const std::string& user, const std::string& rows) {
    return ask(user, "PATCH", "/v1/inputs/messages", rows).status;
  };
  EXPECT_EQ(write("ann", R"([["3",[{"room":"hall","author":"ann","text":"mine"}]]])"), 200);
  EXPECT_EQ(write("ann", R"([["4",[{"room":"hall","author":"bob","text":"in his name"}]]])"), 403);
  EXPECT_EQ(write("ann", R"([["2",[{"room":"hall","author":"ann","text":"over another's"}]]])"), 403);
  EXPECT_EQ(write("ann", R"([["2",[]]])"), 403);
  EXPECT_EQ(write("bob", R"([["5",[{"room":"hall","author":"bob","text":"reads only"}]]])"), 403);
  EXPECT_EQ(write("", R"([["6",[{"room":"hall","author":"","text":"who?"}]]])"), 401);
  EXPECT_EQ(write("ann", R"([["3",[]]])"), 200);
  EXPECT_EQ(messages.size(), 2u);
}

TEST_F(MetaAccess, a_refused_row_refuses_the_whole_write_and_says_which_it_was) {
  serve_messages();
  const auto answer = ask("ann", "PATCH", "/v1/inputs",
                          R"({"messages":[["7",[{"room":"hall","author":"ann","text":"fine"}]],)"
                          R"(["8",[{"room":"hall","author":"bob","text":"not fine"}]]]})");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.body, HasSubstr("$.messages[1]"));
  EXPECT_THAT(answer.body, HasSubstr("forbidden"));
  EXPECT_EQ(messages.size(), 2u);
}

TEST_F(MetaAccess, equal_callers_share_an_instance_and_others_may_not_use_it) {
  serve_messages();
  const std::string id = open("ann", "messages");
  EXPECT_EQ(open("ann", "messages"), id);
  EXPECT_NE(open("bob", "messages"), id);
  for (const char* target : {"/v1/streams/", "/v1/snapshot/"}) {
    EXPECT_EQ(ask("bob", "GET", target + id).status, 403) << target;
    EXPECT_EQ(ask("", "GET", target + id).status, 401) << target;
  }
  EXPECT_EQ(ask("bob", "DELETE", "/v1/streams/" + id).status, 403);
  EXPECT_EQ(ask("ann", "DELETE", "/v1/streams/" + id).status, 204);
}

TEST_F(MetaAccess, with_a_first_rule_the_rest_is_denied) {
  service.access(messages).read(everybody);
  service.access(memberships).write(known_callers);
  service.writable(messages);
  service.writable(memberships);
  service.resource<"memberships">([this] { return memberships; });
  serve();
  EXPECT_EQ(ask("ann", "PATCH", "/v1/inputs/messages", kHallMessage).status, 403);
  EXPECT_EQ(look("ann", "memberships").status, 403);
  EXPECT_EQ(look("", "memberships").status, 401);
  EXPECT_EQ(ask("", "PATCH", "/v1/inputs/memberships", R"([["a",[{"may_write":true}]]])").status, 401);
  EXPECT_EQ(ask("ann", "PATCH", "/v1/inputs/memberships", R"([["a",[{"may_write":true}]]])").status, 200);
}

std::string room_of(const Message& message) { return message.room; }
bool in_room(const Message& message, const std::string& room) { return message.room == room; }
bool is_admin(const Caller& caller, const std::string& /*key*/, const Message& /*row*/) {
  return caller.user == "admin";
}

struct RoomParams {
  std::string room;
};
constexpr auto describe(of<RoomParams>) { return model("room_params", field<&RoomParams::room>()); }

TEST_F(MetaAccess, what_is_made_of_rows_with_rules_is_refused_unless_it_has_rules_or_is_made_for_its_caller) {
  const auto rules = service.access(messages).read(may_read, memberships);
  service.resource<"leak">([this] { return messages.map(room_of); });
  service.resource<"joined">([this] {
    return memberships.map([](const Membership& m, const auto& all) { return m.may_write && !all.empty(); }, messages);
  });
  // [rows_for]
  service.resource<"room">([rules](const Caller& caller, const RoomParams& params) {
    return rules.rows_for(caller).filter(in_room, params.room);
  });
  service.resource<"all">([this] { return messages.filter(in_room, std::string("hall")); });
  service.access<std::string, Message>("all").read(is_admin);
  // [/rows_for]
  serve();
  say("1", {"hall", "ann", "hello"});
  join("ann", "hall");
  for (const char* resource : {"leak", "joined"}) {
    EXPECT_EQ(look("ann", resource).status, 403) << resource;
    EXPECT_EQ(ask("ann", "POST", std::string("/v1/streams/") + resource, "{}").status, 403) << resource;
    EXPECT_THAT(look("ann", resource).body, HasSubstr("messages"));
  }
  EXPECT_EQ(look("ann", "room", R"({"room":"hall"})").body, kHallMessage);
  EXPECT_EQ(look("bob", "room", R"({"room":"hall"})").body, "[]");
  EXPECT_EQ(look("admin", "all").body, kHallMessage);
  EXPECT_EQ(look("ann", "all").body, "[]");
}

TEST_F(MetaAccess, callers_without_rules_share_as_before) {
  service.access(messages).read(everybody);
  service.resource<"memberships">([this] { return memberships; });
  service.resource<"mine">([this](const Caller& caller) {
    return memberships.filter(
        [](const std::string& key, const Membership&, const std::string& user) { return key.starts_with(user + "/"); },
        caller.user);
  });
  serve();
  join("ann", "hall");
  EXPECT_EQ(open("ann", "memberships"), open("bob", "memberships"));
  EXPECT_NE(open("ann", "mine"), open("bob", "mine"));
  EXPECT_EQ(look("ann", "mine").body, R"([["ann/hall",[{"may_write":true}]]])");
  EXPECT_EQ(look("bob", "mine").body, "[]");
}

TEST_F(MetaAccess, a_rule_that_throws_denies_and_says_nothing) {
  service.access(messages)
      .read([](const Caller&, const Message& message) -> bool {
        if (message.text == "hello") throw std::runtime_error("out of order");
        return true;
      })
      .write([](const Caller&, const Message&) -> bool { throw std::runtime_error("out of order"); });
  service.resource<"messages">([this] { return messages; });
  service.writable(messages);
  serve();
  say("1", {"hall", "ann", "hello"});
  auto reader = read("ann", "messages");
  EXPECT_EQ(reader.next_event().data, "[]");
  say("2", {"hall", "ann", "hi"});
  EXPECT_EQ(reader.next_event().data, R"([["2",[{"room":"hall","author":"ann","text":"hi"}]]])");
  EXPECT_EQ(ask("ann", "PATCH", "/v1/inputs/messages", kHallMessage).status, 403);
  EXPECT_GE(service.access_rules().fault_count(), 2u);
}

TEST_F(MetaAccess, errors_of_views_are_not_shown_where_rows_may_be_hidden) {
  const auto checked = messages.map([](const Message& message) {
    if (message.text == "bad") throw std::runtime_error("a secret of somebody else");
    return message;
  });
  service.access(checked).read(may_read, memberships);
  service.resource<"checked">([checked] { return checked; });
  serve();
  join("ann", "hall");
  auto reader = read("ann", "checked");
  EXPECT_EQ(reader.next_event().data, "[]");
  say("secret-key", {"attic", "bob", "bad"});
  say("1", {"hall", "ann", "hello"});
  EXPECT_EQ(reader.next_event().data, kHallMessage);
  EXPECT_EQ(look("ann", "checked").header("Freshet-Missing-Rows"), "");
}

TEST_F(MetaAccess, rules_for_a_resource_that_is_not_are_found_at_the_start) {
  service.access<std::string, Message>("mesages").read(everybody);
  service.resource<"messages">([this] { return messages; });
  EXPECT_THROW(serve(), std::runtime_error);
}

TEST_F(MetaAccess, rules_for_rows_of_other_types_are_found_at_the_start) {
  service.resource<"messages">([this] { return messages; });
  service.access<std::string, Membership>("messages").read(everybody);
  EXPECT_THROW(serve(), std::runtime_error);
}

TEST_F(MetaAccess, nobody_looks_inside_where_there_are_rules_unless_the_program_says_so) {
  serve_messages();
  EXPECT_EQ(ask("ann", "GET", "/v1/graph").status, 404);
  EXPECT_EQ(ask("ann", "GET", "/v1/graph/why?view=messages&key=2").status, 404);
  MessageWorld open_world({.show_graph = true, .auth = {.testing = true}});
  open_world.service.access(open_world.messages).read(everybody);
  open_world.serve();
  EXPECT_EQ(open_world.ask("ann", "GET", "/v1/graph").status, 200);
}

}  // namespace
}  // namespace freshet
