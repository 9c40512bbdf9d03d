// SPDX-License-Identifier: MIT
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include "freshet/net/http2_options.hpp"
#include "freshet/net/internal/http2_preface.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/certificates.hpp"
#include "freshet/net/testing/hello_server.hpp"
#include "freshet/net/testing/http2_client.hpp"

namespace freshet::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ClientOptions;
using testing::HelloServer;
using testing::http2_frame;
using testing::http2_get;
using testing::http2_goes_away;
using testing::http2_hello;
using testing::Http2Client;
using testing::Http2Reply;
using testing::HttpClient;
using testing::kHello;

constexpr std::uint8_t kEndStream = NGHTTP2_FLAG_END_STREAM;
constexpr std::uint8_t kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

struct Reader final : OutputStreamListener {
  void on_drained() override { ++drained; }
  void on_closed(CloseReason why) override { reasons.push_back(why); }
  std::shared_ptr<OutputStream> stream;
  int drained = 0;
  std::vector<CloseReason> reasons;
};

struct Http2 : ::testing::Test, HelloServer {
  explicit Http2(ServerOptions options = {}) : HelloServer(options) {
    rig.router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
      return Response::stream({{"Content-Type", "text/event-stream"}}, [this](std::shared_ptr<OutputStream> opened) {
        readers.push_back(std::make_unique<Reader>());
        readers.back()->stream = std::move(opened);
        readers.back()->stream->set_listener(readers.back().get());
      });
    });
    rig.router.add(Method::get, "/later", [this](Request&, const PathParams&) {
      return Response::later([this](ResponseReply reply) { replies.push_back(std::move(reply)); });
    });
    rig.router.add(Method::get, "/seen", [](Request& request, const PathParams&) {
      std::string text = request.query + "\n";
      for (const Header& field : request.headers) text += field.name + "=" + field.value + "\n";
      return Response::text(text);
    });
  }
  ~Http2() override {
    for (const auto& reader : readers) reader->stream->set_listener(nullptr);
  }

  std::unique_ptr<Http2Client> connect(std::uint32_t window = 65'535, ClientOptions options = {}) {
    return std::make_unique<Http2Client>(rig.connect(std::move(options)), window);
  }
  Http2Stats stats() const { return rig.server.stats().http2; }
  /// Sends raw bytes behind a hello; what the server says until it hangs up.
  std::string tell(const std::string& bytes) { return exchange(http2_hello() + bytes); }

  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<ResponseReply> replies;
};

TEST(Http2Preface, is_known_by_its_bytes_however_few) {
  EXPECT_EQ(check_http2_preface(""), PrefaceCheck::need_more);
  for (std::size_t size = 1; size < kHttp2Preface.size(); ++size) {
    EXPECT_EQ(check_http2_preface(kHttp2Preface.substr(0, size)), PrefaceCheck::need_more);
    EXPECT_EQ(check_http2_preface(std::string(kHttp2Preface.substr(0, size)) + "x"), PrefaceCheck::absent);
  }
  EXPECT_EQ(check_http2_preface(http2_hello()), PrefaceCheck::present);
  EXPECT_EQ(check_http2_preface(kHello), PrefaceCheck::absent);
  EXPECT_EQ(check_http2_preface("POST"), PrefaceCheck::absent);
}

TEST_F(Http2, answers_requests_one_after_the_other_and_at_once) {
  const auto client = connect();
  const Http2Reply& hello = client->get("/hello");
  EXPECT_EQ(hello.status, 200);
  EXPECT_EQ(hello.body, "hello\n");
  EXPECT_EQ(hello.headers.get("content-length"), "6");
  EXPECT_FALSE(hello.headers.get("date").empty());
  EXPECT_EQ(client->request("POST", "/echo", "what is said").body, "what is said");
  EXPECT_EQ(client->get("/nothing").status, 404);
  EXPECT_EQ(client->request("DELETE", "/thing").status, 204);
  std::vector<std::int32_t> ids;
  for (int count = 0; count < 100; ++count) ids.push_back(client->begin("GET", "/hello"));
  for (const std::int32_t id : ids) EXPECT_EQ(client->wait(id).body, "hello\n");
  EXPECT_EQ(stats().requests, 104u);
  EXPECT_EQ(stats().streams, 0u);
  EXPECT_EQ(rig.server.stats().connections, 1u);
}

