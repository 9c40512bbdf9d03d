// SPDX-License-Identifier: MIT
#include "freshet/classic/view_model.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/model/describer.hpp"
#include "freshet/model/record.hpp"
#include "freshet/net/testing/http_client.hpp"
#include "freshet/store/memory/memory_store.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;

struct Lamp : Record {
  std::string id;
  std::string room;
  bool is_on = false;

  void describe(Describer& d) {
    d.name("lamps");
    d.key("id", id);
    d.field("room", room);
    d.field("is_on", is_on);
  }
};

struct LampView : Record {
  std::string name;
  bool is_on = false;

  void describe(Describer& d) {
    d.name("lamp_view");
    d.field("name", name);
    d.field("is_on", is_on);
  }
};

struct RoomFilter : Record {
  std::string room;

  void describe(Describer& d) {
    d.name("room_filter");
    d.field("room", room).optional();
  }
};

class InRoom final : public FilterMapper<std::string, Lamp> {
 public:
  explicit InRoom(std::string room) : room_(std::move(room)) {}
  bool keep(const Lamp& lamp) override { return room_.empty() || lamp.room == room_; }

 private:
  std::string room_;
};

class LampMapper final : public OneToOneMapper<std::string, Lamp, LampView> {
 public:
  std::optional<LampView> map_value(const Lamp& lamp) override {
    LampView view;
    view.name = key() + " in the " + lamp.room;
    view.is_on = lamp.is_on;
    return view;
  }
};

// [view]
class LampViews final : public ViewModel<LampView, RoomFilter> {
 public:
  Collection<std::string, LampView> build(Models& models, const RoomFilter& filter) override {
    return models.collection<Lamp>().filter<InRoom>(filter.room).map<LampMapper>();
  }
  void describe_setters(Setters& setters) override { setters.set<bool>("is_on", switch_lamp); }

 private:
  static Result<void> switch_lamp(StoreTransaction& transaction, const std::string& id, const bool& is_on) {
    auto updated = transaction.update<&Lamp::is_on>(id, is_on);
    return updated ? Result<void>() : fail(std::move(updated.error()));
  }
};
// [/view]

TEST(ClassicViewModel, is_looked_up_listed_and_changed) {
  const std::shared_ptr<store::Backend> backend = store::open_memory();
  const std::vector<const store::Table*> tables{&store::table_of<Lamp>()};
  ASSERT_TRUE(backend->prepare(tables));
  std::atomic<bool> written = false;
  backend->write(
      [](store::BackendTransaction& transaction) -> Result<void> {
        for (const std::string room : {"hall", "attic"}) {
          Lamp lamp;
          lamp.id = room + "_lamp";
          lamp.room = room;
          if (auto set = StoreTransaction(transaction).set(lamp); !set) return fail(set.error());
        }
        return {};
      },
      [&](const Result<store::Position>& end) { written = end.has_value(); });
  while (!written) std::this_thread::yield();

  ServiceOptions options;
  options.port = 0;
  options.log_level = "off";
  Service service(options);
  LiveStore live(backend, service.graph());
  ViewModels views(service, live);
  views.add("LampView", std::make_unique<LampViews>(), {.path = "/lamps"});
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  net::testing::HttpClient client(service.listen().value(), {.pump = [&] {
                                    while (service.loop().poll()) {
                                    }
                                  }});
  const auto get = [&](std::string_view target) { return client.request("GET", target).body; };
  EXPECT_EQ(get("/lamps/hall_lamp"), R"({"name":"hall_lamp in the hall","is_on":false})");
  EXPECT_EQ(get("/lamps?room=attic"), R"({"results":{"attic_lamp":{"name":"attic_lamp in the attic","is_on":false}}})");
  const std::vector<std::string> json = {"Content-Type: application/json"};
  EXPECT_EQ(client.request("PATCH", "/lamps/hall_lamp", R"({"is_on":true})", json).status, 200);
  EXPECT_EQ(get("/lamps/hall_lamp"), R"({"name":"hall_lamp in the hall","is_on":true})");
  EXPECT_EQ(client.request("PATCH", "/lamps/no_lamp", R"({"is_on":true})", json).status, 404);
  const auto refused = client.request("PATCH", "/lamps/hall_lamp", R"({"name":"sun"})", json);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("name is read-only"));
}

}  // namespace
}  // namespace freshet
