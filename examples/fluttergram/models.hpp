// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include "freshet/model/describe.hpp"
#include "freshet/model/value.hpp"

/// Users who follow each other, posts, and the feed of each user: the models of both faces.
namespace fluttergram {

// [models]
struct User {
  std::string id;
  /// By the follower's id: whether they still follow.
  std::map<std::string, bool> followers;
};
constexpr auto describe(freshet::of<User>) {
  return freshet::model("users", freshet::key<&User::id>(), freshet::field<&User::followers>());
}

/// Apps put into posts what they like: what the model does not name is kept.
struct Post {
  std::string id;
  std::string owner_id;
  freshet::Value::Object rest;
};
constexpr auto describe(freshet::of<Post>) {
  using namespace freshet;
  return model("insta_posts", camel_case, document_fields, obj_type_key("obj_type"), key<&Post::id>(internal),
               field<&Post::owner_id>(), keep_unknown<&Post::rest>());
}

/// A post as it stands in one follower's feed: "users/{follower}/feed/{post}".
struct FeedEntry {
  std::string id;
  std::string follower;
  Post post;

  std::string doc_ref() const { return "users/" + follower + "/feed/" + id; }
};
constexpr auto describe(freshet::of<FeedEntry>) {
  using namespace freshet;
  return model("feed", obj_type("PostDAV"), obj_type_key("obj_type"), key<&FeedEntry::id>(internal),
               field<&FeedEntry::follower>(internal), field<&FeedEntry::post>(), computed<&FeedEntry::doc_ref>());
}
// [/models]

}  // namespace fluttergram