TEST_F(Http2, hands_over_fields_as_http_1_does) {
  const auto client = connect();
  const Http2Reply& seen =
      client->request("GET", "/seen?a=b", {}, {{"x-note", "1"}, {"cookie", "a=1"}, {"cookie", "b=2"}});
  EXPECT_EQ(seen.body, "a=b\nx-note=1\nhost=localhost\ncookie=a=1; b=2\n");
}

TEST_F(Http2, sends_no_body_to_a_head_request) {
  const auto client = connect();
  const Http2Reply& head = client->request("HEAD", "/large");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("content-length"), std::to_string(large->size()));
  EXPECT_EQ(head.body, "");
}

TEST_F(Http2, sends_and_takes_what_is_larger_than_its_windows) {
  const auto client = connect();
  EXPECT_EQ(client->get("/large").body, *large);
  const std::string body(1'000'000, 'b');
  EXPECT_EQ(client->request("POST", "/echo", body).body, body);
}

TEST_F(Http2, lets_requests_wait_for_answers_that_come_later) {
  const auto client = connect();
  const auto first = client->begin("GET", "/later");
  const auto second = client->begin("GET", "/later");
  client->wait_until([&] { return replies.size() == 2; });
  EXPECT_EQ(client->get("/hello").status, 200);  // overtakes them
  replies[1](Response::text("second"));
  EXPECT_EQ(client->wait(second).body, "second");
  replies[0].fail({ErrorCode::not_found, "there is none", "", "", ""});
  EXPECT_EQ(client->wait(first).status, 404);
}

TEST_F(Http2, tells_whoever_answers_later_that_the_client_has_gone) {
  const auto client = connect();
  const auto id = client->begin("GET", "/later");
  client->wait_until([&] { return replies.size() == 1; });
  client->reset(id);
  client->wait_until([&] { return replies[0].cancelled(); });
  EXPECT_EQ(rig.server.stats().answers_unwanted, 1u);
  replies[0](Response::text("too late"));
  EXPECT_EQ(client->get("/hello").status, 200);
}

TEST_F(Http2, ends_an_answer_that_takes_too_long) {
  const auto client = connect();
  const auto id = client->begin("GET", "/later");
  client->wait_until([&] { return replies.size() == 1; });
  rig.pass(seconds(61));
  EXPECT_EQ(client->wait(id).status, 503);
  EXPECT_EQ(rig.server.stats().answer_timeouts, 1u);
}

TEST_F(Http2, streams_to_a_hundred_over_one_connection) {
  const auto client = connect();
  std::vector<std::int32_t> ids;
  for (int count = 0; count < 100; ++count) ids.push_back(client->begin("GET", "/stream"));
  client->wait_until([&] { return readers.size() == 100; });
  EXPECT_EQ(rig.server.stats().streams, 100u);
  const Block block = make_block("data: 1\n\n");
  for (int round = 0; round < 3; ++round) {
    for (const auto& reader : readers) ASSERT_TRUE(reader->stream->write(block));
  }
  const auto writes = rig.server.stats().stream_writes;
  for (const auto id : ids) {
    client->wait_until([&] { return client->reply(id).body == "data: 1\n\ndata: 1\n\ndata: 1\n\n"; });
  }
  EXPECT_LE(rig.server.stats().stream_writes - writes, 3u);
  readers[7]->stream->close();
  EXPECT_TRUE(client->wait(ids[7]).ended);
  EXPECT_EQ(readers[7]->reasons, std::vector{CloseReason::finished});
  readers[8]->stream->abort();
  EXPECT_EQ(client->wait(ids[8]).error, NGHTTP2_CANCEL);
  EXPECT_EQ(readers[8]->reasons, std::vector{CloseReason::aborted});
  client->reset(ids[9]);
  client->wait_until([&] { return readers[9]->reasons.size() == 1; });
  EXPECT_EQ(readers[9]->reasons, std::vector{CloseReason::peer_gone});
  EXPECT_FALSE(readers[9]->stream->write(block));
  EXPECT_TRUE(readers[10]->stream->write(block));
  rig.settle();
  EXPECT_EQ(rig.server.stats().stream_queued_bytes, 0u);
}

