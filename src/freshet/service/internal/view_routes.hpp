// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/net/http.hpp"
#include "freshet/service/detail/view_port.hpp"
#include "freshet/service/internal/view_writes.hpp"
#include "freshet/service/service.hpp"
#include "freshet/service/view_models.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/live.hpp"

namespace freshet::service {

/// Answers requests for view models and forms, as far as their access rules allow.
///
/// Thread safety: belongs to the loop, but what the store calls back.
class ViewRoutes : public std::enable_shared_from_this<ViewRoutes> {
 public:
  ViewRoutes(Service& service, LiveStore* live, std::shared_ptr<store::Backend> backend, ViewModelsOptions options);

  void add(std::unique_ptr<ViewPort> port, const std::string& path);
  FormPort& add_form(FormPort form);
  /// Waits for what the store has yet to do; afterwards nothing is answered any more, and the service may go.
  void close();

 private:
  /// What a caller who reads or writes a view is judged by.
  struct ViewRules {
    const stream::RowRules* rules = nullptr;  // null: there are none
    /// It is made from rows that others' rules have chosen.
    bool is_guarded = false;
  };

  void add_routes(const ViewPort& view, const std::string& path);
  net::Response get(const ViewPort& view, const net::Request& request, const std::string& key);
  net::Response get_once(const ViewPort& view, const stream::RowRules* rules, const Caller& caller,
                         const std::string& key);
  net::Response list(const ViewPort& view, const net::Request& request);
  net::Response list_once(const ViewPort& view, const stream::RowRules* rules, const Caller& caller, AnyObject params);
  net::Response patch(const ViewPort& view, net::Request& request, const std::string& key);
  net::Response fill_in(const FormPort& form, net::Request& request);

  /// Errors: forbidden, where rows with rules would be shown by a view that has none.
  Result<ViewRules> rules_for(const ViewPort& view, const void* params, const Caller& caller) const;
  bool may_read(const stream::RowRules* rules, const Caller& caller, const std::string& key, const void* row) const;

  Service& service_;
  const std::shared_ptr<store::Backend> backend_;
  const std::shared_ptr<ViewWrites> writes_;  // owners: this, and what the store has yet to answer
  std::map<std::string, std::unique_ptr<ViewPort>> views_;
  std::map<std::string, FormPort> forms_;
};

}  // namespace freshet::service
