// SPDX-License-Identifier: MIT
#include "freshet/net/internal/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>

namespace freshet::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

// Of a chunk's size line and of all trailers together: nobody needs either.
constexpr std::size_t kFramingBytesMax = 4 * 1024;

// Beast's own string_body reserves what Content-Length claims.
struct GrowingBody {
  using value_type = std::string;

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>&, error_code& ec) { ec = {}; }
    template <class Buffers> std::size_t put(const Buffers& buffers, error_code& ec) {
      std::size_t size = 0;
      for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::const_buffer buffer = *it;
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
        size += buffer.size();
      }
      ec = {};
      return size;
    }
    void finish(error_code& ec) { ec = {}; }

   private:
    value_type& body_;
  };
};

// Whether a line ends in LF alone. Beast would wait for a CRLF that never comes.
bool has_bare_line_feed(std::string_view framing) {
  for (std::size_t at = framing.find('\n'); at != framing.npos; at = framing.find('\n', at + 1)) {
    if (at == 0 || framing[at - 1] != '\r') return true;
  }
  return false;
}

std::string_view to_std(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct RequestParser::Beast {
  http::request_parser<GrowingBody> parser;
  std::size_t extension_bytes = 0;

  std::size_t put(std::string_view bytes, error_code& ec) {
    return parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  }
  void limit_extensions() {
    on_chunk = [this](std::uint64_t, boost::beast::string_view extension, error_code& ec) {
      extension_bytes += extension.size();
      if (extension_bytes > kFramingBytesMax) ec = http::error::bad_chunk_extension;
    };
    parser.on_chunk_header(on_chunk);
  }

  // Beast keeps a reference to it.
  std::function<void(std::uint64_t, boost::beast::string_view, error_code&)> on_chunk;
};

RequestParser::RequestParser(const RequestLimits& limits) : limits_(limits), scanner_(limits.head) {}

RequestParser::~RequestParser() = default;

std::size_t RequestParser::fail(int status, std::string_view reason) {
  fault_ = {status, reason};
  state_ = State::failed;
  return 0;
}

std::size_t RequestParser::feed(std::string_view bytes) {
  if (state_ == State::head) return feed_head(bytes);
  if (state_ == State::body) return feed_body(bytes);
  return 0;
}

std::size_t RequestParser::feed_head(std::string_view bytes) {
  const HeadScanner::State scanned = scanner_.scan(bytes);
  if (scanned == HeadScanner::State::need_more) return 0;
  if (scanned == HeadScanner::State::failed) return fail(scanner_.fault().status, scanner_.fault().reason);
  const HeadFacts& facts = scanner_.facts();
  if (!begin_request(bytes.substr(facts.begin, facts.head_bytes - facts.begin))) return 0;
  begin_body();
  return facts.head_bytes;
}

bool RequestParser::begin_request(std::string_view head) {
  beast_ = std::make_unique<Beast>();
  auto& parser = beast_->parser;
  parser.header_limit(static_cast<std::uint32_t>(limits_.head.head_bytes_max + 1));
  parser.body_limit(limits_.body_bytes_max);
  error_code ec;
  beast_->put(head, ec);
  if (ec == http::error::body_limit) {
    fail(413, "the body is too large");
    return false;
  }
  if (ec || !parser.is_header_done()) {
    fail(400, "the head is malformed");
    return false;
  }
  const auto& message = parser.get();
  const std::optional<Method> method = method_of(to_std(message.method_string()));
  if (!method) {
    fail(501, "the method is not implemented");
    return false;
  }
  request_.method = *method;
  for (const auto& field : message) {
    request_.headers.add(std::string(to_std(field.name_string())), std::string(to_std(field.value())));
  }
  return take_target(to_std(message.target()));
}

bool RequestParser::take_target(std::string_view target) {
  if (const std::size_t scheme_end = target.find("://"); target.front() != '/' && scheme_end != target.npos) {
    target.remove_prefix(scheme_end + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
  }
  const std::size_t path_end = std::min(target.find('?'), target.size());
  request_.path = path_end == 0 ? "/" : target.substr(0, path_end);
  if (path_end < target.size()) request_.query = target.substr(path_end + 1);
  return true;
}

void RequestParser::begin_body() {
  const HeadFacts& facts = scanner_.facts();
  if (!facts.chunked && facts.content_length.value_or(0) == 0) {
    state_ = State::complete;
    return;
  }
  state_ = State::body;
  beast_->parser.eager(true);
  beast_->limit_extensions();
}

std::size_t RequestParser::feed_body(std::string_view bytes) {
  if (bytes.empty()) return 0;
  error_code ec;
  const std::size_t taken = beast_->put(bytes, ec);
  if (ec == http::error::body_limit) return fail(413, "the body is too large");
  if (ec && ec != http::error::need_more) return fail(400, "the chunks of the body are malformed");
  if (beast_->parser.is_done()) {
    request_.body = std::move(beast_->parser.get().body());
    state_ = State::complete;
  } else if (bytes.size() - taken > kFramingBytesMax) {
    return fail(400, "a chunk's size or the trailers are too long");
  } else if (has_bare_line_feed(bytes.substr(taken))) {
    return fail(400, "a line between the chunks ends without CR");
  }
  return taken;
}

}  // namespace freshet::net
