// SPDX-License-Identifier: MIT
#include "freshet/classic/access.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "freshet/classic/resource.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/service/testing/message_world.hpp"

namespace freshet {
namespace {

using testing::Membership;
using testing::Message;
using testing::MessageWorld;

// [rules]
class MessageRule final : public AccessRule<std::string, Message> {
 public:
  explicit MessageRule(Collection<std::string, Membership> memberships) : memberships_(std::move(memberships)) {}

  bool may_read(const Caller& caller, const std::string& /*key*/, const Message& message) override {
    return memberships_.get(caller.user + "/" + message.room) != nullptr;
  }
  bool may_write(const Caller& caller, const std::string& /*key*/, const Message& message) override {
    const Membership* membership = memberships_.get(caller.user + "/" + message.room);
    return message.author == caller.user && membership != nullptr && membership->may_write;
  }

 private:
  Collection<std::string, Membership> memberships_;
};
// [/rules]

class Messages final : public Resource<NoParams, std::string, Message> {
 public:
  explicit Messages(Collection<std::string, Message> messages) : messages_(std::move(messages)) {}
  Collection<std::string, Message> build(const NoParams&) override { return messages_; }

 private:
  Collection<std::string, Message> messages_;
};

// [personal]
class ByAuthor final : public FilterMapper<std::string, Message> {
 public:
  explicit ByAuthor(std::string author) : author_(std::move(author)) {}
  bool keep(const Message& message) override { return message.author == author_; }

 private:
  std::string author_;
};

class MyMessages final : public PersonalResource<NoParams, std::string, Message> {
 public:
  explicit MyMessages(Access<std::string, Message> access) : access_(std::move(access)) {}
  Collection<std::string, Message> build(const Caller& caller, const NoParams&) override {
    return access_.rows_for(caller).filter<ByAuthor>(caller.user);
  }

 private:
  Access<std::string, Message> access_;
};
// [/personal]

class ReadOnlyRule final : public AccessRule<std::string, Message> {
 public:
  bool may_read(const Caller&, const std::string&, const Message&) override { return true; }
};

struct ClassicAccess : ::testing::Test, MessageWorld {
  void serve_messages() {
    // [declare]
    auto access = service.access(messages).rule<MessageRule>(memberships);
    service.resource("messages", std::make_unique<Messages>(messages));
    service.resource("mine", std::make_unique<MyMessages>(access));
    service.writable(messages);
    // [/declare]
    serve();
    say("1", {"hall", "ann", "hello"});
    say("2", {"attic", "bob", "hi"});
    join("ann", "hall");
    join("bob", "attic");
  }
};

TEST_F(ClassicAccess, rows_are_read_and_written_as_the_rule_allows) {
  serve_messages();
  EXPECT_EQ(look("ann", "messages").body, R"([["1",[{"room":"hall","author":"ann","text":"hello"}]]])");
  EXPECT_EQ(look("eve", "messages").body, "[]");
  const std::string mine = R"([["3",[{"room":"hall","author":"ann","text":"mine"}]]])";
  EXPECT_EQ(ask("ann", "PATCH", "/v1/inputs/messages", mine).status, 200);
  EXPECT_EQ(ask("bob", "PATCH", "/v1/inputs/messages", mine).status, 403);
  EXPECT_EQ(ask("", "PATCH", "/v1/inputs/messages", mine).status, 401);
}

TEST_F(ClassicAccess, streams_follow_permission_data_at_once) {
  serve_messages();
  auto ann = read("ann", "messages");
  EXPECT_EQ(ann.next_event().type, "init");
  join("ann", "attic");
  EXPECT_EQ(ann.next_event().data, R"([["2",[{"room":"attic","author":"bob","text":"hi"}]]])");
  leave("ann", "attic");
  EXPECT_EQ(ann.next_event().data, R"([["2",[]]])");
}

TEST_F(ClassicAccess, a_personal_resource_is_built_for_its_caller) {
  serve_messages();
  join("ann", "attic");
  EXPECT_EQ(look("ann", "mine").body, R"([["1",[{"room":"hall","author":"ann","text":"hello"}]]])");
  EXPECT_EQ(look("bob", "mine").body, R"([["2",[{"room":"attic","author":"bob","text":"hi"}]]])");
  const std::string id = open("ann", "mine");
  EXPECT_EQ(open("ann", "mine"), id);
  EXPECT_EQ(ask("bob", "GET", "/v1/snapshot/" + id).status, 403);
}

TEST_F(ClassicAccess, nobody_may_write_unless_the_rule_says_so) {
  service.access(messages).rule<ReadOnlyRule>();
  service.writable(messages);
  serve();
  EXPECT_EQ(ask("ann", "PATCH", "/v1/inputs/messages", R"([["3",[]]])").status, 200) << "there is no such row";
  say("3", {"hall", "ann", "hello"});
  EXPECT_EQ(ask("ann", "PATCH", "/v1/inputs/messages", R"([["3",[]]])").status, 403);
}

}  // namespace
}  // namespace freshet
