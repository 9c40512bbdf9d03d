// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>

namespace freshet::store::testing {

/// Stands between a client and a PostgreSQL server, reads along, and cuts connections where it hurts most: around a
/// COMMIT.
///
/// Thread safety: may be used from any thread. Lifetime: ends after who connects through it.
class CuttingProxy {
 public:
  enum class Cut : std::uint8_t {
    never,
    before_commit,  ///< The server does not get the COMMIT.
    with_commit,    ///< It gets it; nobody waits for what comes of it.
    after_commit,   ///< It says that it has committed; the client does not hear it.
  };

  /// Connects to the server's socket in `folder`; its clients by a port of 127.0.0.1.
  explicit CuttingProxy(const std::string& folder);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  /// The URL of a database through the proxy.
  std::string url(const std::string& database) const;
  /// Cuts the connection that commits next, once.
  void cut_next(Cut how) { next_cut_ = how; }
  /// Whether new connections are turned away.
  void refuse(bool is_refused) { is_refused_ = is_refused; }
  int cuts() const { return cuts_; }

 private:
  void accept_clients();
  void serve(int client);

  std::string server_path_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_stopped_ = false;
  std::atomic<bool> is_refused_ = false;
  std::atomic<Cut> next_cut_ = Cut::never;
  std::atomic<int> cuts_ = 0;
  std::list<std::thread> connections_;  // the acceptor's
  std::thread acceptor_;
};

}  // namespace freshet::store::testing
