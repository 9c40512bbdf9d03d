// SPDX-License-Identifier: MIT
#include "freshet/stream/event.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "freshet/stream/error_event.hpp"

namespace freshet::stream {
namespace {

EventPtr update(const std::string& id, const std::string& data) {
  EventDraft draft(EventKind::update, id, {7, 0});
  draft.text() += data;
  return draft.finish(std::make_shared<const std::string>("0af"));
}

TEST(Event, has_a_form_for_each_transport) {
  const EventPtr event = update("e-7", R"([["a",[1]]])");
  EXPECT_EQ(*event->block(Format::sse), "event: update\nid: e-7\ndata: [[\"a\",[1]]]\n\n");
  EXPECT_EQ(*event->block(Format::ndjson), "{\"event\":\"update\",\"id\":\"e-7\",\"data\":[[\"a\",[1]]]}\n");
  EXPECT_EQ(event->message().payload(), R"({"stream":"0af","event":"update","id":"e-7","data":[["a",[1]]]})");
  EXPECT_EQ(event->data(), R"([["a",[1]]])");
  EXPECT_EQ(event->position(), (Position{7, 0}));
}

TEST(Event, is_encoded_once_for_each_form_that_is_asked_for) {
  const EventPtr event = update("e-7", std::string(1000, '1'));
  const std::size_t bytes = event->bytes();
  EXPECT_EQ(event->block(Format::sse).get(), event->block(Format::sse).get());
  EXPECT_EQ(event->bytes(), bytes);
  const net::Block json = event->block(Format::ndjson);
  EXPECT_EQ(json.get(), event->block(Format::ndjson).get());
  EXPECT_GE(event->bytes(), bytes + 1000);
}

TEST(Event, does_not_keep_what_growing_its_text_left_over) {
  EventDraft draft(EventKind::update, "e-1", {});
  draft.text().reserve(1'000'000);
  draft.text() += "[]";
  EXPECT_LT(draft.finish(nullptr)->bytes(), 2'000u);
}

TEST(Event, of_a_close_has_no_id) {
  EXPECT_EQ(*close_event("null")->block(Format::sse), "event: close\ndata: null\n\n");
  EXPECT_EQ(*close_event("null")->block(Format::ndjson), "{\"event\":\"close\",\"data\":null}\n");
  EXPECT_EQ(close_event("{\"reason\":\"x\"}", std::make_shared<const std::string>("i"))->message().payload(),
            R"({"stream":"i","event":"close","data":{"reason":"x"}})");
}

TEST(Event, of_errors_knows_where_each_error_is_and_what_it_is_about) {
  EventDraft draft(EventKind::errors, "e-7", {7, 0});
  write_errors(draft, {{"view", "a\n\"b\"", "line 1\nline 2"}, {"view", "c", ""}});
  const EventPtr event = draft.finish(nullptr);
  EXPECT_EQ(
      *event->block(Format::sse),
      "event: error\nid: e-7\n"
      R"(data: [{"node":"view","key":"a\n\"b\"","error":"line 1\nline 2"},{"node":"view","key":"c","error":null}])"
      "\n\n");
  ASSERT_EQ(event->items().size(), 2u);
  EXPECT_EQ(event->item_key(event->items()[0]), R"("node":"view","key":"a\n\"b\"")");
  EXPECT_EQ(event->item_text(event->items()[0]), R"({"node":"view","key":"a\n\"b\"","error":"line 1\nline 2"})");
  EXPECT_EQ(event->item_key(event->items()[1]), R"("node":"view","key":"c")");
  EXPECT_EQ(event->item_text(event->items()[1]), R"({"node":"view","key":"c","error":null})");
}

}  // namespace
}  // namespace freshet::stream
