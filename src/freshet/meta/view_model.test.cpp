// SPDX-License-Identifier: MIT
// View models and forms as clients meet them: real sockets, a real store, one test per promise.
#include "freshet/meta/view_model.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/meta/access.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/net/testing/http_client.hpp"
#include "freshet/store/memory/memory_store.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kJson = {"Content-Type: application/json"};

// [models]
struct Song {
  std::string id;
  std::string title;
  std::string artist;
  std::int64_t plays = 0;
};
constexpr auto describe(of<Song>) {
  return model("songs", key<&Song::id>(), field<&Song::title>(), field<&Song::artist>(), field<&Song::plays>());
}
struct Artist {
  std::string id;
  std::string name;
};
constexpr auto describe(of<Artist>) { return model("artists", key<&Artist::id>(), field<&Artist::name>()); }
// [/models]

// [view]
struct SongView {
  std::string title;
  std::string artist_name;
  bool is_popular = false;
};
constexpr auto describe(of<SongView>) {
  return model("song_view", camel_case, field<&SongView::title>(length(1, 20)), field<&SongView::artist_name>(),
               field<&SongView::is_popular>());
}

struct SongFilter {
  std::string artist;
  std::int64_t min_plays = 0;
};
constexpr auto describe(of<SongFilter>) {
  return model("song_filter", camel_case, field<&SongFilter::artist>(optional),
               field<&SongFilter::min_plays>(optional));
}

bool is_wanted(const Song& song, const SongFilter& filter) {
  return (filter.artist.empty() || song.artist == filter.artist) && song.plays >= filter.min_plays;
}
std::optional<SongView> song_view(const Song& song, const Collection<std::string, Artist>& artists) {
  const Artist* artist = artists.get(song.artist);
  if (artist == nullptr) throw Failure({.primary = "nobody sings it"});
  return SongView{song.title, artist->name, song.plays >= 100};
}
Collection<std::string, SongView> song_views(Models& models, const SongFilter& filter) {
  return models.collection<Song>().filter(is_wanted, filter).map(song_view, models.collection<Artist>());
}
// [/view]

// [setters]
Result<void> set_title(StoreTransaction& transaction, const std::string& song, const std::string& title) {
  auto found = transaction.get<Song>(song);
  if (!found) return fail(found.error());
  if (!*found) return fail(ErrorCode::not_found, "there is no song " + song);
  (*found)->value.title = title;
  auto written = transaction.set((*found)->value);
  return written ? Result<void>() : fail(written.error());
}
Result<void> set_artist_name(StoreTransaction& transaction, const std::string& song, const std::string& name) {
  auto found = transaction.get<Song>(song);
  if (!found) return fail(found.error());
  if (!*found) return fail(ErrorCode::not_found, "there is no song " + song);
  if (name == "nobody") return fail(ErrorCode::refused, "an artist needs a name");
  auto written = transaction.set(Artist{(*found)->value.artist, name});
  return written ? Result<void>() : fail(written.error());
}
// [/setters]

struct NewSong {
  std::string id, title, artist;
};
constexpr auto describe(of<NewSong>) {
  return model("new_song", field<&NewSong::id>(), field<&NewSong::title>(), field<&NewSong::artist>());
}
Result<Artist> add_song(StoreTransaction& transaction, const NewSong& form) {
  const auto artist = transaction.get<Artist>(form.artist);
  if (!artist) return fail(artist.error());
  if (!*artist) return fail(ErrorCode::not_found, "there is no artist " + form.artist);
  auto written = transaction.set(Song{form.id, form.title, form.artist, 0});
  if (!written) return fail(written.error());
  return (*artist)->value;
}

/// A service over a memory store, in the test's own thread: clients run the loop while they wait.
class ViewModelsServed : public ::testing::Test {
 protected:
  static ServiceOptions quiet() {
    ServiceOptions options;
    options.port = 0;
    options.log_level = "off";
    return options;
  }

