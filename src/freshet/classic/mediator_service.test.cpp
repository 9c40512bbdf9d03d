// SPDX-License-Identifier: MIT
// Events that a mediator shows to those who read a stream right now.
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/mediator.hpp"
#include "freshet/classic/resource.hpp"
#include "freshet/service/mediators/testing/jobs.hpp"
#include "freshet/service/mediators/testing/served.hpp"

namespace freshet {
namespace {

using mediators::testing::Job;
using mediators::testing::Served;

struct View {
  std::string id;
  std::string shown;
};
constexpr auto describe(of<View>) { return model("views", key<&View::id>(), field<&View::shown>()); }

// [events]
class Seen final : public EventMediator<Job> {
 public:
  Seen(Graph& graph, const Input<std::string, View>& seen) : stream_(graph, seen) {}
  Result<void> on_create(const Event<Job>& event) override { return show(event, "new"); }
  Result<void> on_delete(const Event<Job>& event) override { return show(event, "gone"); }

 private:
  Result<void> show(const Event<Job>& event, const std::string& what) {
    return stream_(View{event.document().id, what});
  }
  ToStream<View> stream_;
};

class SeenResource final : public Resource<NoParams, std::string, View> {
 public:
  explicit SeenResource(Collection<std::string, View> seen) : seen_(std::move(seen)) {}
  Collection<std::string, View> build(const NoParams&) override { return seen_; }

 private:
  Collection<std::string, View> seen_;
};
// [/events]

TEST(ClassicEvents, are_shown_to_who_reads_and_to_nobody_who_comes_later) {
  Served rig;
  ASSERT_TRUE(rig.store.prepare<Job>());
  const auto seen = rig.service.graph().input<std::string, View>("seen");
  rig.service.resource("seen", std::make_unique<SeenResource>(seen));
  rig.mediators.add("seen", std::make_unique<Seen>(rig.service.graph(), seen));
  ASSERT_TRUE(rig.store.set(Job{"before", "new", 1}));
  rig.serve();
  ASSERT_TRUE(rig.runs("seen"));
  const std::string id = rig.open("seen");
  const auto next = [](net::testing::HttpClient& reader) -> std::string {
    for (;;) {
      const auto event = reader.next_event();
      const std::size_t row = event.data.find('{');
      if (row != std::string::npos) return event.data.substr(row);
      if (event.type == "init") return "init " + event.data;
    }
  };
  auto reader = rig.connect();
  reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(next(reader), "init []");
  ASSERT_TRUE(rig.store.set(Job{"a", "new", 1}));
  EXPECT_EQ(next(reader), R"({"id":"a","shown":"new"}]]])");
  ASSERT_TRUE(rig.store.set(Job{"a", "new", 2}));  // nobody overrides that
  ASSERT_TRUE(rig.store.remove<Job>("a"));
  EXPECT_EQ(next(reader), R"({"id":"a","shown":"gone"}]]])");
  auto late = rig.connect();
  late.open_stream("/v1/streams/" + id);
  EXPECT_EQ(next(late), "init []");
}

}  // namespace
}  // namespace freshet
