// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/store/transaction.hpp"

/// Mediators of mode `rest` as run-time values: what both faces come down to.
namespace freshet::mediators {

/// What a request asks for.
enum class RestOperation : std::uint8_t {
  create,  ///< POST
  update,  ///< PATCH or PUT with a key
  remove,  ///< DELETE with a key
  read,    ///< GET with a key
  list,    ///< GET
};
inline constexpr std::size_t kRestOperations = 5;
constexpr bool takes_key(RestOperation operation) {
  return operation != RestOperation::create && operation != RestOperation::list;
}
constexpr bool only_reads(RestOperation operation) {
  return operation == RestOperation::read || operation == RestOperation::list;
}

/// A request, as far as handlers are concerned with it.
struct RestRequest {
  /// Who makes it. Never null. Owners: requests.
  std::shared_ptr<const Caller> caller;
  /// From the path; empty where the operation has none.
  std::string key;
  /// As sent.
  std::string query;
  std::string body;
  /// The body is all of the representation: a PUT, no PATCH.
  bool is_whole = true;
};

/// What a handler gave.
struct RestAnswer {
  /// As JSON; unset where it gave nothing.
  std::optional<std::string> value;
  /// The value's own key, where it has one.
  std::string key;
  /// There is nothing of that key.
  bool is_missing = false;
  /// What is to be done once, when it is durable.
  std::vector<std::function<Result<void>()>> afterwards;
};

/// What is done in the transaction of one request. May be called several times, since transactions that lose a race are
/// run again; so it has no effect but through the transaction.
using RestCall = std::function<Result<RestAnswer>(StoreTransaction&)>;

/// Makes the call for a request, or says what is wrong with the request. Called on the loop.
using RestHandler = std::function<Result<RestCall>(RestRequest)>;

/// The routes of one mediator.
class RestRoutes {
 public:
  virtual ~RestRoutes() = default;
  /// Answers an operation from now on. Errors: throws Failure if it is answered already.
  virtual void answer(RestOperation operation, RestHandler handler) = 0;
};

/// Reads the body of a request into an object. Errors: as codec::decode_json().
Result<void> read_body(const RestRequest& request, const Type& type, void* object);
/// Parameters from the query string: `limit=3`. Errors: as read_body(), and of the encoding.
Result<AnyObject> read_params(const RestRequest& request, const Type& type);

}  // namespace freshet::mediators