  void SetUp() override {
    const std::vector<const store::Table*> tables{&store::table_of<Song>(), &store::table_of<Artist>()};
    ASSERT_TRUE(backend->prepare(tables));
    put(Artist{"abba", "ABBA"});
    put(Artist{"bach", "J. S. Bach"});
    put(Song{"waterloo", "Waterloo", "abba", 500});
    put(Song{"sos", "SOS", "abba", 20});
    put(Song{"air", "Air", "bach", 100});
  }
  void declare() {
    // [declare]
    views.add("SongView", song_views, {.path = "/songs"})
        .set<&SongView::title>(set_title)
        .set<&SongView::artist_name>(set_artist_name);
    views.form<NewSong>("NewSong", add_song);
    // [/declare]
  }
  void serve() {
    ASSERT_TRUE(live.start());
    ASSERT_TRUE(live.wait_until_ready());
    port = service.listen().value();
  }

  template <class T> void put(const T& value) {
    std::atomic<bool> done = false;
    backend->write(
        [&](store::BackendTransaction& transaction) -> Result<void> {
          auto written = StoreTransaction(transaction).set(value);
          return written ? Result<void>() : fail(written.error());
        },
        [&](const Result<store::Position>& end) {
          EXPECT_TRUE(end);
          done = true;
        });
    while (!done) std::this_thread::yield();
  }
  net::testing::HttpClient connect() {
    return net::testing::HttpClient(port, {.pump = [this] {
                                      while (service.loop().poll()) {
                                      }
                                    }});
  }
  auto request(const std::string& method, const std::string& target, const std::string& body = {},
               std::vector<std::string> headers = kJson) {
    return connect().request(method, target, body, headers);
  }

  std::shared_ptr<store::Backend> backend = store::open_memory();
  Service service{quiet()};
  LiveStore live{backend, service.graph()};
  ViewModels views{service, live};
  std::uint16_t port = 0;
};

TEST_F(ViewModelsServed, a_row_is_an_object) {
  declare();
  serve();
  const auto row = request("GET", "/v1/views/SongView/waterloo");
  EXPECT_EQ(row.status, 200);
  EXPECT_EQ(row.body, R"({"title":"Waterloo","artistName":"ABBA","isPopular":true})");
  EXPECT_FALSE(row.header("ETag").empty());
  EXPECT_EQ(request("GET", "/songs/waterloo").body, row.body) << "also where the program said";
  const auto missing = request("GET", "/songs/yesterday");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, HasSubstr("there is no yesterday in SongView"));
}

TEST_F(ViewModelsServed, a_list_takes_the_views_parameters_from_the_query) {
  declare();
  serve();
  EXPECT_EQ(request("GET", "/songs?artist=bach").body,
            R"({"results":{"air":{"title":"Air","artistName":"J. S. Bach","isPopular":true}}})");
  EXPECT_EQ(request("GET", "/songs?artist=abba&minPlays=100").body,
            R"({"results":{"waterloo":{"title":"Waterloo","artistName":"ABBA","isPopular":true}}})");
  EXPECT_EQ(request("GET", "/songs?artist=nobody").body, R"({"results":{}})");
  EXPECT_THAT(request("GET", "/songs").body, HasSubstr("sos"));
  const auto unknown = request("GET", "/songs?atrist=abba");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("artist"));
  EXPECT_EQ(request("GET", "/songs?minPlays=many").status, 400);
  EXPECT_EQ(request("GET", "/songs?minPlays=1,%22artist%22:%22abba%22").status, 400) << "a value is no JSON";
  EXPECT_EQ(request("GET", "/songs?artist=%zz").status, 400);
}

