// SPDX-License-Identifier: MIT
#include "freshet/service/internal/sockets/client_message.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::service {
namespace {

ClientMessage read(std::string_view text) {
  auto message = read_client_message(text);
  EXPECT_TRUE(message.has_value()) << text << ": " << message.error().error.primary;
  return message.value_or(ClientMessage{});
}

TEST(ClientMessage, is_taken_apart_in_any_order_of_its_members) {
  for (const std::string text :
       {R"({"type":"subscribe","id":1,"resource":"x","params":{"a":[1,"}, "]},"since":"e-1"})",
        R"( { "since" : "e-1" , "params" : {"a":[1,"}, "]} , "resource":"x" , "id" : 1 , "type" : "subscribe" } )",
        R"({"params":{"a":[1,"}, "]}
          ,"type":"subscribe","since":"e-1","id":1,"resource":"x"})"}) {
    const ClientMessage message = read(text);
    EXPECT_EQ(message.type, ClientMessageType::subscribe);
    EXPECT_EQ(message.id, "1");
    EXPECT_EQ(message.resource, "x");
    EXPECT_EQ(message.params, R"({"a":[1,"}, "]})");
    EXPECT_EQ(message.since, "e-1");
    EXPECT_EQ(message.stream, "");
  }
}

TEST(ClientMessage, has_what_its_type_needs_and_nothing_else) {
  EXPECT_EQ(read(R"({"type":"subscribe","stream":"s"})").stream, "s");
  EXPECT_EQ(read(R"({"type":"unsubscribe","stream":"s"})").stream, "s");
  EXPECT_EQ(read(R"({"type":"write","inputs":{"x":[]}})").inputs, R"({"x":[]})");
  EXPECT_EQ(read(R"({"type":"write","inputs":"no object, but that is for others to say"})").inputs,
            R"("no object, but that is for others to say")");
  EXPECT_EQ(read(R"({"type":"ping"})").type, ClientMessageType::ping);
  EXPECT_EQ(read(R"({"type":"token","token":"a.b.c"})").token, "a.b.c");
  for (const char* const text :
       {R"({"type":"subscribe"})", R"({"type":"subscribe","resource":"x","stream":"s"})",
        R"({"type":"subscribe","stream":"s","params":{}})", R"({"type":"subscribe","resource":"x","inputs":{}})",
        R"({"type":"unsubscribe"})", R"({"type":"unsubscribe","stream":"s","resource":"x"})", R"({"type":"write"})",
        R"({"type":"write","inputs":{},"since":"1"})", R"({"type":"ping","token":"t"})", R"({"type":"token"})",
        R"({"id":1})", R"({"stream":"s"})"}) {
    EXPECT_FALSE(read_client_message(text).has_value()) << text;
  }
}

TEST(ClientMessage, has_an_id_that_is_given_back_as_it_was) {
  EXPECT_EQ(read(R"({"type":"ping","id":12})").id, "12");
  EXPECT_EQ(read(R"({"id":-1.5e3,"type":"ping"})").id, "-1.5e3");
  EXPECT_EQ(read(R"({"type":"ping","id":"a\n\"\u00e9"})").id, "\"a\\n\\\"\xc3\xa9\"");
  EXPECT_EQ(read(R"({"type":"ping","id":0})").id, "0");
  EXPECT_EQ(read(R"({"type":"ping"})").id, "");
  EXPECT_FALSE(read_client_message(R"({"type":"ping","id":")" + std::string(65, 'x') + "\"}").has_value());
  EXPECT_FALSE(read_client_message(R"({"type":"ping","id":)" + std::string(65, '1') + "}").has_value());
  for (const char* const id : {"null", "true", "[]", "{}", "[1]"}) {
    EXPECT_FALSE(read_client_message(R"({"type":"ping","id":)" + std::string(id) + "}").has_value()) << id;
  }
}

TEST(ClientMessage, is_refused_when_it_is_garbled) {
  for (const std::string text : {"",
                                 " ",
                                 "hello",
                                 "null",
                                 "1",
                                 "[]",
                                 "[1]",
                                 "\"ping\"",
                                 "{",
                                 "}",
                                 "{}",
                                 R"({"type")",
                                 R"({"type":})",
                                 R"({"type":"ping"}})",
                                 R"({"type":"ping"} {})",
                                 R"({"type":"ping",})",
                                 R"({"type":"ping" "id":1})",
                                 R"({"type":"Ping"})",
                                 R"({"type":"pings"})",
                                 R"({"type":7})",
                                 R"({"type":null})",
                                 R"({"type":["ping"]})",
                                 R"({"type":"ping","type":"ping"})",
                                 R"({"type":"ping","id":1,"id":2})",
                                 R"({"type":"ping","kind":1})",
                                 R"({'type':'ping'})",
                                 R"({"type":"subscribe","resource":1})",
                                 R"({"type":"subscribe","stream":["s"]})",
                                 R"({"type":"subscribe","resource":"x","params":{"a":}})",
                                 R"({"type":"subscribe","resource":"x","params":})",
                                 R"({"type":"subscribe","resource":"x","since":17})",
                                 R"({"type":"write","inputs":{"x":[}})"}) {
    const auto message = read_client_message(text);
    EXPECT_FALSE(message.has_value()) << text;
    if (!message) {
      EXPECT_FALSE(message.error().error.primary.empty()) << text;
    }
  }
  EXPECT_FALSE(read_client_message(std::string(100'000, '[')).has_value());
  EXPECT_FALSE(read_client_message(R"({"type":"write","inputs":)" + std::string(100'000, '[')).has_value());
}

TEST(ClientMessage, is_refused_with_its_id_where_that_could_be_read) {
  EXPECT_EQ(read_client_message(R"({"id":7,"type":"shout"})").error().id, "7");
  EXPECT_EQ(read_client_message(R"({"type":"unsubscribe","id":"x"})").error().id, "\"x\"");
  EXPECT_EQ(read_client_message(R"({"type":"shout","id":7})").error().id, "");
}

}  // namespace
}  // namespace freshet::service
