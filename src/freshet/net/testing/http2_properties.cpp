// SPDX-License-Identifier: MIT
#include "freshet/net/testing/http2_properties.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/http2_preface.hpp"
#include "freshet/net/output_stream.hpp"
#include "freshet/net/testing/hello_server.hpp"

namespace freshet::net::testing {
namespace {

constexpr std::size_t kFrameHeaderBytes = 9;
constexpr std::size_t kFrameBytesMax = 16 * 1024;  // unless the client allows more, which inputs may
constexpr std::string_view kEmptySettings{"\0\0\0\4\0\0\0\0\0", kFrameHeaderBytes};

/// Small limits, so that inputs reach them; streams and late answers beside plain ones.
struct World : HelloServer {
  World() : HelloServer(options()) {
    rig.router.add(Method::get, "/stream", [this](Request&, const PathParams&) {
      return Response::stream({{"Content-Type", "text/event-stream"}}, [this](std::shared_ptr<OutputStream> stream) {
        static_cast<void>(stream->write(make_block("data: first\n\n")));
        streams.push_back(std::move(stream));
      });
    });
    rig.router.add(Method::get, "/later", [this](Request&, const PathParams&) {
      return Response::later([this](ResponseReply reply) { replies.push_back(std::move(reply)); });
    });
  }
  static ServerOptions options() {
    ServerOptions options;
    options.head_bytes_max = 1024;
    options.body_bytes_max = 512;
    options.http2.streams_max = 4;
    options.http2.buffered_bytes_max = 1024;
    options.http2.resets = {.per_second = 1, .burst = 8};
    options.http2.control_frames = {.per_second = 1, .burst = 16};
    return options;
  }

  std::vector<std::shared_ptr<OutputStream>> streams;
  std::vector<ResponseReply> replies;
};

/// Whole frames, of sizes and types that there are; the last one may be cut off by the end.
void check_frames(std::string_view bytes) {
  constexpr unsigned char kTypeMax = 9;
  while (bytes.size() >= kFrameHeaderBytes) {
    const auto byte = [&](std::size_t index) { return std::size_t{static_cast<unsigned char>(bytes[index])}; };
    const std::size_t size = (byte(0) << 16U) + (byte(1) << 8U) + byte(2);
    FRESHET_ASSERT(size <= kFrameBytesMax && byte(3) <= kTypeMax);
    bytes.remove_prefix(std::min(bytes.size(), kFrameHeaderBytes + size));
  }
}

void converse(World& world, std::string_view bytes, std::size_t portion) {
  HttpClient client = world.rig.connect();
  std::string answer;
  const auto take = [&] {
    world.rig.settle();
    answer += client.read_available();
  };
  try {
    client.send(std::string(kHttp2Preface) + std::string(kEmptySettings));
    take();
    for (std::size_t at = 0; at < bytes.size(); at += portion) {
      client.send(bytes.substr(at, portion));
      take();
    }
  } catch (const std::runtime_error&) {
    // The server has had enough, and closed.
  }
  take();
  for (ResponseReply& reply : std::exchange(world.replies, {})) reply(Response::text("late"));
  for (const auto& stream : world.streams) static_cast<void>(stream->write(make_block("data: more\n\n")));
  take();
  check_frames(answer);
  client.close();
  world.rig.settle();
  world.streams.clear();
  // What the client left behind ends by its deadlines.
  for (int minute = 0; minute < 3; ++minute) world.rig.pass(std::chrono::minutes(1));
}

}  // namespace

void check_http2_session(std::string_view bytes) {
  World world;
  converse(world, bytes, std::max<std::size_t>(bytes.size(), 1));
  converse(world, bytes, 7);
  const ServerStats stats = world.rig.server.stats();
  FRESHET_ASSERT(stats.connections == 0 && stats.streams == 0 && stats.stream_queued_bytes == 0);
  FRESHET_ASSERT(stats.http2.connections == 0 && stats.http2.streams == 0 && stats.answers_under_way == 0);
  FRESHET_ASSERT(world.rig.connect().get("/hello").status == 200);
}

}  // namespace freshet::net::testing