TEST_F(ViewModelsServed, a_patch_is_answered_when_it_is_visible) {
  declare();
  serve();
  const auto patched = request("PATCH", "/songs/sos", R"({"title":"S.O.S."})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.body, "{\"version\":" + std::to_string(service.graph().version()) +
                              R"(,"value":{"title":"S.O.S.","artistName":"ABBA","isPopular":false}})");
  EXPECT_EQ(request("GET", "/songs/sos").header("ETag"), patched.header("ETag"));
}

TEST_F(ViewModelsServed, a_patch_that_changes_nothing_is_answered_too) {
  declare();
  serve();
  const auto patched = request("PATCH", "/songs/sos", R"({"title":"SOS"})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_THAT(patched.body, HasSubstr(R"("title":"SOS")"));
  EXPECT_EQ(request("PATCH", "/songs/sos", "{}").status, 200);
}

TEST_F(ViewModelsServed, several_attributes_are_one_transaction) {
  declare();
  serve();
  const Version before = service.graph().version();
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"title":"S.O.S.","artistName":"Abba"})").status, 200);
  EXPECT_EQ(service.graph().version(), before + 1) << "both in one commit";

  const auto refused = request("PATCH", "/songs/sos", R"({"title":"Oops","artistName":"nobody"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("an artist needs a name"));
  EXPECT_THAT(refused.body, HasSubstr("$.artistName"));
  EXPECT_EQ(request("GET", "/songs/sos").body, R"({"title":"S.O.S.","artistName":"Abba","isPopular":false})")
      << "the title came first, and is undone";
}

TEST_F(ViewModelsServed, only_what_has_a_setter_can_be_changed) {
  declare();
  serve();
  const auto read_only = request("PATCH", "/songs/sos", R"({"title":"x","isPopular":true})");
  EXPECT_EQ(read_only.status, 422);
  EXPECT_THAT(read_only.body, HasSubstr("the attribute isPopular is read-only"));
  EXPECT_THAT(read_only.body, HasSubstr("can be changed: title, artistName"));
  const auto unknown = request("PATCH", "/songs/sos", R"({"titel":"x"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("$.titel"));
  EXPECT_THAT(unknown.body, HasSubstr("title"));
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"title":"x","title":"y"})").status, 400);
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"title":7})").status, 400);
  const auto too_long = request("PATCH", "/songs/sos", R"({"title":"a title of more than twenty characters"})");
  EXPECT_EQ(too_long.status, 400);
  EXPECT_THAT(too_long.body, HasSubstr("$.title"));
  EXPECT_EQ(request("PATCH", "/songs/sos", R"(["title"])").status, 400);
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"title":"x"} x)").status, 400);
  EXPECT_EQ(request("PATCH", "/songs/sos", "title=x", {"Content-Type: text/plain"}).status, 415);
  EXPECT_EQ(request("PATCH", "/songs/nothing", R"({"title":"x"})").status, 404);
  EXPECT_THAT(request("GET", "/songs/sos").body, HasSubstr("SOS"));
}

TEST_F(ViewModelsServed, a_patch_can_be_conditional_on_what_the_client_saw) {
  declare();
  serve();
  const std::string seen(request("GET", "/songs/sos").header("ETag"));
  const std::vector<std::string> only_if_seen{kJson[0], "If-Match: " + seen};
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"title":"one"})", only_if_seen).status, 200);
  const auto late = request("PATCH", "/songs/sos", R"({"title":"two"})", only_if_seen);
  EXPECT_EQ(late.status, 412);
  EXPECT_THAT(late.body, HasSubstr("not what it was"));
  EXPECT_THAT(request("GET", "/songs/sos").body, HasSubstr("one"));
  EXPECT_EQ(request("PATCH", "/songs/nothing", R"({"title":"x"})", {kJson[0], "If-Match: *"}).status, 404);
}

TEST_F(ViewModelsServed, whoever_streams_the_view_is_told_before_the_writer) {
  declare();
  serve();
  const auto opened = request("POST", "/v1/streams/SongView", R"({"artist":"abba"})");
  const std::string id = opened.body.substr(16, opened.body.find('"', 16) - 16);
  auto reader = connect();
  reader.open_stream("/v1/streams/" + id);
  EXPECT_EQ(reader.next_event().type, "init");
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"artistName":"Abba"})").status, 200);
  const auto event = reader.next_event();
  EXPECT_EQ(event.type, "update");
  EXPECT_EQ(event.data, R"([["sos",[{"title":"SOS","artistName":"Abba","isPopular":false}]],)"
                        R"(["waterloo",[{"title":"Waterloo","artistName":"Abba","isPopular":true}]]])");
}

TEST_F(ViewModelsServed, a_row_that_cannot_be_computed_says_so) {
  declare();
  put(Song{"silence", "4'33\"", "cage", 0});
  serve();
  const auto row = request("GET", "/songs/silence");
  EXPECT_EQ(row.status, 500);
  EXPECT_THAT(row.body, HasSubstr("cannot be computed"));
}

