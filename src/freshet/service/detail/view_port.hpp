// SPDX-License-Identifier: MIT
#pragma once

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
#include "freshet/model/schema.hpp"
#include "freshet/model/type_of.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/models.hpp"
#include "freshet/store/once.hpp"
#include "freshet/stream/resource.hpp"
#include "freshet/stream/source.hpp"

namespace freshet {
class StoreTransaction;
}

namespace freshet::service {

/// Writes one attribute of a view's row back to the models. `value` is of the attribute's type.
using SetAttribute = std::function<Result<void>(StoreTransaction&, const std::string& key, const void* value)>;

struct Setter {
  /// In the view model's schema.
  const Field* field = nullptr;
  SetAttribute set;
};

/// A view model without its types: what the routes work on. Templates end in this interface.
///
/// Thread safety: belongs to the loop, but compute(), which may be called from any thread.
class ViewPort {
 public:
  virtual ~ViewPort() = default;

  virtual const Type& value_type() const = 0;
  virtual const Type& params_type() const = 0;

  /// The row of one key as JSON, as the graph has it. Errors: not_found; internal where its mapper fails on it.
  virtual Result<std::string> show(const std::string& key) const = 0;
  using Visible = std::function<bool(const std::string& key)>;
  /// All rows with these parameters that are visible: `{"key":{...},...}`.
  virtual Result<std::string> show_all(const void* params, const Visible& visible) const = 0;
  /// The rows without their types, for access rules; those of `show()` where there are no parameters.
  virtual std::unique_ptr<stream::Source> source(const void* params) const = 0;
  /// The row of one key as JSON, computed from documents read in the transaction. Errors: not_found, and those of Once.
  virtual Result<std::string> compute(store::BackendTransaction& transaction, const std::string& key) const = 0;

  std::string name;
  std::string doc;
  std::vector<Setter> setters;
  /// Whether rows are computed for each request: then show() and show_all() are not called.
  bool is_once = false;
};

inline tl::unexpected<Error> no_such_row(const std::string& view, const std::string& key) {
  return fail(ErrorCode::not_found, "there is no " + key + " in " + view);
}

/// The view model of one type: `build(models, params)` declares it.
template <class Value, class Params> class TypedViewPort final : public ViewPort {
 public:
  using Rows = Collection<std::string, Value>;
  using Build = std::function<Rows(Models&, const Params&)>;

  explicit TypedViewPort(Build build)
      : build_(std::move(build)), once_([build = build_](Models& models) { return build(models, Params{}); }) {}

  /// Declares the view over these models, and holds it as it is with default parameters.
  void go_live(Models& models) {
    models_ = &models;
    rows_.emplace(build_(models, Params{}));
    errors_.emplace(rows_->errors());
  }
  Rows rows(const Params& params) const { return build_(*models_, params); }

  const Type& value_type() const override { return type_of<Value>(); }
  const Type& params_type() const override { return type_of<Params>(); }

  Result<std::string> show(const std::string& key) const override {
    if (const Value* value = rows_->get(key)) return to_json(*value);
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
      if (!visible(key)) return;
      if (json.size() > 1) json += ',';
      codec::append_json_name(json, key);
      auto encoded = codec::encode_json(type_of<Value>(), &values.front(), json);
      if (!encoded && !wrong) wrong = std::move(encoded.error());
    });
    if (wrong) return fail(*std::move(wrong));
    return json + "}";
  }

  Result<std::string> compute(store::BackendTransaction& transaction, const std::string& key) const override {
    auto value = once_.get(transaction, key);
    if (!value) return fail(std::move(value.error()));
    if (!*value) return no_such_row(name, key);
    return to_json(**value);
  }

 private:
  Build build_;
  Once<Value> once_;
  Models* models_ = nullptr;
  std::optional<Rows> rows_;
  std::optional<Collection<std::string, RowError>> errors_;
};

}  // namespace freshet::service
