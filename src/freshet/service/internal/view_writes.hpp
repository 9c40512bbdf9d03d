// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/service/detail/view_port.hpp"
#include "freshet/service/internal/store_work.hpp"
#include "freshet/service/internal/view_request.hpp"
#include "freshet/service/internal/write_check.hpp"
#include "freshet/service/service.hpp"
#include "freshet/service/view_models.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/live.hpp"

namespace freshet::service {

/// Runs PATCHes and forms: from the loop to the store, back to the loop where access rules have to be asked, and to the
/// client when the views show what was written.
///
/// Thread safety: belongs to the loop; bodies of transactions run on threads of the store.
class ViewWrites : public std::enable_shared_from_this<ViewWrites> {
 public:
  ViewWrites(Service& service, LiveStore* live, std::shared_ptr<store::Backend> backend, ViewModelsOptions options);

  /// Sets attributes of a row. `rules` are those of the view, null where there are none; `if_match` is empty where it
  /// does not matter what the row is.
  net::Response patch(const ViewPort& view, const stream::RowRules* rules, const std::string& key, Patch patch,
                      std::string if_match, const Caller& caller);
  net::Response fill_in(const FormPort& form, AnyObject filled, const Caller& caller);

  /// What the store has yet to do; also that of others on the same views.
  StoreWork& work() { return work_; }

 private:
  struct Write;

  /// Errors: forbidden, where there are rules that this cannot be checked by.
  Result<void> add_check(Write& write, bool is_ruled) const;
  net::Response start(std::shared_ptr<Write> write);
  void run(const std::shared_ptr<Write>& write);
  void run_later(const std::shared_ptr<Write>& write);
  void ended(const std::shared_ptr<Write>& write, const Result<store::Position>& end);
  void written(const std::shared_ptr<Write>& write, const store::Position& position);
  void answer(Write& write, std::optional<Version> version);
  void refuse(Write& write, const Error& error);
  /// What the client is shown of the row.
  std::string shown(const Write& write) const;

  Service& service_;
  LiveStore* const live_;
  const std::shared_ptr<store::Backend> backend_;
  const ViewModelsOptions options_;
  StoreWork work_;
  std::size_t writes_ = 0;
  std::minstd_rand random_{std::random_device{}()};  // only spreads retries
};

}  // namespace freshet::service
