// SPDX-License-Identifier: MIT
//
// What mode `document` promises, tried by killing the processes at random moments: each change that somebody asks for
// by a document is made exactly once, and the documents of the views equal a rebuild. FRESHET_ROUNDS says how often.
#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/service/mediators/document.hpp"
#include "freshet/service/mediators/testing/jobs.hpp"
#include "freshet/service/mediators/testing/processes.hpp"
#include "freshet/service/view_models.hpp"
#include "freshet/store/store.hpp"

namespace freshet {
namespace {

using namespace mediators::testing;

constexpr int kAccounts = 5;

struct Account {
  std::string id;
  std::int64_t total = 0;
  std::int64_t changes = 0;
};
constexpr auto describe(of<Account>) {
  return model("accounts", key<&Account::id>(), field<&Account::total>(), field<&Account::changes>());
}
/// What was added to an account: by it we know what was done, and how often.
struct Addition {
  std::string id;
  std::int64_t times = 0;
};
constexpr auto describe(of<Addition>) { return model("additions", key<&Addition::id>(), field<&Addition::times>()); }

struct AccountView {
  std::int64_t total = 0;
  /// The number of what is added: each is added once in all tests.
  std::int64_t add = 0;
};
constexpr auto describe(of<AccountView>) {
  return model("account_view", field<&AccountView::total>(), field<&AccountView::add>());
}
/// The view as a document.
struct Statement {
  std::string id;
  std::int64_t total = 0;
  bool operator==(const Statement&) const = default;
};
constexpr auto describe(of<Statement>) {
  return model("statements", key<&Statement::id>(), field<&Statement::total>());
}

using Request = ChangeRequest<"AccountView">;

Result<void> add(StoreTransaction& transaction, const std::string& key, const std::int64_t& number) {
  auto account = transaction.get<Account>(key);
  if (!account) return fail(account.error());
  auto addition = transaction.get<Addition>(std::to_string(number));
  if (!addition) return fail(addition.error());
  const std::int64_t times = *addition ? (**addition)->times + 1 : 1;
  (**account).value.total += number;
  ++(**account).value.changes;
  if (auto set = transaction.set((**account).value); !set) return fail(set.error());
  if (auto set = transaction.set(Addition{std::to_string(number), times}); !set) return fail(set.error());
  return {};
}

Collection<std::string, AccountView> views(Models& models) {
  return freshet::testing::map(models.collection<Account>(), [](const std::string&, const Account& account) {
    return AccountView{account.total, 0};
  });
}
Collection<std::string, Statement> statements(Models& models) {
  return freshet::testing::flat_map(models.collection<Account>(), [](const std::string& id, const Account& account) {
    return std::vector{std::pair("owners/" + id + "/statements/" + id, Statement{id, account.total})};
  });
}

/// Each process opens the store for itself.
Store open(const std::shared_ptr<store::Backend>& backend) {
  Store store(backend);
  const auto ready = store.prepare<Account, Addition, Statement, Request, MaterialisedState, DeadLetter>();
  if (!ready) throw Failure(ready.error());
  return store;
}

void set_up(const std::shared_ptr<store::Backend>& backend) {
  const Store store = open(backend);
  for (int i = 0; i < kAccounts; ++i) {
    if (auto set = store.set(Account{std::to_string(i), 0, 0}); !set) throw Failure(set.error());
  }
}

/// The program: from start to being killed, or until `ends` says so. One that `dies` does it at times by itself,
/// between a change and the removal of its request.
void keep_accounts(const std::shared_ptr<store::Backend>& backend, bool dies, const std::function<bool()>& ends) {
  const Store store = open(backend);
  Graph graph;
  LiveStore live(store, graph);
  Mediators mediators(store);
  DocumentOptions options;
  options.requests.lease = std::chrono::milliseconds(300);
  options.requests.poll = std::chrono::milliseconds(10);
  options.requests.retry.attempts_max = 1'000;
  const auto port = std::make_shared<service::TypedViewPort<AccountView, NoParams>>(
      [](const Caller&, Models& models, const NoParams&) { return views(models); });
  port->name = "AccountView";
  port->is_once = true;
  const auto random = std::make_shared<Random>(static_cast<unsigned>(::getpid()));
  ViewHandle<AccountView>(*port).set<&AccountView::add>(
      [random, dies](StoreTransaction& transaction, const std::string& key, const std::int64_t& number) {
        auto added = add(transaction, key, number);
        if (dies && (*random)() % 60 == 0) ::kill(::getpid(), SIGKILL);
        return added;
      });
  auto& definition = mediators.add(mediators::define_requests<"AccountView">(port, options));
  mediators::keep_documents(definition, live, statements(live), {});
  if (auto started = live.start(); !started) throw Failure(started.error());
  if (auto started = mediators.start(); !started) throw Failure(started.error());
  while (!ends()) {
    graph.run_posted();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Adds requests, from `first` on; each fifth is one that cannot be met.
void ask(const std::shared_ptr<store::Backend>& backend, std::int32_t first, std::int32_t count,
         const Acknowledgements& said) {
  const Store store = open(backend);
  for (std::int32_t i = first; i < first + count; ++i) {
    Request request{.id = std::to_string(i), .target = std::to_string(i % kAccounts)};
    const bool is_bad = i % 5 == 4;
    request.changes = is_bad ? Value(Value::Object{{"total", Value(i)}}) : Value(Value::Object{{"add", Value(i)}});
    const auto asked = store.transact([&](StoreTransaction& transaction) {
      return transaction.in(Reference() / "owners" / request.target).create(request);
    });
    if (!asked) throw Failure(asked.error());
    if (!is_bad) said.say(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Runs the program and a client, and kills them, so often.
void run_and_kill(const SharedStore& shared, const Acknowledgements& said, Random& random) {
  constexpr std::int32_t kPerRound = 25;
  Children programs;
  for (int round = 0; round < rounds(); ++round) {
    programs.reap();
    if (programs.size() == 0) {
      programs.start([&] { keep_accounts(shared.open(), true, [] { return false; }); });
    }
    Children client;
    client.start([&] { ask(shared.open(), 1 + (round * kPerRound), kPerRound, said); });
    std::this_thread::sleep_for(between(random, 30, 300));
    programs.reap();
    if (programs.size() > 0) programs.kill(0);
    if (round % 4 != 3) {  // else it is killed, too
      EXPECT_EQ(client.wait_for_last(), 0);
    }
  }
}

std::map<std::string, std::int64_t> totals(const Store& store) {
  std::map<std::string, std::int64_t> totals;
  const auto accounts = store.query(from<Account>()).value();
  for (const auto& account : accounts) totals[account->id] = account->total;
  return totals;
}
std::map<std::string, std::int64_t> written_totals(const Store& store) {
  std::map<std::string, std::int64_t> totals;
  const auto statements = store.query(from<Statement>().in_group()).value();
  for (const auto& statement : statements) totals[statement->id] = statement->total;
  return totals;
}
bool nothing_waits(const Store& store) {
  return store.query(from<Request>().in_group().where("error", "==", "")).value().empty();
}

class DocumentCrashes : public ::testing::TestWithParam<bool> {};

TEST_P(DocumentCrashes, leave_each_change_made_exactly_once_and_documents_that_equal_a_rebuild) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const SharedStore shared(GetParam());
  const Acknowledgements said;
  {
    Children setup;
    setup.start([&] { set_up(shared.open()); });
    ASSERT_EQ(setup.wait_for_last(), 0);
  }
  run_and_kill(shared, said, random);
  const auto backend = shared.open();
  const Store store = open(backend);
  const auto end = std::chrono::steady_clock::now() + time_to_finish();
  keep_accounts(backend, false, [&] {
    return (nothing_waits(store) && totals(store) == written_totals(store)) || std::chrono::steady_clock::now() > end;
  });

  EXPECT_TRUE(nothing_waits(store));
  std::set<std::int32_t> done;
  std::int64_t sum = 0;
  const auto additions = store.query(from<Addition>()).value();
  for (const auto& addition : additions) {
    EXPECT_EQ(addition->times, 1) << addition->id;
    done.insert(static_cast<std::int32_t>(std::stoi(addition->id)));
    sum += std::stoi(addition->id);
  }
  EXPECT_TRUE(std::ranges::includes(done, said.heard()));
  EXPECT_FALSE(done.empty());
  std::int64_t total = 0;
  for (const auto& [account, amount] : totals(store)) total += amount;
  EXPECT_EQ(total, sum);
  EXPECT_EQ(written_totals(store), totals(store));
  const auto refused = store.query(from<Request>().in_group()).value();
  EXPECT_FALSE(refused.empty());
  for (const auto& request : refused) EXPECT_THAT(request->error, ::testing::HasSubstr("total is read-only"));
  EXPECT_TRUE(store.query(from<DeadLetter>()).value().empty());
  RecordProperty("changes", static_cast<int>(done.size()));
}

INSTANTIATE_TEST_SUITE_P(OnEachStore, DocumentCrashes, ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& store) {
                           return store.param ? std::string("postgres") : std::string("sqlite");
                         });

}  // namespace
}  // namespace freshet
