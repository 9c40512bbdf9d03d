// SPDX-License-Identifier: MIT
#include "freshet/store/outcome.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "freshet/store/internal/cell_of.hpp"

namespace freshet::store {
namespace {

std::string quoted_path(const Write& write) { return "'" + path_of(*write.table, write.key) + "'"; }

Result<void> check_key(const Write& write) {
  const std::string& table = write.table->name;
  if (!Reference::is_name(write.key.id)) {
    const auto why = Reference::parse(write.key.id.empty() ? "/" : write.key.id);
    return fail(ErrorCode::invalid_argument, "a document of '" + table + "' has an id that cannot be",
                why ? "it has a '/'" : why.error().primary);
  }
  if (write.key.parent.empty()) return {};
  const auto parent = Reference::parse(write.key.parent);
  if (!parent) return fail(parent.error());
  if (!parent->is_document()) {
    return fail(ErrorCode::invalid_argument, "'" + write.key.parent + "' is no document",
                "documents of '" + table + "' are to lie in it", "a path of collections and ids by turns");
  }
  if (parent->depth() + 2 <= Reference::kDepthMax) return {};
  return fail(ErrorCode::invalid_argument, "a path is too deep", write.key.parent);
}

Result<void> check_cell(const Write& write, std::size_t place) {
  const Column& column = write.table->columns[place];
  const Cell& cell = write.cells[place];
  const auto refuse = [&](const std::string& why) {
    Error error{.code = ErrorCode::invalid_argument, .primary = why, .detail = "in " + quoted_path(write)};
    error.path = "$." + column.name;
    return fail(std::move(error));
  };
  if (is_null(cell)) return column.is_nullable ? Result<void>() : refuse("a value is wanted");
  if (internal::kind_of(cell) != column.kind) {
    return refuse("expected " + std::string(internal::describe(column.kind)) + ", got " +
                  std::string(internal::describe(internal::kind_of(cell))));
  }
  if (const auto* const number = std::get_if<double>(&cell); number != nullptr && std::isnan(*number)) {
    return refuse("number is not a number (NaN)");
  }
  if (const auto* const text = std::get_if<std::string>(&cell)) {
    if (auto ok = internal::check_text(*text); !ok) return refuse(ok.error().primary);
  }
  return {};
}

Bytes bytes_of(const Cell& cell) {
  if (const auto* const text = std::get_if<std::string>(&cell)) return text->size();
  if (const auto* const json = std::get_if<Json>(&cell)) return json->text.size();
  return sizeof(std::int64_t);
}

// The columns that a write gives: some for an update, else all.
template <class Fn> Result<void> for_each_cell(const Write& write, Fn&& each) {
  if (write.kind == WriteKind::update) {
    for (const std::size_t place : write.columns) {
      if (auto ok = each(place); !ok) return ok;
    }
    return {};
  }
  for (std::size_t place = 0; place < write.table->columns.size(); ++place) {
    if (auto ok = each(place); !ok) return ok;
  }
  return {};
}

Result<void> check_columns(const Write& write) {
  const std::size_t count = write.table->columns.size();
  const auto is_none = [&](std::size_t place) { return place >= count; };
  if (write.cells.size() != count || std::any_of(write.columns.begin(), write.columns.end(), is_none)) {
    return fail(ErrorCode::invalid_argument, "a write does not fit its table", "in " + quoted_path(write));
  }
  if (write.kind == WriteKind::update || write.table->variant(write.obj_type) != nullptr) return {};
  return fail(ErrorCode::invalid_argument, "'" + write.obj_type + "' is no kind of '" + write.table->name + "'",
              "in " + quoted_path(write));
}

tl::unexpected<Error> not_there(const Write& write) {
  return fail(ErrorCode::not_found, quoted_path(write) + " does not exist");
}

tl::unexpected<Error> is_there(const Write& write) {
  return fail(ErrorCode::already_exists, quoted_path(write) + " exists already");
}

Result<void> check_precondition(const Write& write, const std::optional<Row>& before) {
  const Precondition& wanted = write.precondition;
  if (wanted.exists == true && !before) return not_there(write);
  if (wanted.exists == false && before) return is_there(write);
  const auto conflict = [&](std::string detail) {
    return fail(ErrorCode::conflict, quoted_path(write) + " was changed by somebody else", std::move(detail),
                "read it again and decide anew");
  };
  if (!wanted.revision && !wanted.updated_at) return {};
  if (!before) return conflict("it does not exist any more");
  if (wanted.revision && *wanted.revision != before->revision) {
    return conflict("revision " + std::to_string(*wanted.revision) + " is expected, it has " +
                    std::to_string(before->revision));
  }
  if (wanted.updated_at && *wanted.updated_at != before->updated_at) return conflict("its update time is another");
  return {};
}

Row changed_row(const Write& write, const Row& before) {
  Row after = before;
  if (write.kind == WriteKind::update) {
    for (const std::size_t place : write.columns) after.cells[place] = write.cells[place];
  } else {
    after.obj_type = write.obj_type;
    after.cells = write.cells;
  }
  return after;
}

}  // namespace

std::string path_of(const Table& table, const Key& key) {
  return (key.parent.empty() ? std::string() : key.parent + "/") + table.name + "/" + key.id;
}

Result<void> check(const Write& write, Bytes document_bytes_max) {
  if (write.table == nullptr) return fail(ErrorCode::invalid_argument, "a write names no table");
  if (auto ok = check_key(write); !ok || write.kind == WriteKind::remove) return ok;
  if (auto ok = check_columns(write); !ok) return ok;
  Bytes bytes = 0;
  auto checked = for_each_cell(write, [&](std::size_t place) {
    bytes += bytes_of(write.cells[place]);
    return check_cell(write, place);
  });
  if (!checked || bytes <= document_bytes_max) return checked;
  return fail(ErrorCode::too_large, quoted_path(write) + " is too large", std::to_string(bytes) + " bytes",
              "at most " + std::to_string(document_bytes_max));
}

Result<Outcome> outcome_of(const Write& write, const std::optional<Row>& before, Revision last_revision,
                           Timestamp now) {
  if (auto ok = check_precondition(write, before); !ok) return fail(std::move(ok.error()));
  if (write.kind == WriteKind::create && before) return is_there(write);
  if (write.kind == WriteKind::update && !before) return not_there(write);
  if (write.kind == WriteKind::remove) {
    return Outcome{.change = before ? std::optional(ChangeKind::remove) : std::nullopt, .after = std::nullopt};
  }
  if (!before) {
    Row made{.key = write.key, .obj_type = write.obj_type, .revision = last_revision + 1, .cells = write.cells};
    made.created_at = now;
    made.updated_at = now;
    return Outcome{.change = ChangeKind::create, .after = std::move(made)};
  }
  Row after = changed_row(write, *before);
  if (after.obj_type == before->obj_type && after.cells == before->cells) {
    return Outcome{.change = std::nullopt, .after = std::move(after)};
  }
  after.revision = before->revision + 1;
  after.updated_at = std::max(now, before->updated_at + std::chrono::microseconds(1));
  return Outcome{.change = ChangeKind::update, .after = std::move(after)};
}

}  // namespace freshet::store
