// SPDX-License-Identifier: MIT
// Mediators as a part of a service: they start and stop with it, show events to those who read a stream, and let
// themselves be looked at.
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/meta/mediator.hpp"
#include "freshet/meta/resource.hpp"
#include "freshet/service/mediators/testing/jobs.hpp"
#include "freshet/service/mediators/testing/served.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using mediators::testing::fast;
using mediators::testing::Job;
using mediators::testing::Served;
using ::testing::HasSubstr;
using ::testing::Not;

struct View {
  std::string id;
  std::string shown;
};
constexpr auto describe(of<View>) { return model("views", key<&View::id>(), field<&View::shown>()); }
View view_of(const Job& job) { return {job.id, job.state + " " + std::to_string(job.number)}; }

/// A service whose mediator shows what happens to new jobs.
class MetaEvents : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE((rig.store.prepare<Job, View>()));
    Service& service = rig.service;
    Mediators& mediators = rig.mediators;
    // [events]
    const auto seen = service.graph().input<std::string, View>("seen");
    service.resource<"seen">([=]() { return seen; });
    mediators.events("seen", from<Job>().where(attribute<&Job::state> == "new"))
        .on_change(view_of)
        .to(ToStream<View>(service.graph(), seen));
    // [/events]
  }
  /// What the next event says, without the key that is made for it.
  std::string next(net::testing::HttpClient& reader) const {
    for (;;) {
      const auto event = reader.next_event();
      const std::size_t row = event.data.find('{');
      if (row != std::string::npos) return event.data.substr(row);
      if (event.type == "init") return "init " + event.data;
    }
  }

  Served rig;
};

TEST_F(MetaEvents, are_shown_to_who_reads_and_to_nobody_who_comes_later) {
  ASSERT_TRUE(rig.store.set(Job{"before", "new", 1}));
  rig.serve();
  ASSERT_TRUE(rig.runs("seen"));
  const std::string id = rig.open("seen");
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(next(reader), "init []") << "nothing of what was";
  ASSERT_TRUE(rig.store.set(Job{"a", "new", 1}));
  EXPECT_EQ(next(reader), R"({"id":"a","shown":"new 1"}]]])");
  ASSERT_TRUE(rig.store.set(Job{"a", "old", 2}));  // leaves the query: nobody asked
  ASSERT_TRUE(rig.store.set(Job{"b", "new", 3}));
  EXPECT_EQ(next(reader), R"({"id":"b","shown":"new 3"}]]])") << "each once, in order";

  auto late = rig.connect();
  late.open_stream("/v1/streams/" + id);
  EXPECT_EQ(next(late), "init []");
  ASSERT_TRUE(rig.store.set(Job{"b", "new", 4}));
  EXPECT_EQ(next(late), R"({"id":"b","shown":"new 4"}]]])");
  EXPECT_EQ(next(reader), R"({"id":"b","shown":"new 4"}]]])");
  EXPECT_TRUE(rig.eventually([&] { return rig.service.graph().stats().posted_waiting == 0; }));
  EXPECT_EQ(rig.status("seen").processed, 3);
}

TEST_F(MetaEvents, that_happen_while_nobody_follows_are_never_told) {
  rig.serve();
  ASSERT_TRUE(rig.runs("seen"));
  rig.mediators.stop();
  ASSERT_TRUE(rig.store.set(Job{"missed", "new", 1}));
  ASSERT_TRUE(rig.mediators.start());
  ASSERT_TRUE(rig.runs("seen"));
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + rig.open("seen"));
  EXPECT_EQ(next(reader), "init []");
  ASSERT_TRUE(rig.store.set(Job{"told", "new", 1}));
  EXPECT_THAT(next(reader), HasSubstr("told"));
}

