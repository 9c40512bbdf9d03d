// SPDX-License-Identifier: MIT
#include "freshet/meta/mediator.hpp"

#include <atomic>
#include <functional>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/service/mediators/testing/jobs.hpp"

namespace freshet {
namespace {

using mediators::testing::eventually;
using mediators::testing::Job;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct View {
  std::string id;
  std::string shown;
  bool operator==(const View&) const = default;
};
constexpr auto describe(of<View>) { return model("views", key<&View::id>(), field<&View::shown>()); }

View view_of(const Job& job) { return {job.id, job.state + " " + std::to_string(job.number)}; }
std::string id_of(const Job& job) { return job.id; }

MediatorOptions fast() {
  MediatorOptions options;
  options.checkpoint = std::chrono::milliseconds(5);
  options.poll = std::chrono::milliseconds(10);
  options.retry = {
      .attempts_max = 2, .delay_min = std::chrono::milliseconds(1), .delay_max = std::chrono::milliseconds(5)};
  return options;
}

class MetaMediators : public ::testing::Test {
 protected:
  MetaMediators() { EXPECT_TRUE((store.prepare<Job, View>().has_value())); }
  std::vector<View> views() const {
    std::vector<View> found;
    auto documents = store.query(from<View>()).value();
    for (auto& view : documents) found.push_back(std::move(view.value));
    return found;
  }

  Store store = Store::open("memory:").value();
  Mediators mediators{store};
};

TEST_F(MetaMediators, keep_views_of_the_documents_of_a_query) {
  mediators.query("views", from<Job>().where(attribute<&Job::state> == "new"), fast())
      .on_change(view_of)
      .to(to_documents)
      .on_gone(id_of)
      .to(to_removal<View>);
  ASSERT_TRUE(mediators.start().has_value());
  for (const Job& job : {Job{"a", "new", 1}, Job{"b", "new", 1}, Job{"c", "old", 1}}) ASSERT_TRUE(store.set(job));
  ASSERT_TRUE(eventually([&] { return views() == std::vector{View{"a", "new 1"}, View{"b", "new 1"}}; }));
  ASSERT_TRUE(store.set(Job{"a", "new", 2}));
  ASSERT_TRUE(store.set(Job{"b", "old", 2}));
  ASSERT_TRUE(eventually([&] { return views() == std::vector{View{"a", "new 2"}}; }));
  ASSERT_TRUE(store.remove<Job>("a"));
  ASSERT_TRUE(eventually([&] { return views().empty(); }));
}

TEST_F(MetaMediators, do_tasks_in_one_transaction_and_remove_them) {
  mediators.tasks("tasks", from<Job>(), fast())
      .on_create([](const Job& job, StoreTransaction& transaction) -> Result<std::vector<View>> {
        const auto known = transaction.get<View>("total");
        if (!known) return fail(known.error());
        const std::int64_t before = *known ? std::stoll((*known)->value.shown) : 0;
        return std::vector{View{"total", std::to_string(before + job.number)}};
      })
      .to(to_documents)
      .then_remove();
  ASSERT_TRUE(mediators.start().has_value());
  for (int i = 1; i <= 20; ++i) ASSERT_TRUE(store.set(Job{std::to_string(i), "new", i}));
  ASSERT_TRUE(eventually([&] { return store.query(from<Job>()).value().empty(); }));
  EXPECT_THAT(views(), ElementsAre(View{"total", "210"}));
}

TEST_F(MetaMediators, send_values_to_functions_and_show_what_was_before) {
  std::mutex mutex;
  std::vector<std::string> seen;
  mediators.query("changes", from<Job>(), fast())
      .on_update([](const Job& now, const std::optional<Job>& before) -> std::optional<std::string> {
        if (!before || before->number == now.number) return std::nullopt;
        return now.id + " " + std::to_string(now.number - before->number);
      })
      .to([&](const std::string& line) {
        const std::scoped_lock lock(mutex);
        seen.push_back(line);
      });
  ASSERT_TRUE(store.set(Job{"a", "new", 1}));
  ASSERT_TRUE(mediators.start().has_value());
  ASSERT_TRUE(eventually([&] { return mediators.list().front().state == MediatorStatus::State::running; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // until the snapshot was seen
  ASSERT_TRUE(store.set(Job{"a", "old", 1}));
  ASSERT_TRUE(store.set(Job{"a", "old", 5}));
  ASSERT_TRUE(eventually([&] {
    const std::scoped_lock lock(mutex);
    return !seen.empty();
  }));
  mediators.stop();
  EXPECT_THAT(seen, ElementsAre("a 4"));
}

TEST_F(MetaMediators, list_dead_letters_and_try_them_again) {
  std::atomic<bool> mended = false;
  mediators.tasks("tasks", from<Job>(), fast())
      .on_create([&](const Job& job, StoreTransaction&) -> Result<View> {
        if (!mended) return fail(ErrorCode::refused, "not yet");
        return view_of(job);
      })
      .to(to_documents);
  ASSERT_TRUE(mediators.start().has_value());
  ASSERT_TRUE(store.set(Job{"a", "new", 1}));
  ASSERT_TRUE(eventually([&] { return mediators.dead_letters("tasks").value().size() == 1; }));
  const DeadLetter letter = mediators.dead_letters("tasks").value().front();
  EXPECT_EQ(letter.document, "jobs/a");
  EXPECT_THAT(letter.error, HasSubstr("not yet"));
  EXPECT_EQ(mediators.requeue("nothing").error().code, ErrorCode::not_found);
  mended = true;
  ASSERT_TRUE(mediators.requeue(letter.id).has_value());
  ASSERT_TRUE(eventually([&] { return views() == std::vector{View{"a", "new 1"}}; }));
  EXPECT_TRUE(mediators.dead_letters("tasks").value().empty());
  EXPECT_EQ(mediators.list().front().dead, 1);
}

TEST_F(MetaMediators, refuse_wrong_declarations) {
  mediators.query("views", from<Job>());
  EXPECT_THROW(mediators.query("views", from<Job>()), Failure);
  EXPECT_THROW(mediators.query("a/b", from<Job>()), Failure);
  EXPECT_THROW(mediators.query("limited", from<Job>().limit(3)), Failure);
  EXPECT_THROW(mediators.query("idle", from<Job>(), {.workers = 0}), Failure);
  EXPECT_THROW(mediators.query("wrong", from<Job>().where("nothing", "==", "x")), Failure);
}

}  // namespace
}  // namespace freshet
