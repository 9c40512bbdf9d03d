// SPDX-License-Identifier: MIT
#pragma once

// What net uses of Boost.Asio, included by its own sources only: the headers are heavy.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace freshet::net {

namespace asio = boost::asio;
using boost::system::error_code;

// The concrete executor: the default one is type-erased and costs an allocation here and there.
using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using TcpAcceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
template <class T> using Awaitable = asio::awaitable<T, Executor>;

// `const auto [error] = co_await socket.async_wait(..., kAwait)`. Named, because GCC 12.2 destroys some temporaries of
// a co_await expression twice: see co_await.test.cpp.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kAwait{asio::use_awaitable_t<Executor>{}};

}  // namespace freshet::net