TEST(MediatorLifecycle, they_start_and_stop_with_the_service_which_waits_for_what_is_in_hand) {
  Served rig;
  ASSERT_TRUE((rig.store.prepare<Job, View>()));
  std::promise<void> inside;
  std::promise<void> open;
  rig.mediators.query("slow", from<Job>(), fast())
      .on_create([&](const Job& job) {
        inside.set_value();
        open.get_future().wait();
        return view_of(job);
      })
      .to(to_documents);
  ASSERT_TRUE(rig.store.set(Job{"a", "new", 1}));
  EXPECT_EQ(rig.status("slow").state, MediatorStatus::State::stopped);
  std::thread other([&] {
    inside.get_future().wait();
    rig.service.loop().post([&] { rig.service.stop(); });
    std::this_thread::sleep_for(50ms);
    open.set_value();
  });
  EXPECT_EQ(rig.service.run(), 0);
  EXPECT_EQ(rig.status("slow").state, MediatorStatus::State::stopped);
  EXPECT_EQ(rig.store.get<View>("a").value()->value.shown, "new 1") << "done before run() returned";
  other.join();
}

TEST(MediatorLifecycle, the_service_waits_no_longer_than_the_deadline) {
  ServiceOptions options;
  options.stop_deadline = 100ms;
  Served rig(options);
  ASSERT_TRUE(rig.store.prepare<Job>());
  std::promise<void> inside;
  std::promise<void> open;
  rig.mediators.query("stuck", from<Job>(), fast()).on_create([&](const Job&) {
    inside.set_value();
    open.get_future().wait();
  });
  ASSERT_TRUE(rig.store.set(Job{"a", "new", 1}));
  std::thread other([&] {
    inside.get_future().wait();
    rig.service.loop().post([&] { rig.service.stop(); });
  });
  EXPECT_EQ(rig.service.run(), 0) << "or it hangs here";
  open.set_value();  // what is left of the mediators waits for this
  other.join();
}

TEST(MediatorLifecycle, a_service_that_cannot_start_them_says_why) {
  Served rig;
  rig.service.accompany({.start = [] { return Result<void>(fail(ErrorCode::unavailable, "no store")); },
                         .stop = [](const std::function<void()>& done) { done(); }});
  const auto port = rig.service.listen();
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().primary, "no store");
}

/// A service with a task that fails until it is mended.
struct Failing {
  explicit Failing(ServiceOptions options = {}, Mediators::MayLook may_look = {})
      : rig(std::move(options), std::move(may_look)) {
    EXPECT_TRUE((rig.store.prepare<Job, View>()));
    rig.mediators.tasks("tasks", from<Job>(), fast())
        .on_create([this](const Job& job, StoreTransaction&) -> Result<View> {
          if (!mended) return fail(ErrorCode::unavailable, "not yet");
          return view_of(job);
        })
        .to(to_documents)
        .doc("Makes views.");
    EXPECT_TRUE(rig.store.set(Job{"a", "new", 1}));
    rig.serve();
    EXPECT_TRUE(rig.eventually([&] { return rig.mediators.dead_letters("tasks").value().size() == 1; }));
  }
  std::string letter() const { return rig.mediators.dead_letters("tasks").value().at(0).id; }

  std::atomic<bool> mended = false;
  Served rig;
};

