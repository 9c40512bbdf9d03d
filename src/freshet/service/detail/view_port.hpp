// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/codec/json_writer.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/model/any_object.hpp"
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/models.hpp"
#include "freshet/store/once.hpp"
#include "freshet/stream/access.hpp"
#include "freshet/stream/resource.hpp"
#include "freshet/stream/source.hpp"

namespace freshet {
class StoreTransaction;
}

namespace freshet::service {

/// Writes one attribute of a view's row back to the models. `value` is of the attribute's type.
using SetAttribute =
    std::function<Result<void>(StoreTransaction&, const std::string& key, const void* value, const Caller& caller)>;

struct Setter {
  /// In the view model's schema.
  const Field* field = nullptr;
  SetAttribute set;
};

/// A form without its types.
struct FormPort {
  using Handler = std::function<Result<std::string>(StoreTransaction&, const void* form, const Caller& caller)>;

  std::string name;
  const Type* type = nullptr;
  Handler handler;
  /// Who may post it: the right to write a row with the form's name as its key. Null: everybody may.
  std::shared_ptr<const stream::RowRules> rules = nullptr;
};

/// A view model without its types: what the routes work on. Templates end in this interface.
///
/// Thread safety: belongs to the loop, but compute() and compute_all(), which may be called from any thread.
class ViewPort {
 public:
  virtual ~ViewPort() = default;

  virtual const Type& value_type() const = 0;
  virtual const Type& params_type() const = 0;

  /// The row of one key as the graph has it. Errors: not_found; internal where its mapper fails on it.
  virtual Result<AnyObject> row(const std::string& key) const = 0;
  using Visible = std::function<bool(const std::string& key, const void* row)>;
  /// All rows with these parameters that are visible: `{"key":{...},...}`.
  virtual Result<std::string> show_all(const void* params, const Visible& visible) const = 0;
  /// The rows without their types, for access rules; those of `row()` where there are no parameters.
  virtual std::unique_ptr<stream::Source> source(const void* params) const = 0;

  /// The row of one key, made for `caller`, computed from documents read in the transaction. Errors: not_found, and
  /// those of Once.
  virtual Result<AnyObject> compute(store::BackendTransaction& transaction, const std::string& key,
                                    const Caller& caller) const = 0;
  using KeyedRows = std::vector<std::pair<std::string, AnyObject>>;
  /// All rows with these parameters, in key order. Errors: those of Once.
  virtual Result<KeyedRows> compute_all(store::BackendTransaction& transaction, const void* params,
                                        const Caller& caller) const = 0;

  std::string name;
  std::string doc;
  std::vector<Setter> setters;
  /// Whether rows are computed for each request: then row(), show_all() and source() are not called.
  bool is_once = false;
};

inline tl::unexpected<Error> no_such_row(const std::string& view, const std::string& key) {
  return fail(ErrorCode::not_found, "there is no " + key + " in " + view);
}

/// The view model of one type: `build(caller, models, params)` declares it.
template <class Value, class Params> class TypedViewPort final : public ViewPort {
 public:
  using Rows = Collection<std::string, Value>;
  using Build = std::function<Rows(const Caller&, Models&, const Params&)>;

  explicit TypedViewPort(Build build) : build_(std::move(build)) {}

  /// Declares the view over these models, and holds it as it is with default parameters.
  void go_live(Models& models) {
    models_ = &models;
    rows_.emplace(rows(Params{}));
    errors_.emplace(rows_->errors());
  }
  /// Of a live view, which is the same for all callers.
  Rows rows(const Params& params) const { return build_(Caller{}, *models_, params); }

  const Type& value_type() const override { return type_of<Value>(); }
  const Type& params_type() const override { return type_of<Params>(); }

  Result<AnyObject> row(const std::string& key) const override {
    if (const Value* value = rows_->get(key)) return copy_of(*value);
    if (const RowError* error = errors_->get(key)) {
      return fail(ErrorCode::internal, "the row " + key + " of " + name + " cannot be computed", error->message);
    }
    return no_such_row(name, key);
  }

  std::unique_ptr<stream::Source> source(const void* params) const override {
    return stream::source_of<std::string, Value>(params == nullptr ? *rows_
                                                                   : rows(*static_cast<const Params*>(params)));
  }

  Result<std::string> show_all(const void* params, const Visible& visible) const override {
    std::string json = "{";
    std::optional<Error> wrong;
    rows(*static_cast<const Params*>(params)).for_each([&](const std::string& key, const Values<Value>& values) {
      if (!visible(key, &values.front())) return;
      if (json.size() > 1) json += ',';
      codec::append_json_name(json, key);
      auto encoded = codec::encode_json(type_of<Value>(), &values.front(), json);
      if (!encoded && !wrong) wrong = std::move(encoded.error());
    });
    if (wrong) return fail(*std::move(wrong));
    return json + "}";
  }

  Result<AnyObject> compute(store::BackendTransaction& transaction, const std::string& key,
                            const Caller& caller) const override {
    auto value = once(Params{}, caller).get(transaction, key);
    if (!value) return fail(std::move(value.error()));
    if (!*value) return no_such_row(name, key);
    return copy_of(**value);
  }

  Result<KeyedRows> compute_all(store::BackendTransaction& transaction, const void* params,
                                const Caller& caller) const override {
    auto rows = once(*static_cast<const Params*>(params), caller).query(transaction, {.limit = kOnceRowsMax});
    if (!rows) return fail(std::move(rows.error()));
    KeyedRows copies;
    for (const auto& [key, value] : *rows) copies.emplace_back(key, copy_of(value));
    return copies;
  }

 private:
  /// One more than Once computes, which then says so.
  static constexpr std::size_t kOnceRowsMax = OnceOptions{}.documents_max + 1;

  static AnyObject copy_of(const Value& value) {
    AnyObject copy(type_of<Value>());
    type_of<Value>().assign(copy.get(), &value);
    return copy;
  }
  Once<Value> once(const Params& params, const Caller& caller) const {
    return Once<Value>([this, params, caller](Models& models) { return build_(caller, models, params); });
  }

  Build build_;
  Models* models_ = nullptr;
  std::optional<Rows> rows_;
  std::optional<Collection<std::string, RowError>> errors_;
};

}  // namespace freshet::service
