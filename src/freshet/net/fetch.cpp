// SPDX-License-Identifier: MIT
#include "freshet/net/fetch.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace freshet::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

// How often a wait looks whether it is to be given up.
constexpr auto kSlice = std::chrono::milliseconds(20);
constexpr std::uint32_t kHeadBytesMax = 32 * 1024;

struct Job {
  Url url;
  FetchOptions options;
  http::request<http::empty_body> request;
  http::response_parser<http::string_body> parser;
  beast::flat_buffer buffer;
  asio::ssl::context tls{asio::ssl::context::tls_client};
};

void prepare(Job& job) {
  job.request = {http::verb::get, job.url.target, 11};
  job.request.set(http::field::host, job.url.authority());
  job.request.set(http::field::user_agent, "freshet");
  job.request.set(http::field::accept, job.options.accept);
  job.request.set(http::field::connection, "close");
  job.parser.header_limit(kHeadBytesMax);
  job.parser.body_limit(job.options.body_bytes_max);
  if (!job.url.tls) return;
  if (job.options.ca_file.empty()) {
    job.tls.set_default_verify_paths();
  } else {
    job.tls.load_verify_file(job.options.ca_file);
  }
  job.tls.set_verify_mode(asio::ssl::verify_peer);
}

template <class Stream> asio::awaitable<void> exchange(Stream& stream, Job& job) {
  co_await http::async_write(stream, job.request, asio::use_awaitable);
  co_await http::async_read(stream, job.buffer, job.parser, asio::use_awaitable);
}

asio::awaitable<void> run(Job& job) {
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  const std::string port = std::to_string(job.url.port);
  const auto found = co_await resolver.async_resolve(job.url.host, port, asio::use_awaitable);
  if (!job.url.tls) {
    beast::tcp_stream stream(co_await asio::this_coro::executor);
    stream.expires_after(job.options.timeout);
    co_await stream.async_connect(found, asio::use_awaitable);
    co_await exchange(stream, job);
    co_return;
  }
  beast::ssl_stream<beast::tcp_stream> stream(co_await asio::this_coro::executor, job.tls);
  auto& tcp = beast::get_lowest_layer(stream);
  tcp.expires_after(job.options.timeout);
  co_await tcp.async_connect(found, asio::use_awaitable);
  SSL_set_tlsext_host_name(stream.native_handle(), job.url.host.c_str());
  asio::ssl::host_name_verification verification(job.url.host);
  stream.set_verify_callback(verification);
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_await exchange(stream, job);
}

tl::unexpected<Error> cannot(std::string_view url, std::string detail, ErrorCode code = ErrorCode::unavailable) {
  return fail(code, "cannot fetch " + std::string(url), std::move(detail));
}

}  // namespace

Result<std::string> fetch(std::string_view url, const FetchOptions& options) {
  auto parsed = parse_url(url);
  if (!parsed) return fail(std::move(parsed.error()));
  Job job{.url = *std::move(parsed), .options = options, .request = {}, .parser = {}, .buffer = {}};
  try {
    prepare(job);
    std::optional<std::exception_ptr> ended;
    asio::io_context context(1);
    asio::co_spawn(context, run(job), [&](std::exception_ptr error) { ended = error; });
    const auto deadline = std::chrono::steady_clock::now() + options.timeout;
    while (!ended && !options.stop.stop_requested() && std::chrono::steady_clock::now() < deadline) {
      context.run_for(kSlice);
    }
    if (!ended) return cannot(url, options.stop.stop_requested() ? "it was given up" : "it took too long");
    if (*ended) std::rethrow_exception(*ended);
  } catch (const boost::system::system_error& error) {
    const bool too_long = error.code() == http::error::body_limit;
    return cannot(url, too_long ? "the answer is too long" : error.code().message(),
                  too_long ? ErrorCode::too_large : ErrorCode::unavailable);
  } catch (const std::exception& error) {
    return cannot(url, error.what());
  }
  const unsigned status = job.parser.get().result_int();
  if (status != 200) return cannot(url, "the server answered with status " + std::to_string(status));
  return std::move(job.parser.get().body());
}

}  // namespace freshet::net
