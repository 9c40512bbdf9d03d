// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "freshet/net/http.hpp"
#include "freshet/net/router.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/runner.hpp"
#include "freshet/service/mediators/options.hpp"
#include "freshet/service/mediators/rest.hpp"
#include "freshet/store/store.hpp"

namespace freshet {
class Service;
}

namespace freshet::mediators {

/// A mediator in mode `rest`: a request, one transaction with its handler, an answer.
///
/// At most once: a handler is run again only where the store says that its transaction did not happen because somebody
/// else got in the way. A transaction whose outcome is not known is answered with an error and left at that.
///
/// The loop never waits: calls run on the store's threads, a bounded number at a time.
/// Thread safety: requests come on the loop; start(), stop() and fill() from any thread.
class RestRunner final : public Runner, public RestRoutes, public std::enable_shared_from_this<RestRunner> {
 public:
  /// Requires: the service outlives the requests.
  RestRunner(std::string name, RestOptions options, Service& service, Store store);

  void answer(RestOperation operation, RestHandler handler) override;

  /// Until started, and when stopped, requests are answered with 503.
  Result<void> start() override;
  /// Waits until the store has done what it was asked to do.
  void stop() override;
  void fill(MediatorStatus& status) const override;

  const std::string& name() const { return name_; }

 private:
  class Work;

  net::Response handle(RestOperation operation, net::Request& request, const std::string& key);
  /// Room for one more call. Errors: unavailable, limit_exceeded.
  Result<void> enter();
  void leave();
  /// On the loop.
  void finish(Work& work);
  net::Response respond(const Work& work, RestAnswer answer) const;

  const std::string name_;
  const RestOptions options_;
  const std::string path_;
  Service& service_;
  const Store store_;
  std::array<RestHandler, kRestOperations> handlers_;  // constant once the service runs
  Counters counters_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  // Changed under mutex_.
  std::size_t under_way_ = 0;
  bool open_ = false;
};

}  // namespace freshet::mediators
