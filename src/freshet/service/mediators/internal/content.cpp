// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/content.hpp"

#include <utility>

#include "freshet/codec/json.hpp"
#include "freshet/model/any_object.hpp"

namespace freshet::mediators {
namespace {

Result<const store::Variant*> variant_of(const store::Table& table, const std::string& obj_type) {
  const store::Variant* const variant = table.variant(obj_type);
  if (variant == nullptr) {
    return fail(ErrorCode::invalid_argument, "there is no model '" + obj_type + "' in '" + table.name + "'");
  }
  return variant;
}

}  // namespace

Result<std::string> content_of(const store::Table& table, const store::Row& row) {
  const auto variant = variant_of(table, row.obj_type);
  if (!variant) return fail(variant.error());
  AnyObject object(*(*variant)->type);
  if (auto read = store::from_cells(table, **variant, row.key.id, row.cells, object.get()); !read) {
    return fail(std::move(read.error()));
  }
  std::string json;
  if (auto written = codec::encode_json(object.type(), object.get(), json); !written) {
    return fail(std::move(written.error()));
  }
  return json;
}

Result<store::Row> row_of(const store::Table& table, store::Key key, const std::string& obj_type,
                          const std::string& content) {
  const auto variant = variant_of(table, obj_type);
  if (!variant) return fail(variant.error());
  AnyObject object(*(*variant)->type);
  if (auto read = codec::decode_json(object.type(), object.get(), content); !read) return fail(std::move(read.error()));
  auto cells = store::to_cells(table, **variant, object.get());
  if (!cells) return fail(std::move(cells.error()));
  return store::Row{.key = std::move(key), .obj_type = obj_type, .cells = std::move(*cells)};
}

}  // namespace freshet::mediators
