// SPDX-License-Identifier: MIT
#include "freshet/codec/sse.hpp"

#include <gtest/gtest.h>

namespace freshet::codec {
namespace {

std::string event(SseFields fields, std::string_view data) {
  std::string out;
  append_sse_event(out, fields, data);
  return out;
}

TEST(Sse, writes_an_event) {
  // [event]
  std::string out;
  append_sse_event(out, {.event = "update", .id = "42"}, R"([["office",[21.5]]])");
  // [event]
  EXPECT_EQ(out, "event: update\nid: 42\ndata: [[\"office\",[21.5]]]\n\n");
}

TEST(Sse, writes_an_event_in_two_steps) {
  std::string out;
  begin_sse_event(out, {.event = "init", .id = "1"});
  out += "[]";
  end_sse_event(out);
  EXPECT_EQ(out, event({.event = "init", .id = "1"}, "[]"));
}

TEST(Sse, leaves_out_fields_that_are_empty_but_never_the_data) {
  EXPECT_EQ(event({}, "x"), "data: x\n\n");
  EXPECT_EQ(event({.id = "7"}, ""), "id: 7\ndata: \n\n");
}

TEST(Sse, keeps_a_leading_space_of_the_data) { EXPECT_EQ(event({}, " x"), "data:  x\n\n"); }

TEST(Sse, writes_each_line_of_the_data_on_its_own) {
  EXPECT_EQ(event({}, "a\nb"), "data: a\ndata: b\n\n");
  EXPECT_EQ(event({}, "a\r\nb\rc\n"), "data: a\ndata: b\ndata: c\ndata: \n\n");
  EXPECT_EQ(event({}, "\n\r"), "data: \ndata: \ndata: \n\n");
  EXPECT_EQ(event({}, "x\n\nevent: close"), "data: x\ndata: \ndata: event: close\n\n");
}

TEST(Sse, lets_nothing_be_injected_through_event_and_id) {
  EXPECT_EQ(event({.event = "a\ndata: evil\n\n", .id = "1\r\nevent: close"}, "x"),
            "event: adata: evil\nid: 1event: close\ndata: x\n\n");
  EXPECT_EQ(event({.id = std::string_view("4\0002", 3)}, "x"), "id: 42\ndata: x\n\n");
}

TEST(Sse, writes_comments_line_by_line) {
  std::string out;
  append_sse_comment(out);
  append_sse_comment(out, "two\nlines");
  EXPECT_EQ(out, ":\n:two\n:lines\n");
}

TEST(Sse, writes_the_delay_before_connecting_again) {
  std::string out;
  append_sse_retry(out, std::chrono::milliseconds(1500));
  EXPECT_EQ(out, "retry: 1500\n");
}

}  // namespace
}  // namespace freshet::codec
