// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/triggers.hpp"

#include "freshet/store/feed.hpp"
#include "freshet/store/internal/sql_text.hpp"

namespace freshet::store::sqlite {
namespace {

using sql::quoted;
using sql::text_literal;

// The places of what every table has, in the order of sql::kSystemColumns.
constexpr int kFirstLogged = 2;  // the parent and the id, at 0 and 1, name the row

/// Writes the triggers of one table.
///
/// Each condition that tells the store's own writes from others' compares revisions first, which ends it for the
/// store's own.
class TriggerText {
 public:
  TriggerText(const std::string& table, const std::vector<StoredColumn>& columns) : table_(table), columns_(columns) {}

  std::vector<Trigger> make() const {
    const std::string own_update = "NEW._revision <> OLD._revision";
    const std::string same_key = "NEW._parent = OLD._parent AND NEW._id = OLD._id";
    return {
        trigger("check_insert", "BEFORE INSERT", "NEW._revision = 0", checks()),
        trigger("check_update", "BEFORE UPDATE", "NEW._revision = OLD._revision AND OLD._revision > 0", checks()),
        trigger("insert", "AFTER INSERT", "", insertion()),
        trigger("update", "AFTER UPDATE",
                "OLD._revision > 0 AND " + same_key + " AND (" + own_update + " OR " + differs() + ")", update()),
        trigger("move", "AFTER UPDATE", "OLD._revision > 0 AND NOT (" + same_key + ")", move()),
        trigger("delete", "AFTER DELETE", "", log(ChangeKind::remove, "OLD", now()) + tombstone()),
    };
  }

 private:
  Trigger trigger(const std::string& what, const std::string& when, const std::string& condition,
                  const std::string& body) const {
    const std::string name = "_freshet_" + what + "_" + table_;
    return {name, "CREATE TRIGGER " + quoted(name) + " " + when + " ON " + quoted(table_) +
                      (condition.empty() ? "" : " WHEN " + condition) + " BEGIN\n" + body + "END"};
  }

  static std::string now() { return std::string(sql::kSqlite.now_default); }

  std::string next_revision() const {
    return "CASE NEW._revision WHEN 0 THEN 1 + " + last_revision_of(text_literal(table_), "NEW._parent", "NEW._id") +
           " ELSE NEW._revision END";
  }

  std::string log(ChangeKind kind, const std::string& key_of, const std::string& at) const {
    std::string names = "at, tbl, kind, parent, id";
    std::string values = at + ", " + text_literal(table_) + ", " + std::to_string(static_cast<int>(kind)) + ", " +
                         key_of + "._parent, " + key_of + "._id";
    const auto add_row = [&](char side, const std::string& row) {
      for (const StoredColumn& column : columns_) {
        if (column.place < kFirstLogged) continue;
        names += ", " + log_column(side, column.place);
        values += ", " + logged(kind, side, row, column);
      }
    };
    if (kind != ChangeKind::create) add_row('b', "OLD");
    if (kind != ChangeKind::remove) add_row('a', "NEW");
    return "  INSERT INTO " + std::string(kLog) + " (" + names + ") VALUES (" + values + ");\n";
  }

  // What others leave to the triggers stands in the log as it will be.
  std::string logged(ChangeKind kind, char side, const std::string& row, const StoredColumn& column) const {
    if (side == 'a' && kind == ChangeKind::create && column.name == sql::kRevision) return next_revision();
    if (side == 'a' && kind == ChangeKind::update && column.name == sql::kRevision) {
      return "CASE NEW._revision WHEN OLD._revision THEN OLD._revision + 1 ELSE NEW._revision END";
    }
    if (side == 'a' && kind == ChangeKind::update && column.name == sql::kUpdatedAt) return update_time();
    return row + "." + quoted(column.name);
  }

  static std::string update_time() {
    return "CASE NEW._revision WHEN OLD._revision THEN max(" + now() +
           ", OLD._updated_at + 1) ELSE NEW._updated_at END";
  }

  std::string of_new_key() const { return " WHERE _parent = NEW._parent AND _id = NEW._id AND "; }

  std::string insertion() const {
    return log(ChangeKind::create, "NEW", "NEW._updated_at") + "  UPDATE " + quoted(table_) +
           " SET _revision = " + next_revision() + of_new_key() + "NEW._revision = 0;\n";
  }

  std::string update() const {
    return log(ChangeKind::update, "NEW", update_time()) + "  UPDATE " + quoted(table_) +
           " SET _revision = OLD._revision + 1, _updated_at = " + update_time() + of_new_key() +
           "NEW._revision = OLD._revision;\n";
  }

  // Another program gave a document another id: to who follows, one goes and one comes.
  std::string move() const {
    return log(ChangeKind::remove, "OLD", now()) + tombstone() + log(ChangeKind::create, "NEW", now());
  }

  std::string tombstone() const {
    return "  INSERT INTO " + std::string(kRemoved) + " (tbl, parent, id, revision, seq) VALUES (" +
           text_literal(table_) + ", OLD._parent, OLD._id, OLD._revision, (SELECT max(seq) FROM " + std::string(kLog) +
           "))\n    ON CONFLICT (tbl, parent, id) DO UPDATE SET revision = max(revision, excluded.revision), "
           "seq = excluded.seq;\n";
  }

  std::string differs() const {
    std::string news;
    std::string olds;
    for (const StoredColumn& column : columns_) {
      if (column.place < kFirstLogged) continue;
      news += (news.empty() ? "NEW." : ", NEW.") + quoted(column.name);
      olds += (olds.empty() ? "OLD." : ", OLD.") + quoted(column.name);
    }
    return "(" + news + ") IS NOT (" + olds + ")";
  }

  std::string check(const std::string& column, const std::string& why, const std::string& condition) const {
    return "  SELECT RAISE(ABORT, " + text_literal(table_ + "." + column + " " + why) + ") WHERE " + condition + ";\n";
  }

  std::string checks() const {
    std::string out = check("_id", "is empty or has a '/'", "NEW._id = '' OR instr(NEW._id, '/') > 0");
    for (const StoredColumn& column : columns_) {
      const std::string value = "NEW." + quoted(column.name);
      if (!column.is_nullable) out += check(column.name, "must not be null", value + " IS NULL");
      if (column.kind == ColumnKind::json)
        out += check(column.name, "is no JSON", value + " IS NOT NULL AND NOT json_valid(" + value + ")");
      if (column.kind == ColumnKind::boolean) {
        out += check(column.name, "is neither 0 nor 1", value + " NOT IN (0, 1)");
      }
    }
    return out;
  }

  const std::string& table_;
  const std::vector<StoredColumn>& columns_;
};

}  // namespace

std::string log_column(char side, int place) { return side + std::to_string(place); }

std::string last_revision_of(const std::string& table, const std::string& parent, const std::string& id) {
  const std::string of_table = " WHERE tbl = " + table;
  return "coalesce((SELECT revision FROM " + std::string(kRemoved) + of_table + " AND parent = " + parent +
         " AND id = " + id + "), (SELECT revision FROM " + std::string(kForgotten) + of_table + "), 0)";
}

std::vector<Trigger> triggers_of(const std::string& table, const std::vector<StoredColumn>& columns) {
  return TriggerText(table, columns).make();
}

}  // namespace freshet::store::sqlite
