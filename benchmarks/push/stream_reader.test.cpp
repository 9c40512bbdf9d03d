// SPDX-License-Identifier: MIT
#include "push/stream_reader.hpp"

#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "push/floor/wire_form.hpp"

namespace freshet::bench {
namespace {

using testing::ElementsAre;

class Listener final : public MessageSink {
 public:
  void on_open() override { told.emplace_back("open"); }
  void on_message(const Message& message) override {
    told.push_back(std::string(message.type) + "|" + std::string(message.id) + "|" + std::string(message.data));
  }
  void on_ping(std::string_view payload) override { told.push_back("ping " + std::string(payload)); }

  std::vector<std::string> told;
};

/// What is told of these bytes, cut into pieces of that size.
std::vector<std::string> read(Transport transport, std::string_view bytes, std::size_t piece) {
  StreamReader reader(transport);
  Listener listener;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    reader.receive(bytes.substr(0, piece), listener);
  EXPECT_EQ(reader.unfinished(), "");
  return listener.told;
}

std::string stream_of(WireForm& form) {
  return std::string(form.response_head()) + form.message("init", 1, "[1,[2]]") +
         form.message("update", 2, std::string(300, '7')) + form.message("update", 3, "");
}

TEST(StreamReader, reads_what_the_floor_sends_however_it_is_cut) {
  const std::string long_data = "update|floor-2|[" + std::string(300, '7') + "]";
  for (const bool is_sse : {true, false})
    for (const bool deflates : {false, true})
      for (const std::size_t piece : {1U, 7U, 10'000U}) {
        WireForm form(is_sse, deflates);
        const std::string end = is_sse ? "" : "}";
        EXPECT_THAT(read(is_sse ? Transport::sse : Transport::websocket, stream_of(form), piece),
                    ElementsAre("open", "init|floor-1|[[1,[2]]]" + end, long_data + end, "update|floor-3|[]" + end));
      }
}

TEST(StreamReader, knows_events_without_a_type_comments_and_when_to_come_back) {
  EXPECT_THAT(read(Transport::sse, "HTTP/1.1 200 OK\r\n\r\n: hi\n\nid: 7\ndata: [1]\n\nretry: 250\n\n", 5),
              ElementsAre("open", "|7|[1]", "retry||250"));
}

TEST(StreamReader, knows_pings_and_messages_without_an_envelope) {
  EXPECT_THAT(read(Transport::websocket, "HTTP/1.1 101 Yes\r\n\r\n\x89\x02hi\x81\x03[1]", 4),
              ElementsAre("open", "ping hi", "||[1]"));
}

TEST(StreamReader, refuses_an_answer_that_is_no_stream) {
  EXPECT_THROW(read(Transport::sse, "HTTP/1.1 404 Not Found\r\n\r\n", 100), std::runtime_error);
}

}  // namespace
}  // namespace freshet::bench
