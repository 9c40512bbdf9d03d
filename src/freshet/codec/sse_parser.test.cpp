// SPDX-License-Identifier: MIT
#include "freshet/codec/sse_parser.hpp"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/codec/sse.hpp"

namespace freshet::codec {

// Found by GoogleTest beside the type.
void PrintTo(const SseEvent& event, std::ostream* out) {
  *out << '{' << event.type << ", '" << event.data << "', id '" << event.last_event_id << "'}";
}

namespace {

using Events = std::vector<SseEvent>;

Events parse(std::string_view stream, std::size_t piece_bytes) {
  SseParser parser;
  Events events;
  for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
    EXPECT_TRUE(
        parser.feed(stream.substr(at, piece_bytes), [&](SseEvent event) { events.push_back(std::move(event)); }));
  }
  return events;
}

TEST(SseParser, hands_out_events_as_their_last_line_arrives) {
  // [parser]
  SseParser parser;
  std::vector<std::string> seen;
  const auto on_event = [&](const SseEvent& event) { seen.push_back(event.type + " " + event.data); };
  EXPECT_TRUE(parser.feed("event: init\nid: 7\nda", on_event));
  EXPECT_TRUE(parser.feed("ta: []\n", on_event));
  EXPECT_TRUE(seen.empty());
  EXPECT_TRUE(parser.feed("\nda", on_event));
  EXPECT_EQ(seen, std::vector<std::string>{"init []"});
  EXPECT_EQ(parser.last_event_id(), "7");
  // [parser]
}

TEST(SseParser, follows_the_standard_however_the_stream_is_cut) {
  struct Case {
    std::string_view stream;
    Events events;
  };
  const Case cases[] = {
      {"data: a\n\n", {{.data = "a"}}},
      {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", {{.data = "a"}, {.data = "b"}, {.data = "c"}}},
      {"data: a\r\ndata: b\n\r", {{.data = "a\nb"}}},
      {"\n\n\r\r\r\n", {}},
      {"data: YHOO\ndata: +2\ndata: 10\n\n", {{.data = "YHOO\n+2\n10"}}},
      {": stream\n\ndata: first\nid: 1\n\ndata:second\nid\n\ndata:  third\n\n",
       {{.data = "first", .last_event_id = "1"}, {.data = "second"}, {.data = " third"}}},
      {"data\n\ndata\ndata\n\ndata:", {{.data = ""}, {.data = "\n"}}},
      {"data:test\n\ndata: test\n\n", {{.data = "test"}, {.data = "test"}}},
      {"event: add\ndata: 1\n\ndata: 2\n\n", {{.type = "add", .data = "1"}, {.data = "2"}}},
      {"event: a\nevent\ndata: x\n\n", {{.data = "x"}}},
      {"event: lost\n\ndata: x\n\n", {{.data = "x"}}},
      {"id: 1\n\ndata: x\n\n", {{.data = "x", .last_event_id = "1"}}},
      {"id: 1\ndata: a\n\ndata: b\n\nid:\ndata: c\n\n",
       {{.data = "a", .last_event_id = "1"}, {.data = "b", .last_event_id = "1"}, {.data = "c"}}},
      {std::string_view("id: 1\nid: 2\0\ndata: a\n\n", 22), {{.data = "a", .last_event_id = "1"}}},
      {std::string_view("data: a\0b\n\n", 11), {{.data = std::string("a\0b", 3)}}},
      {"Data: x\n data: x\ndata : x\nfoo: x\nfoo\n\n", {}},
      {"data: a:b: c\n:data: x\n\n", {{.data = "a:b: c"}}},
      {"data:\ta\n\n", {{.data = "\ta"}}},
      {"\xEF\xBB\xBF"
       "data: a\n\n",
       {{.data = "a"}}},
      {"\xEF\xBB\xBF\xEF\xBB\xBF"
       "data: a\n\ndata: b\n\n",
       {{.data = "b"}}},
      {"data: a\n\n\xEF\xBB\xBF"
       "data: b\n\n",
       {{.data = "a"}}},
      {"data: \xFF \xE2\x82 \xF0\x9F\x98\x80\n\n", {{.data = "\uFFFD \uFFFD 😀"}}},
      {"event: \xC3\nid: \xC3\ndata: \xE2\x82\n\n", {{.type = "\uFFFD", .data = "\uFFFD", .last_event_id = "\uFFFD"}}},
      {"data: unfinished\n", {}},
      {"data: unfinished", {}},
      {"data: a\n\nid: 9\ndata: unfinished\n", {{.data = "a"}}},
  };
  for (const auto& [stream, events] : cases) {
    for (std::size_t piece_bytes = 1; piece_bytes <= stream.size(); ++piece_bytes) {
      ASSERT_EQ(parse(stream, piece_bytes), events) << stream << "\nin pieces of " << piece_bytes;
    }
  }
}

TEST(SseParser, commits_the_id_of_an_event_without_data_but_not_of_one_cut_off) {
  SseParser parser;
  const auto ignore = [](const SseEvent&) {};
  ASSERT_TRUE(parser.feed("id: 1\n\nid: 2\ndata: x\n", ignore));
  EXPECT_EQ(parser.last_event_id(), "1");
  ASSERT_TRUE(parser.feed("\n", ignore));
  EXPECT_EQ(parser.last_event_id(), "2");
}

TEST(SseParser, takes_a_delay_of_digits_only) {
  const auto retry_of = [](std::string_view line) {
    SseParser parser;
    EXPECT_TRUE(parser.feed(line, [](const SseEvent&) { ADD_FAILURE(); }));
    return parser.retry();
  };
  using std::chrono::milliseconds;
  EXPECT_EQ(retry_of("retry: 1500\n"), milliseconds(1500)) << "counts at once, without an empty line";
  EXPECT_EQ(retry_of("retry:0\n"), milliseconds(0));
  EXPECT_EQ(retry_of("retry: 10\nretry: x\n"), milliseconds(10));
  EXPECT_EQ(retry_of("retry: 99999999999999999999999\n"), std::chrono::hours(24));
  for (const char* line : {"retry: -1\n", "retry: 1.5\n", "retry: 1 \n", "retry:  1\n", "retry:\n", "retry\n"}) {
    EXPECT_EQ(retry_of(line), std::nullopt) << line;
  }
}

TEST(SseParser, starts_over_with_the_next_connection_and_remembers_where_it_was) {
  SseParser parser;
  Events events;
  const auto keep = [&](SseEvent event) { events.push_back(std::move(event)); };
  ASSERT_TRUE(parser.feed("retry: 5\nid: 1\ndata: a\n\nevent: lost\nid: 2\ndata: lost\nda", keep));
  parser.restart();
  EXPECT_EQ(parser.last_event_id(), "1");
  ASSERT_TRUE(
      parser.feed("\xEF\xBB\xBF"
                  "data: b\n\n",
                  keep));
  EXPECT_EQ(events, (Events{{.data = "a", .last_event_id = "1"}, {.data = "b", .last_event_id = "1"}}));
  EXPECT_EQ(parser.retry(), std::chrono::milliseconds(5));
}

TEST(SseParser, refuses_an_event_that_is_too_long_and_stays_so) {
  for (const std::string_view endless : {"data: 0123456789", "data: 01\n", ": 0123456789", "id: 0123\nevent: 45\n"}) {
    SseParser parser({.event_bytes_max = 20});
    Events events;
    const auto keep = [&](SseEvent event) { events.push_back(std::move(event)); };
    ASSERT_TRUE(parser.feed("data: 0123456789\n\n", keep));
    Result<void> result;
    for (int i = 0; i < 20 && result; ++i) result = parser.feed(endless, keep);
    if (endless == "id: 0123\nevent: 45\n") {
      EXPECT_TRUE(result) << "a field that is set again takes no more room";
      continue;
    }
    ASSERT_FALSE(result) << endless;
    EXPECT_EQ(result.error().code, ErrorCode::too_large);
    EXPECT_FALSE(parser.feed("\n\ndata: x\n\n", keep));
    EXPECT_EQ(events.size(), 1U);
    parser.restart();
    EXPECT_TRUE(parser.feed("data: y\n\n", keep));
    EXPECT_EQ(events.size(), 2U);
  }
}

TEST(SseParser, reads_back_what_the_writer_wrote) {
  std::string stream;
  append_sse_retry(stream, std::chrono::milliseconds(10));
  append_sse_event(stream, {.event = "init", .id = "1"}, "two\nlines\n");
  append_sse_comment(stream, "still there");
  append_sse_event(stream, {.event = "update"}, "");
  append_sse_event(stream, {}, " x\r\n\r\n ");
  EXPECT_EQ(parse(stream, 3), (Events{{.type = "init", .data = "two\nlines\n", .last_event_id = "1"},
                                      {.type = "update", .data = "", .last_event_id = "1"},
                                      {.data = " x\n\n ", .last_event_id = "1"}}));
}

}  // namespace
}  // namespace freshet::codec