TEST_F(ViewModelsServed, a_form_makes_documents) {
  declare();
  serve();
  const auto made = request("POST", "/v1/forms/NewSong", R"({"id":"fuge","title":"Fuge","artist":"bach"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body, "{\"version\":" + std::to_string(service.graph().version()) +
                           R"(,"value":{"id":"bach","name":"J. S. Bach"}})");
  EXPECT_EQ(request("GET", "/songs/fuge").status, 200) << "whoever filled it in sees it at once";
  EXPECT_EQ(request("POST", "/v1/forms/NewSong", R"({"id":"x","title":"x","artist":"nobody"})").status, 404);
  EXPECT_EQ(request("POST", "/v1/forms/NewSong", R"({"id":"x"})").status, 400);
  EXPECT_EQ(request("GET", "/songs/x").status, 404);
}

TEST_F(ViewModelsServed, a_view_may_be_computed_for_each_request) {
  // [once]
  views.add("SongOnce", song_views, {.lifecycle = Lifecycle::once}).set<&SongView::title>(set_title);
  // [/once]
  serve();
  EXPECT_EQ(service.graph().stats().node_count, 1U) << "nothing is kept but the errors of the store";
  const auto row = request("GET", "/v1/views/SongOnce/sos");
  EXPECT_EQ(row.status, 200);
  EXPECT_EQ(row.body, R"({"title":"SOS","artistName":"ABBA","isPopular":false})");
  EXPECT_EQ(request("GET", "/v1/views/SongOnce/nothing").status, 404);
  EXPECT_EQ(request("GET", "/v1/views/SongOnce?artist=bach").body,
            R"({"results":{"air":{"title":"Air","artistName":"J. S. Bach","isPopular":true}}})");
  EXPECT_EQ(request("POST", "/v1/streams/SongOnce", "{}").status, 404);
}

TEST_F(ViewModelsServed, once_needs_no_live_store) {
  Service other(quiet());
  ViewModels once(other, backend);
  once.add("SongOnce", song_views, {.lifecycle = Lifecycle::once}).set<&SongView::title>(set_title);
  EXPECT_THROW(once.add("SongView", song_views), Failure);
  const auto other_port = other.listen().value();
  net::testing::HttpClient client(other_port, {.pump = [&] {
                                    while (other.loop().poll()) {
                                    }
                                  }});
  EXPECT_EQ(client.request("GET", "/v1/views/SongOnce/sos").status, 200);
  const auto patched = client.request("PATCH", "/v1/views/SongOnce/sos", R"({"title":"Help"})", kJson);
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.body, R"({"version":null,"value":{"title":"Help","artistName":"ABBA","isPopular":false}})");
}

bool is_popular(const Caller&, const SongView& song) { return song.is_popular; }

TEST_F(ViewModelsServed, access_rules_hold_here_too) {
  declare();
  views.add("SongOnce", song_views, {.lifecycle = Lifecycle::once});
  service.access<std::string, SongView>("SongView").read(is_popular);
  serve();
  EXPECT_EQ(request("GET", "/songs/waterloo").status, 200);
  EXPECT_EQ(request("GET", "/songs/sos").status, 404);
  EXPECT_THAT(request("GET", "/songs").body, ::testing::Not(HasSubstr("sos")));
  EXPECT_EQ(request("PATCH", "/songs/waterloo", R"({"title":"x"})").status, 401) << "a rule to read is none to write";
  EXPECT_EQ(request("PATCH", "/songs/sos", R"({"title":"x"})").status, 404);
  EXPECT_EQ(request("GET", "/v1/views/SongOnce/waterloo").status, 401) << "no rule reaches there";
}

TEST_F(ViewModelsServed, wrong_declarations_are_told) {
  declare();
  EXPECT_THROW(views.add("SongView", song_views), Failure);
  EXPECT_THROW(views.add("no/name", song_views), Failure);
  EXPECT_THROW(views.form<NewSong>("NewSong", add_song), Failure);
  EXPECT_THROW(views.add("Other", song_views)
                   .set<bool>("title", [](StoreTransaction&, const std::string&, bool) { return Result<void>(); }),
               Failure);
}

}  // namespace
}  // namespace freshet
