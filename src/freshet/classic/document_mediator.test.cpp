// SPDX-License-Identifier: MIT
#include "freshet/classic/document_mediator.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/service/mediators/testing/served.hpp"

namespace freshet {
namespace {

using mediators::testing::Served;
using ::testing::HasSubstr;

struct User {
  std::string id;
  std::string last_name;
};
constexpr auto describe(of<User>) { return model("users", key<&User::id>(), field<&User::last_name>()); }
struct UserView {
  std::string last_name;
};
constexpr auto describe(of<UserView>) { return model("user_view", camel_case, field<&UserView::last_name>()); }
struct UserDocument {
  std::string id;
  std::string last_name;
};
constexpr auto describe(of<UserDocument>) {
  return model("UserView", key<&UserDocument::id>(), field<&UserDocument::last_name>());
}

class ViewMapper final : public OneToOneMapper<std::string, User, UserView> {
 public:
  std::optional<UserView> map_value(const User& user) override { return UserView{user.last_name}; }
};
class DocumentMapper final : public OneToManyMapper<std::string, User, std::string, UserDocument> {
 public:
  std::vector<std::pair<std::string, UserDocument>> map_value(const User& user) override {
    return {{"UserView/" + user.id, UserDocument{user.id, user.last_name}}};
  }
};

// [document]
/// Keeps `UserView/{user}`, and changes users by the documents of `UserView/{user}/UserView_PATCH`.
class UserDocuments final : public DocumentMediator<"UserView", UserView, UserDocument> {
 public:
  Collection<std::string, UserView> build(Models& models) override {
    return models.collection<User>().map<ViewMapper>();
  }
  Collection<std::string, UserDocument> view_refs(Models& models) override {
    return models.collection<User>().flat_map<DocumentMapper>();
  }
  void describe_setters(Setters& setters) override {
    setters.set<std::string>(
        "last_name", [](StoreTransaction& transaction, const std::string& id, const std::string& name) -> Result<void> {
          const auto set = transaction.update<&User::last_name>(id, name);
          return set ? Result<void>() : Result<void>(fail(set.error()));
        });
  }
};
// [/document]

TEST(ClassicDocuments, are_kept_and_changed_by_documents) {
  using Request = UserDocuments::Request;
  Served rig;
  ASSERT_TRUE((rig.store.prepare<User, UserDocument, Request>()));
  ASSERT_TRUE(rig.store.set(User{"tijuana", "Furlong"}));
  LiveStore& live = rig.live;
  rig.mediators.add_document(live, std::make_unique<UserDocuments>());
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  rig.serve();
  const auto name = [&] {
    const auto document = rig.store.get<UserDocument>("tijuana");
    return document && *document ? (**document)->last_name : "";
  };
  EXPECT_TRUE(rig.eventually([&] { return name() == "Furlong"; }));
  const auto ask = [&](const std::string& id, const char* attribute, const char* value) {
    return rig.store.transact([&](StoreTransaction& transaction) {
      return transaction.in(Reference() / "UserView" / "tijuana")
          .create(Request{.id = id, .target = "tijuana", .changes = Value::Object{{attribute, Value(value)}}});
    });
  };
  ASSERT_TRUE(ask("1", "firstName", "Jane"));
  ASSERT_TRUE(ask("2", "lastName", "Doe"));
  EXPECT_TRUE(rig.eventually([&] { return name() == "Doe"; }));
  EXPECT_EQ(rig.store.get<User>("tijuana").value()->value.last_name, "Doe");
  EXPECT_TRUE(rig.eventually([&] {
    const auto left = rig.store.query(from<Request>().in_group()).value();
    return left.size() == 1 && left[0]->id == "1" && !left[0]->error.empty();
  }));
  const auto left = rig.store.query(from<Request>().in_group()).value();
  EXPECT_THAT(left.at(0)->error, HasSubstr("$.firstName"));
}

}  // namespace
}  // namespace freshet
