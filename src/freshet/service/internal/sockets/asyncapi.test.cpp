// SPDX-License-Identifier: MIT
// That docs/asyncapi.yaml says what is so: all messages stand in it, no others, and its examples are true.
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"
#include "freshet/model/value.hpp"
#include "freshet/service/internal/sockets/client_message.hpp"
#include "freshet/service/internal/sockets/server_message.hpp"
#include "freshet/stream/event.hpp"

namespace freshet::service {
namespace {

/// What the file says of one message: the values of `type`, and its examples.
struct Described {
  std::string type;
  std::set<std::string> members;
  std::vector<std::string> examples;
};

// The part below `messages:` of `components:`, by name. The file is written by hand, two blanks to a level.
std::map<std::string, Described> read_file() {
  std::map<std::string, Described> messages;
  std::ifstream file(FRESHET_ASYNCAPI);
  bool in_components = false;
  bool in_messages = false;
  std::string name;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(' ') && !line.starts_with('#')) in_components = line == "components:";
    if (line.starts_with("  ") && line.size() > 2 && line[2] != ' ')
      in_messages = in_components && line == "  messages:";
    if (!in_messages) continue;
    if (std::regex_match(line, match, std::regex("    ([a-z]+):"))) name = match[1];
    if (std::regex_match(line, match, std::regex("          type: \\{const: ([a-z]+)\\}")))
      messages[name].type = match[1];
    if (std::regex_match(line, match, std::regex("          ([a-z]+):.*"))) messages[name].members.insert(match[1]);
    if (std::regex_match(line, match, std::regex("        - payload: (.*)")))
      messages[name].examples.push_back(match[1]);
  }
  return messages;
}

Value parsed(const std::string& text) {
  auto value = from_json<Value>(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(Value());
}

std::set<std::string> members_of(const std::string& text) {
  std::set<std::string> names;
  const Value value = parsed(text);
  if (const Value::Object* const object = value.if_object(); object != nullptr) {
    for (const auto& [name, member] : *object) names.insert(name);
  }
  return names;
}

template <class Names> std::set<std::string> set_of(const Names& names) { return {names.begin(), names.end()}; }

struct AsyncApi : ::testing::Test {
  const std::map<std::string, Described> messages = read_file();
};

TEST_F(AsyncApi, names_all_messages_and_no_others) {
  std::set<std::string> expected = set_of(kClientMessageTypes);
  expected.merge(set_of(kServerMessageTypes));
  expected.insert("event");
  std::set<std::string> names;
  for (const auto& [name, described] : messages) {
    names.insert(name);
    if (name != "event") {
      EXPECT_EQ(described.type, name);
    }
    EXPECT_FALSE(described.examples.empty()) << name;
  }
  EXPECT_EQ(names, expected);
}

TEST_F(AsyncApi, shows_examples_of_what_clients_may_send) {
  for (const std::string_view type : kClientMessageTypes) {
    const Described& described = messages.at(std::string(type));
    std::set<std::string> shown;
    for (const std::string& example : described.examples) {
      const auto message = read_client_message(example);
      ASSERT_TRUE(message.has_value()) << example << ": " << message.error().error.primary;
      EXPECT_EQ(kClientMessageTypes.at(static_cast<std::size_t>(message->type)), type);
      shown.merge(members_of(example));
    }
    // Each member that the file knows is taken.
    EXPECT_EQ(shown, described.members) << type;
  }
}

TEST_F(AsyncApi, shows_what_the_server_answers_to_the_letter) {
  const std::string stream = "0123456789abcdef0123456789abcdef";
  const std::string problem =
      R"({"type":"about:blank","title":"Not Found","status":404,"code":"not_found","primary":"there is no resource \"monitr\""})";
  const std::map<std::string, std::string> answers = {{"subscribed", subscribed_message("1", stream, false)},
                                                      {"unsubscribed", unsubscribed_message("3", stream)},
                                                      {"written", written_message("4", 18)},
                                                      {"pong", pong_message("5")},
                                                      {"authenticated", authenticated_message("6", "ada")},
                                                      {"error", error_message("1", problem)}};
  EXPECT_EQ(answers.size(), kServerMessageTypes.size());
  for (const auto& [type, answer] : answers) {
    const Described& described = messages.at(type);
    EXPECT_EQ(parsed(described.examples.at(0)), parsed(answer)) << type;
    EXPECT_EQ(members_of(answer), described.members) << type;
  }
}

TEST_F(AsyncApi, shows_events_as_they_are_sent) {
  const auto stream = std::make_shared<const std::string>("0123456789abcdef0123456789abcdef");
  const Described& described = messages.at("event");
  std::set<std::string> kinds;
  for (const std::string& example : described.examples) {
    const Value shown = parsed(example);
    const auto member = [&](const char* name) {
      const Value* value = shown.find(name);
      return value == nullptr ? std::string() : *value->if_string();
    };
    kinds.insert(member("event"));
    for (const auto kind :
         {stream::EventKind::init, stream::EventKind::update, stream::EventKind::errors, stream::EventKind::close}) {
      if (to_string(kind) != member("event")) continue;
      stream::EventDraft draft(kind, member("id"), {});
      draft.text() += to_json(*shown.find("data")).value();
      const auto event = draft.finish(stream);
      EXPECT_EQ(parsed(std::string(event->message().payload())), shown);
    }
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"init", "update", "error", "close"}));
}

}  // namespace
}  // namespace freshet::service