TEST(LookingAtMediators, lists_them_and_their_dead_letters_and_has_these_tried_again) {
  Failing failing;
  Served& rig = failing.rig;
  const auto list = rig.request("GET", "/v1/mediators");
  EXPECT_EQ(list.status, 200);
  EXPECT_THAT(list.body, HasSubstr(R"({"mediators":[{"name":"tasks","doc":"Makes views.","mode":"query_task",)"
                                   R"("source":"jobs","state":"running","processed":0,"retried":1,"dead":1,)"));
  const auto letters = rig.request("GET", "/v1/mediators/tasks/dead_letters");
  EXPECT_EQ(letters.status, 200);
  EXPECT_THAT(letters.body, HasSubstr(R"("document":"jobs/a")"));
  EXPECT_THAT(letters.body, HasSubstr("not yet"));
  EXPECT_EQ(rig.request("GET", "/v1/mediators/others/dead_letters").body, R"({"dead_letters":[]})");
  EXPECT_EQ(rig.request("POST", "/v1/mediators/tasks/dead_letters/nothing/requeue").status, 404);
  EXPECT_EQ(rig.request("POST", "/v1/mediators/others/dead_letters/" + failing.letter() + "/requeue").status, 404);
  failing.mended = true;
  EXPECT_EQ(rig.request("POST", "/v1/mediators/tasks/dead_letters/" + failing.letter() + "/requeue").status, 204);
  EXPECT_TRUE(rig.eventually([&] { return rig.store.get<View>("a").value().has_value(); }));
  EXPECT_EQ(rig.request("GET", "/v1/mediators/tasks/dead_letters").body, R"({"dead_letters":[]})");
}

TEST(LookingAtMediators, shows_their_figures_in_the_metrics) {
  Failing failing;
  failing.mended = true;
  ASSERT_TRUE(failing.rig.store.set(Job{"b", "new", 2}));
  EXPECT_TRUE(failing.rig.eventually([&] { return failing.rig.status("tasks").processed == 1; }));
  const auto metrics = failing.rig.request("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  for (const char* line : {R"(freshet_mediator_processed_total{mediator="tasks",mode="query_task"} 1)",
                           R"(freshet_mediator_retried_total{mediator="tasks",mode="query_task"} 1)",
                           R"(freshet_mediator_dead_total{mediator="tasks",mode="query_task"} 1)",
                           R"(freshet_mediator_waiting{mediator="tasks",mode="query_task"} 0)",
                           R"(freshet_mediator_running{mediator="tasks",mode="query_task"} 1)",
                           "# TYPE freshet_mediator_lag_milliseconds gauge"}) {
    EXPECT_THAT(metrics.body, HasSubstr(line));
  }
  EXPECT_THAT(metrics.body, HasSubstr("freshet_commits_total")) << "beside the service's own";
}

TEST(LookingAtMediators, is_for_those_whom_the_program_lets) {
  ServiceOptions options;
  options.auth.testing = true;
  Failing failing(options, [](const Caller& caller) { return caller.user == "admin"; });
  Served& rig = failing.rig;
  const std::string letters = "/v1/mediators/tasks/dead_letters";
  const std::vector<std::string> admin{"Authorization: Bearer admin"};
  const std::vector<std::string> ann{"Authorization: Bearer ann"};
  EXPECT_EQ(rig.request("GET", "/v1/mediators").status, 401);
  EXPECT_EQ(rig.request("GET", "/v1/mediators", "", ann).status, 403);
  EXPECT_EQ(rig.request("GET", "/v1/mediators", "", admin).status, 200);
  EXPECT_EQ(rig.request("GET", letters, "", ann).status, 403);
  EXPECT_THAT(rig.request("GET", letters, "", ann).body, Not(HasSubstr("jobs/a")));
  EXPECT_EQ(rig.request("GET", letters, "", admin).status, 200);
  const std::string requeue = letters + "/" + failing.letter() + "/requeue";
  EXPECT_EQ(rig.request("POST", requeue, "", ann).status, 403);
  EXPECT_EQ(rig.request("POST", requeue, "", admin).status, 204);
}

TEST(LookingAtMediators, shows_documents_only_where_the_graph_is_shown) {
  ServiceOptions options;
  options.show_graph = false;
  Failing failing(options);
  EXPECT_EQ(failing.rig.request("GET", "/v1/mediators").status, 200);
  EXPECT_EQ(failing.rig.request("GET", "/v1/mediators/tasks/dead_letters").status, 404);
  EXPECT_EQ(failing.rig.request("POST", "/v1/mediators/tasks/dead_letters/" + failing.letter() + "/requeue").status,
            404);
}

}  // namespace
}  // namespace freshet
