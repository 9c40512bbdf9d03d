// SPDX-License-Identifier: MIT
#include "freshet/classic/mediator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/service/mediators/testing/jobs.hpp"

namespace freshet {
namespace {

using mediators::testing::eventually;
using mediators::testing::Job;
using ::testing::ElementsAre;

struct View {
  std::string id;
  std::string shown;
  bool operator==(const View&) const = default;
};
constexpr auto describe(of<View>) { return model("views", key<&View::id>(), field<&View::shown>()); }

class Views final : public QueryMediator<Job> {
 public:
  explicit Views(std::vector<std::string>& order) : order_(order) {}
  From<Job> source() const override { return from<Job>().where("state", "==", "new"); }
  Result<void> on_create(const Event<Job>& event) override { return show(event.document()); }
  Result<void> on_leave(const Event<Job>& event) override { return store().remove<View>(event.document().id); }
  Result<void> before_call(const Event<Job>& event) override {
    order_.push_back("before " + event.document().id);
    return {};
  }
  Result<void> after_call(const Event<Job>& event) override {
    order_.push_back("after " + event.document().id);
    return {};
  }

 private:
  Result<void> show(const Job& job) {
    order_.push_back("show " + job.id);
    const auto set = store().set(View{job.id, job.state});
    return set ? Result<void>() : Result<void>(fail(set.error()));
  }

  std::vector<std::string>& order_;
};

class Forms final : public TaskMediator<Job> {
 public:
  Result<void> on_create(const Event<Job>& event, StoreTransaction& transaction) override {
    if (event.document().number < 0) return fail(ErrorCode::invalid_argument, "below nothing");
    const auto set = transaction.set(View{event.document().id, event.document().state});
    return set ? Result<void>() : Result<void>(fail(set.error()));
  }
  bool removes_what_is_done() const override { return true; }
  Result<void> on_failed(const Job& job, const Error& error, StoreTransaction& transaction) override {
    const auto told = transaction.update<&Job::state>(job.id, error.primary);
    return told ? Result<void>() : Result<void>(fail(told.error()));
  }
};

MediatorOptions fast() {
  MediatorOptions options;
  options.poll = std::chrono::milliseconds(10);
  options.retry = {
      .attempts_max = 2, .delay_min = std::chrono::milliseconds(1), .delay_max = std::chrono::milliseconds(5)};
  return options;
}

TEST(ClassicMediators, are_called_for_what_they_override_and_nothing_else) {
  const Store store = Store::open("memory:").value();
  ASSERT_TRUE((store.prepare<Job, View>().has_value()));
  std::vector<std::string> order;
  Mediators mediators(store);
  mediators.add("views", std::make_unique<Views>(order), fast());
  ASSERT_TRUE(mediators.start().has_value());
  ASSERT_TRUE(store.set(Job{"a", "new", 1}));
  ASSERT_TRUE(eventually([&] { return mediators.list().front().processed == 1; }));
  ASSERT_TRUE(store.set(Job{"a", "new", 2}));  // nobody wants to know
  ASSERT_TRUE(store.set(Job{"a", "old", 3}));
  ASSERT_TRUE(eventually([&] { return mediators.list().front().processed == 2; }));
  mediators.stop();
  EXPECT_THAT(order, ElementsAre("before a", "show a", "after a", "before a", "after a"));
  EXPECT_TRUE(store.query(from<View>()).value().empty());
}

TEST(ClassicMediators, do_tasks_and_tell_who_asked_what_is_wrong) {
  const Store store = Store::open("memory:").value();
  ASSERT_TRUE((store.prepare<Job, View>().has_value()));
  Mediators mediators(store);
  mediators.add("forms", std::make_unique<Forms>(), fast());
  ASSERT_TRUE(mediators.start().has_value());
  ASSERT_TRUE(store.set(Job{"good", "new", 1}));
  ASSERT_TRUE(store.set(Job{"bad", "new", -1}));
  ASSERT_TRUE(eventually([&] {
    const auto jobs = store.query(from<Job>()).value();
    return jobs.size() == 1 && jobs.front().value == Job{"bad", "below nothing", -1};
  }));
  EXPECT_EQ(store.query(from<View>()).value().size(), 1U);
  EXPECT_TRUE(mediators.dead_letters("forms").value().empty());
}

}  // namespace
}  // namespace freshet