TEST_F(Http2, does_not_let_a_stalled_stream_hold_up_the_others) {
  const auto client = connect(20'000);
  const auto stalled = client->begin("GET", "/stream");
  const auto other = client->begin("GET", "/stream");
  client->wait_until([&] { return readers.size() == 2; });
  client->stall(stalled);
  OutputStream& slow = *readers[0]->stream;
  slow.set_budget_bytes(100'000);
  std::string written;
  const std::string event = "data: " + std::string(1000, '.') + "\n\n";
  while (slow.write(make_block(event))) {
    written += event;
    rig.settle();
    client->pump();
    ASSERT_LT(written.size(), 1'000'000u);
  }
  EXPECT_LE(slow.queued_bytes(), 100'000u);
  std::string expected;
  for (int count = 0; count < 200; ++count) {
    ASSERT_TRUE(readers[1]->stream->write(make_block(event)));
    expected += event;
    client->wait_until([&] { return client->reply(other).body == expected; });
  }
  EXPECT_EQ(readers[0]->drained, 0);
  client->resume(stalled);
  client->wait_until([&] { return client->reply(stalled).body == written && readers[0]->drained == 1; });
}

TEST_F(Http2, drops_what_waits_for_a_slow_reader_but_no_part_of_a_block) {
  const auto client = connect(10'000);
  const auto id = client->begin("GET", "/stream");
  client->wait_until([&] { return readers.size() == 1; });
  client->stall(id);
  OutputStream& stream = *readers[0]->stream;
  for (int count = 0; count < 30; ++count) ASSERT_TRUE(stream.write(make_block(std::string(999, 'a') + "\n")));
  rig.settle();
  client->pump();
  EXPECT_GT(stream.drop_queue(), 15'000u);
  ASSERT_TRUE(stream.write(make_block("last\n")));
  client->resume(id);
  client->wait_until([&] { return client->reply(id).body.ends_with("last\n"); });
  EXPECT_EQ((client->reply(id).body.size() - 5) % 1000, 0u);
  EXPECT_EQ(readers[0]->drained, 1);
}

TEST_F(Http2, ends_a_stream_whose_reader_takes_nothing_and_keeps_the_others) {
  const auto client = connect(1'000);
  const auto stalled = client->begin("GET", "/stream");
  const auto other = client->begin("GET", "/stream");
  client->wait_until([&] { return readers.size() == 2; });
  client->stall(stalled);
  ASSERT_TRUE(readers[0]->stream->write(make_block(std::string(5'000, '.'))));
  client->wait_until([&] { return client->reply(stalled).body.size() == 1'000; });
  rig.pass(seconds(31));
  EXPECT_EQ(client->wait(stalled).error, NGHTTP2_CANCEL);
  EXPECT_EQ(readers[0]->reasons, std::vector{CloseReason::stalled});
  ASSERT_TRUE(readers[1]->stream->write(make_block("more")));
  client->wait_until([&] { return client->reply(other).body == "more"; });
  EXPECT_EQ(rig.server.stats().write_timeouts, 1u);
}

TEST_F(Http2, resets_a_stream_that_its_owner_lets_go_of) {
  const auto client = connect();
  const auto id = client->begin("GET", "/stream");
  client->wait_until([&] { return readers.size() == 1; });
  readers[0]->stream.reset();
  EXPECT_EQ(client->wait(id).error, NGHTTP2_CANCEL);
  EXPECT_TRUE(readers[0]->reasons.empty());
  readers.clear();
}

TEST_F(Http2, ends_all_streams_with_their_connection) {
  auto client = connect();
  client->begin("GET", "/stream");
  client->begin("GET", "/stream");
  client->wait_until([&] { return readers.size() == 2; });
  client.reset();
  EXPECT_TRUE(rig.settle_until([&] { return readers[0]->reasons.size() + readers[1]->reasons.size() == 2; }));
  EXPECT_EQ(readers[0]->reasons, std::vector{CloseReason::peer_gone});
  EXPECT_EQ(rig.server.stats().connections, 0u);
  EXPECT_EQ(stats().streams, 0u);
}

TEST_F(Http2, stops_gracefully) {
  const auto client = connect();
  const auto stream = client->begin("GET", "/stream");
  const auto later = client->begin("GET", "/later");
  client->wait_until([&] { return replies.size() == 1 && readers.size() == 1; });
  ASSERT_TRUE(readers[0]->stream->write(make_block("last words")));
  bool stopped = false;
  rig.server.stop(seconds(60), [&] { stopped = true; });
  EXPECT_EQ(client->wait(stream).body, "last words");
  EXPECT_TRUE(client->reply(stream).ended);
  client->wait_until([&] { return client->goaways().size() == 2; });
  EXPECT_EQ(client->goaways()[0], (std::pair<std::uint32_t, std::int32_t>(NGHTTP2_NO_ERROR, 0x7fffffff)));
  EXPECT_EQ(client->goaways()[1].second, later);
  EXPECT_FALSE(stopped);
  replies[0](Response::text("in time"));
  EXPECT_EQ(client->wait(later).body, "in time");
  while (!client->connection_ended()) client->pump(), rig.settle();
  client->connection().close();
  EXPECT_TRUE(rig.settle_until([&] { return stopped; }));
  EXPECT_EQ(rig.server.stats().forced_closes, 0u);
}

TEST_F(Http2, cuts_what_is_left_at_the_deadline_of_a_stop) {
  const auto client = connect();
  client->begin("GET", "/later");
  client->wait_until([&] { return replies.size() == 1; });
  bool stopped = false;
  rig.server.stop(seconds(1), [&] { stopped = true; });
  rig.pass(seconds(2));
  EXPECT_TRUE(stopped);
  EXPECT_EQ(rig.server.stats().forced_closes, 1u);
}

TEST_F(Http2, closes_connections_that_are_idle) {
  const auto client = connect();
  EXPECT_EQ(client->get("/hello").status, 200);
  rig.pass(seconds(61));
  client->pump();
  EXPECT_EQ(client->goaways().size(), 1u);
  EXPECT_EQ(rig.server.stats().idle_timeouts, 1u);
  rig.pass(seconds(3));
  EXPECT_EQ(rig.server.stats().connections, 0u);
}

TEST_F(Http2, refuses_bodies_and_heads_that_are_too_large) {
  const auto client = connect();
  EXPECT_EQ(client->request("POST", "/echo", std::string(1'100'000, 'b')).status, 413);
  EXPECT_EQ(client->request("GET", "/hello", {}, {{"x", std::string(20'000, 'x')}}).status, 431);
  EXPECT_EQ(client->request("GET", "/hello", {}, std::vector<Header>(101, Header{"x", "y"})).status, 431);
  EXPECT_EQ(client->get("/" + std::string(9'000, 'x')).status, 414);
  EXPECT_EQ(client->request("BREW", "/hello").status, 501);
  EXPECT_EQ(client->get("/hello").status, 200);
  EXPECT_EQ(rig.server.stats().head_too_large, 2u);
  EXPECT_EQ(rig.server.stats().body_too_large, 1u);
  EXPECT_EQ(rig.server.stats().uri_too_long, 1u);
}

TEST_F(Http2, ends_a_request_whose_body_does_not_come) {
  HttpClient client = rig.connect();
  std::string block = "\x83\x86\x04\x05/echo";
  block += std::string("\x01\x09") + "localhost";
  client.send(http2_hello() + http2_frame(NGHTTP2_HEADERS, kEndHeaders, 1, block));
  rig.pass(seconds(31));
  EXPECT_EQ(rig.server.stats().body_timeouts, 1u);
  EXPECT_EQ(stats().streams, 0u);
}

TEST_F(Http2, ends_a_connection_whose_head_does_not_come) {
  HttpClient client = rig.connect();
  client.send(http2_hello() + http2_frame(NGHTTP2_HEADERS, 0, 1, "\x82"));
  rig.pass(seconds(11));
  EXPECT_TRUE(http2_goes_away(client.read_to_end(), NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(rig.server.stats().head_timeouts, 1u);
}

struct SmallHttp2 : Http2 {
  SmallHttp2() : Http2({.keep_alive_requests_max = 5, .http2 = {.streams_max = 3, .resets = {1, 10}}}) {}
};

TEST_F(SmallHttp2, refuses_more_streams_than_it_may_have) {
  HttpClient client = rig.connect();
  std::string bytes = http2_hello() + http2_frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0);
  for (std::uint32_t id = 1; id < 9; id += 2) {
    bytes += http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, id, http2_get("/later"));
  }
  client.send(bytes);
  rig.settle();
  EXPECT_EQ(replies.size(), 3u);
  EXPECT_EQ(stats().streams, 3u);
}

TEST_F(SmallHttp2, sends_a_client_away_after_its_last_request_and_answers_what_runs) {
  const auto client = connect();
  for (int count = 0; count < 5; ++count) EXPECT_EQ(client->get("/hello").status, 200);
  client->wait_until([&] { return !client->goaways().empty(); });
  EXPECT_EQ(client->goaways()[0].first, NGHTTP2_NO_ERROR);
  EXPECT_EQ(rig.server.stats().keep_alive_ends, 1u);
  for (int turn = 0; turn < 100 && !client->connection_ended(); ++turn) {
    rig.settle();
    client->pump();
  }
  EXPECT_TRUE(client->connection_ended());
}

TEST_F(Http2, survives_rapid_resets) {
  std::string bytes;
  for (std::uint32_t id = 1; id < 2'001; id += 2) {
    bytes += http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, id, http2_get("/later"));
    bytes += http2_frame(NGHTTP2_RST_STREAM, 0, id, std::string("\0\0\0\x08", 4));
  }
  EXPECT_TRUE(http2_goes_away(tell(bytes), NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(stats().reset_floods, 1u);
  EXPECT_LE(replies.size(), 128u);
  EXPECT_EQ(rig.connect().get("/hello").status, 200);
}

TEST_F(Http2, survives_floods_of_frames_without_content) {
  const std::string request = http2_frame(NGHTTP2_HEADERS, kEndHeaders, 1, http2_get("/hello"));
  const std::string one(1, '\1');
  const std::vector<std::string> floods = {
      http2_frame(NGHTTP2_PING, 0, 0, std::string(8, 'p')), http2_frame(NGHTTP2_SETTINGS, 0, 0),
      http2_frame(NGHTTP2_PRIORITY, 0, 1, std::string(4, '\0') + one), http2_frame(NGHTTP2_DATA, 0, 1),
      http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string(3, '\0') + one)};
  std::uint64_t count = 0;
  for (const std::string& frame : floods) {
    std::string bytes = request;
    for (int times = 0; times < 3'000; ++times) bytes += frame;
    EXPECT_TRUE(http2_goes_away(tell(bytes), NGHTTP2_ENHANCE_YOUR_CALM)) << "frame type " << int(frame[3]);
    EXPECT_EQ(stats().control_floods, ++count) << "frame type " << int(frame[3]);
  }
}

TEST_F(Http2, survives_a_flood_of_continuations) {
  std::string bytes = http2_frame(NGHTTP2_HEADERS, kEndStream, 1, "\x82");
  for (int times = 0; times < 1'000; ++times) bytes += http2_frame(NGHTTP2_CONTINUATION, 0, 1, "");
  EXPECT_TRUE(http2_goes_away(tell(bytes), NGHTTP2_ENHANCE_YOUR_CALM));
  EXPECT_EQ(stats().continuation_floods, 1u);
}

TEST_F(Http2, survives_headers_that_expand) {
  // One large field in the table, then named again and again by one byte each.
  std::string block =
      std::string("\x82\x86\x04\x06/hello\x01\x09localhost") + "\x40\x01x\x7f\xa1\x1e" + std::string(4'000, 'v');
  block += std::string(10'000, '\xbe');
  const std::string answer = tell(http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, block.substr(0, 16'000)) +
                                  http2_frame(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0')));
  EXPECT_EQ(rig.server.stats().head_too_large, 1u);
  EXPECT_EQ(rig.server.stats().requests, 0u);
}

TEST_F(Http2, ends_connections_that_break_the_rules) {
  const std::vector<std::string> wrongs = {
      http2_frame(NGHTTP2_DATA, 0, 1, "early"),
      http2_frame(NGHTTP2_HEADERS, kEndHeaders, 2, http2_get("/hello")),
      http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, "\xff\xff\xff\xff\xff"),
      http2_frame(NGHTTP2_PING, 0, 0, "short"),
      http2_frame(NGHTTP2_SETTINGS, 0, 0, "odd"),
      http2_frame(NGHTTP2_DATA, 0, 1, std::string(20'000, 'x')),
      http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string(4, '\0')),
  };
  for (const std::string& wrong : wrongs) {
    const std::uint64_t before = stats().protocol_errors;
    tell(wrong);
    EXPECT_EQ(stats().protocol_errors, before + 1);
  }
  rig.settle();
  EXPECT_EQ(stats().connections, 0u);
}

TEST_F(Http2, refuses_malformed_requests_and_keeps_the_connection) {
  const auto client = connect();
  const auto refused = [](const Http2Reply& reply) {
    return reply.status == 400 || reply.error == NGHTTP2_PROTOCOL_ERROR;
  };
  for (const std::vector<Header>& odd : std::vector<std::vector<Header>>{
           {{"connection", "close"}}, {{"transfer-encoding", "chunked"}}, {{"te", "gzip"}}, {{"host", "other"}}}) {
    EXPECT_TRUE(refused(client->request("GET", "/hello", {}, odd))) << odd[0].name;
  }
  EXPECT_TRUE(refused(client->get("/a b")));
  EXPECT_EQ(client->get("/a#b").status, 400);
  EXPECT_EQ(client->get("/hello").status, 200);
}

TEST_F(Http2, takes_bytes_in_any_portions_and_random_ones) {
  HttpClient client = rig.connect();
  const std::string bytes =
      http2_hello() + http2_frame(NGHTTP2_HEADERS, kEndHeaders | kEndStream, 1, http2_get("/hello"));
  for (const char c : bytes) {
    client.send({&c, 1});
    rig.settle();
  }
  EXPECT_EQ(stats().requests, 1u);
  unsigned state = 1;
  for (int round = 0; round < 300; ++round) {
    std::string noisy = bytes;
    for (int change = 0; change < 4; ++change) {
      state = state * 1'664'525 + 1'013'904'223;
      noisy[24 + (state >> 8U) % (noisy.size() - 24)] = static_cast<char>(state >> 24U);
    }
    HttpClient other = rig.connect();
    other.send(noisy);
    other.shut_down_sending();
    other.read_to_end();
  }
  rig.settle();
  EXPECT_EQ(stats().connections, 1u);
}

struct WithoutHttp2 : Http2 {
  WithoutHttp2() : Http2({.http2 = {.cleartext = false}}) {}
};

TEST_F(WithoutHttp2, refuses_prior_knowledge) {
  const std::string answer = exchange(http2_hello());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 ")) << answer;
  EXPECT_EQ(stats().opened, 0u);
}

TEST(Http2Tls, is_agreed_on_and_serves_streams) {
  const testing::Certificates folder;
  const TlsOptions tls = folder.make("own");
  HelloServer server({}, tls);
  ClientOptions options;
  options.tls = {.ca_file = tls.certificate_file, .protocols = "\x02h2\x08http/1.1"};
  Http2Client client(server.rig.connect(options));
  EXPECT_EQ(client.connection().tls()->protocol(), "h2");
  EXPECT_EQ(client.get("/large").body, *server.large);
  EXPECT_EQ(server.rig.server.stats().http2.connections, 1u);
}

}  // namespace
}  // namespace freshet::net
