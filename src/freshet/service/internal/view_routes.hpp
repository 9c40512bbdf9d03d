// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/service/detail/view_port.hpp"
#include "freshet/service/service.hpp"
#include "freshet/service/view_models.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/live.hpp"

namespace freshet::service {

/// What a PATCH asks for, checked as far as the request alone tells.
struct Patch {
  struct Item {
    const Setter* setter;
    AnyObject value;
  };
  std::vector<Item> items;
};

/// Reads `{"attribute": value, ...}`. Errors: unknown, read-only, repeated and ill-typed attributes, by name.
Result<Patch> read_patch(const ViewPort& view, std::string_view body);

/// Parameters from a query string: `status=in-session&limit=3`.
Result<AnyObject> read_query_params(const Type& params, std::string_view query);

/// "\"...\"": tells rows apart that are not the same bytes.
std::string etag_of(std::string_view json);

/// Answers requests for view models and forms.
///
/// Thread safety: belongs to the loop, but what the store calls back.
class ViewRoutes : public std::enable_shared_from_this<ViewRoutes> {
 public:
  using FormHandler = std::function<Result<std::string>(StoreTransaction&, const void* form)>;

  ViewRoutes(Service& service, LiveStore* live, std::shared_ptr<store::Backend> backend, ViewModelsOptions options);

  void add(std::unique_ptr<ViewPort> port, const std::string& path);
  void add_form(std::string name, const Type& type, FormHandler handler);
  /// Waits for what the store has yet to do; afterwards nothing is answered any more, and the service may go.
  void close();

 private:
  struct Form {
    const Type* type;
    FormHandler handler;
  };
  /// A write on its way: what it does in the store, and what the client is told of it.
  struct Write {
    std::function<Result<std::string>(store::BackendTransaction&)> body;
    int status = 200;
    const ViewPort* view = nullptr;  // whose row `key` is shown; null: what the body gave
    std::string key;
    /// What the client saw of that row; empty: it does not matter.
    std::string if_match;
    std::optional<net::ResponseReply> reply;
    // Written by the body, which may run several times.
    std::string value;
    bool is_mismatch = false;
    bool answered = false;
    std::size_t attempts = 0;
    net::Timer timer;
  };

  void add_routes(const ViewPort& view, const std::string& path);
  net::Response get(const ViewPort& view, const net::Request& request, const std::string& key);
  net::Response list(const ViewPort& view, const net::Request& request);
  net::Response patch(const ViewPort& view, net::Request& request, const std::string& key);
  net::Response fill_in(const Form& form, net::Request& request);
  net::Response write(std::shared_ptr<Write> write);

  /// Whether there are access rules by which the caller sees the row, whole. Errors: forbidden; not_found where there
  /// are and it does not.
  Result<bool> check_reader(const ViewPort& view, const net::Request& request, const std::string& key) const;

  void run(const std::shared_ptr<Write>& write);
  static Result<void> check_condition(Write& write, store::BackendTransaction& transaction);
  void run_again(const std::shared_ptr<Write>& write);
  void written(const std::shared_ptr<Write>& write, const store::Position& position);
  void answer(Write& write, std::optional<Version> version);
  /// Counts what the store was asked to do.
  void begin_work();
  /// The store has done it: runs `then`, if any, on the loop, unless all is over.
  void end_work(net::Task then);

  Service& service_;
  LiveStore* const live_;
  const std::shared_ptr<store::Backend> backend_;
  const ViewModelsOptions options_;
  std::map<std::string, std::unique_ptr<ViewPort>> views_;
  std::map<std::string, Form> forms_;
  std::size_t writes_ = 0;
  std::minstd_rand random_{std::random_device{}()};  // only spreads retries

  std::mutex mutex_;
  std::condition_variable idle_;
  // Protected by mutex_.
  std::size_t under_way_ = 0;
  bool closed_ = false;
};

}  // namespace freshet::service
