// SPDX-License-Identifier: MIT
#include "freshet/service/internal/view_writes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "freshet/service/internal/answers.hpp"
#include "freshet/service/internal/etag.hpp"
#include "freshet/store/transaction.hpp"

namespace freshet::service {

using net::Response;

/// A write on its way: what it does in the store, and what the client is told of it.
struct ViewWrites::Write {
  Caller caller;
  int status = 200;
  // One of the two is set.
  const ViewPort* view = nullptr;
  const FormPort* form = nullptr;
  std::string key;
  Patch patch;
  std::optional<AnyObject> filled;
  /// What the client saw of the row; empty: it does not matter.
  std::string if_match;
  /// The view's; null where it has none.
  const stream::RowRules* rules = nullptr;
  /// Null where no rules are concerned.
  std::unique_ptr<WriteCheck> check;
  std::optional<net::ResponseReply> reply;

  // Written by the transaction, which may run several times.
  std::string value;
  std::optional<AnyObject> after;
  bool is_mismatch = false;

  bool answered = false;
  std::size_t attempts = 0;
  std::size_t decisions = 0;
  net::Timer timer;

  Result<void> run(store::BackendTransaction& transaction);
  Result<void> set_attributes(GuardedTransaction& transaction);
  Result<void> check_row(store::BackendTransaction& transaction);
  Result<void> compute_after(store::BackendTransaction& transaction);
  Result<void> fill_in(GuardedTransaction& transaction);
  void ask_to_post();
  void ask_before(const AnyObject& row);
  void ask_to_write(const AnyObject& row, std::string path);
};

namespace {

Error hidden_row(const ViewPort& view, const std::string& key) { return no_such_row(view.name, key).value(); }

// A row that no transaction can compute is one that rules cannot be asked about.
Error cannot_be_checked(const ViewPort& view, Error why) {
  if (why.code != ErrorCode::invalid_argument) return why;
  return {.code = ErrorCode::forbidden,
          .primary = "clients may not write to " + view.name,
          .detail = "it has access rules, which are asked about its rows within the transaction; but " + why.primary,
          .hint = why.hint,
          .path = "$"};
}

}  // namespace

void ViewWrites::Write::ask_to_write(const AnyObject& row, std::string path) {
  check->ask({rules, stream::Right::write, key, row,
              Error{.code = ErrorCode::forbidden, .primary = "you may not write this row", .path = std::move(path)}});
}

void ViewWrites::Write::ask_to_post() {
  check->ask({form->rules.get(), stream::Right::write, form->name, *filled,
              Error{.code = ErrorCode::forbidden, .primary = "you may not post this form", .path = "$"}});
}

// The row as it is, and as the client wants it. No setter runs before both are granted.
void ViewWrites::Write::ask_before(const AnyObject& row) {
  check->ask({rules, stream::Right::read, key, row, hidden_row(*view, key)});
  ask_to_write(row, "$");
  ask_to_write(patch.applied_to(row), patch.items.size() == 1 ? Patch::path_of(*patch.items.front().setter) : "$");
}

Result<void> ViewWrites::Write::run(store::BackendTransaction& transaction) {
  if (check != nullptr) {
    if (auto begun = check->begin(transaction); !begun) return begun;
  }
  GuardedTransaction guarded(transaction, check.get());
  auto done = view == nullptr ? fill_in(guarded) : set_attributes(guarded);
  if (check == nullptr || check->undecided() || (!done && store::is_lost_race(done.error()))) return done;
  auto decided = check->finish();
  // Whoever may not write what he tried to is told that, and not what else went wrong with it.
  return !done && !check->undecided() ? done : decided;
}

Result<void> ViewWrites::Write::fill_in(GuardedTransaction& transaction) {
  if (form->rules != nullptr) {
    ask_to_post();
    if (auto granted = check->require_granted(); !granted) return granted;
  }
  StoreTransaction typed(transaction);
  auto answer = form->handler(typed, std::as_const(*filled).get(), caller);
  if (!answer) return fail(std::move(answer.error()));
  value = *std::move(answer);
  return {};
}

Result<void> ViewWrites::Write::set_attributes(GuardedTransaction& transaction) {
  if (auto checked = check_row(transaction); !checked) return checked;
  StoreTransaction typed(transaction);
  for (const auto& [setter, given] : patch.items) {
    transaction.set_path(Patch::path_of(*setter));
    if (auto set = setter->set(typed, key, given.get(), caller); !set) {
      if (set.error().path.empty()) set.error().path = Patch::path_of(*setter);
      return set;
    }
  }
  return compute_after(transaction);
}

Result<void> ViewWrites::Write::check_row(store::BackendTransaction& transaction) {
  is_mismatch = false;
  if (rules == nullptr && if_match.empty()) return {};
  auto row = view->compute(transaction, key, caller);
  if (!row) return fail(rules == nullptr ? std::move(row.error()) : cannot_be_checked(*view, std::move(row.error())));
  if (rules != nullptr) {
    ask_before(*row);
    if (auto granted = check->require_granted(); !granted) return granted;
  }
  if (if_match.empty()) return {};
  const auto json = json_of(*row);
  if (!json) return fail(json.error());
  const std::string etag = etag_of(*json);
  is_mismatch = !names_etag(if_match, etag);
  if (!is_mismatch) return {};
  return fail(ErrorCode::conflict, "the row is not what it was", "its ETag is " + etag,
              "read it again and decide anew");
}

Result<void> ViewWrites::Write::compute_after(store::BackendTransaction& transaction) {
  if (!view->is_once && rules == nullptr) return {};
  auto row = view->compute(transaction, key, caller);
  if (!row) {
    // A live view may lose the row by what is written to it: nothing takes its place then.
    const bool is_gone = row.error().code == ErrorCode::not_found && !view->is_once;
    return is_gone ? Result<void>() : fail(std::move(row.error()));
  }
  if (rules != nullptr) ask_to_write(*row, "$");
  auto json = json_of(*row);
  if (!json) return fail(std::move(json.error()));
  after = *std::move(row);
  return {};
}

ViewWrites::ViewWrites(Service& service, LiveStore* live, std::shared_ptr<store::Backend> backend,
                       ViewModelsOptions options)
    : service_(service), live_(live), backend_(std::move(backend)), options_(options), work_(service.loop()) {}

Result<void> ViewWrites::add_check(Write& write, bool is_ruled) const {
  const stream::AccessRules& access = service_.access_rules();
  if (live_ == nullptr && access.has_rules_of_collections()) {
    return fail(
        {.code = ErrorCode::forbidden,
         .primary = "clients may not write here",
         .detail = "there are access rules of collections, and nothing tells which of them are about this store",
         .hint = "make ViewModels with the LiveStore whose collections have the rules",
         .path = "$"});
  }
  if (is_ruled || WriteCheck::is_needed(access, live_)) {
    write.check = std::make_unique<WriteCheck>(
        access, live_, write.caller, WriteCheck::Limits{options_.ruled_documents_max, options_.rule_reads_max});
  }
  return {};
}

Response ViewWrites::patch(const ViewPort& view, const stream::RowRules* rules, const std::string& key, Patch patch,
                           std::string if_match, const Caller& caller) {
  auto write = std::make_shared<Write>();
  write->caller = caller;
  write->view = &view;
  write->key = key;
  write->patch = std::move(patch);
  write->if_match = std::move(if_match);
  write->rules = rules;
  if (auto checkable = add_check(*write, rules != nullptr); !checkable) return refusal(caller, checkable.error());
  if (rules != nullptr && !view.is_once) {
    // Decided ahead on what the graph has, which is nearly always what the store has.
    auto row = view.row(key);
    if (!row) return Response::problem(hidden_row(view, key));
    write->ask_before(*row);
  }
  return start(std::move(write));
}

Response ViewWrites::fill_in(const FormPort& form, AnyObject filled, const Caller& caller) {
  auto write = std::make_shared<Write>();
  write->caller = caller;
  write->status = 201;
  write->form = &form;
  write->filled = std::move(filled);
  if (auto checkable = add_check(*write, form.rules != nullptr); !checkable) return refusal(caller, checkable.error());
  if (form.rules != nullptr) write->ask_to_post();
  return start(std::move(write));
}

Response ViewWrites::start(std::shared_ptr<Write> write) {
  if (writes_ >= options_.writes_max) {
    return Response::problem(503, {.code = ErrorCode::limit_exceeded,
                                   .primary = "too many writes are on their way to the store",
                                   .detail = "the limit is " + std::to_string(options_.writes_max),
                                   .hint = "try again soon"});
  }
  ++writes_;
  return Response::later([self = shared_from_this(), write = std::move(write)](net::ResponseReply reply) {
    write->reply.emplace(std::move(reply));
    self->run(write);
  });
}

// From the loop to the store and back. The body runs on the store's threads.
void ViewWrites::run(const std::shared_ptr<Write>& write) {
  if (write->check != nullptr) {
    if (const auto granted = write->check->decide(); !granted) return refuse(*write, granted.error());
  }
  if (!work_.begin()) return;
  backend_->write([write](store::BackendTransaction& transaction) { return write->run(transaction); },
                  [self = shared_from_this(), write](Result<store::Position> end) {
                    self->work_.end([self, write, end = std::move(end)] { self->ended(write, end); });
                  });
}

void ViewWrites::ended(const std::shared_ptr<Write>& write, const Result<store::Position>& end) {
  if (end) {
    --writes_;
    return written(write, *end);
  }
  const bool is_undecided = write->check != nullptr && write->check->undecided();
  if (is_undecided && !write->check->is_stale() && ++write->decisions <= options_.attempts_max + 2) return run(write);
  if ((is_undecided || store::is_lost_race(end.error())) && ++write->attempts < options_.attempts_max) {
    return run_later(write);
  }
  refuse(*write, end.error());
}

void ViewWrites::run_later(const std::shared_ptr<Write>& write) {
  const auto delay = options_.retry_delay * (std::int64_t{1} << std::min<std::size_t>(write->attempts, 10));
  std::uniform_int_distribution<std::int64_t> jitter(delay.count() / 2, delay.count());
  write->timer = service_.loop().after(std::chrono::milliseconds(jitter(random_)),
                                       [self = shared_from_this(), write] { self->run(write); });
}

void ViewWrites::written(const std::shared_ptr<Write>& write, const store::Position& position) {
  if (live_ == nullptr) return answer(*write, std::nullopt);
  live_->when_at(position, [self = shared_from_this(), write](Version version) { self->answer(*write, version); });
  if (write->answered) return;
  write->timer = service_.loop().after(options_.visible_timeout,
                                       [self = shared_from_this(), write] { self->answer(*write, std::nullopt); });
}

std::string ViewWrites::shown(const Write& write) const {
  std::optional<AnyObject> row = write.after;
  if (!write.view->is_once) {
    auto live = write.view->row(write.key);
    row = live ? std::optional(*std::move(live)) : std::nullopt;
  }
  const bool is_readable =
      row && (write.rules == nullptr || write.rules->allows(stream::Right::read, write.caller, &write.key, row->get(),
                                                            *service_.access_rules().faults()));
  const auto json = is_readable ? json_of(*row) : Result<std::string>("null");
  return json.value_or("null");
}

void ViewWrites::answer(Write& write, std::optional<Version> version) {
  if (std::exchange(write.answered, true)) return;
  write.timer.cancel();  // it holds on to the write
  if (write.view != nullptr) write.value = shown(write);
  std::string body =
      "{\"version\":" + (version ? std::to_string(*version) : "null") + ",\"value\":" + write.value + "}";
  Response response = json_now(std::move(body));
  response.status = live_ != nullptr && !version ? 202 : write.status;
  if (write.view != nullptr && write.value != "null") response.headers.add("ETag", etag_of(write.value));
  (*write.reply)(std::move(response));
}

void ViewWrites::refuse(Write& write, const Error& error) {
  --writes_;
  write.answered = true;
  (*write.reply)(write.is_mismatch ? Response::problem(412, error) : refusal(write.caller, error));
}

}  // namespace freshet::service
