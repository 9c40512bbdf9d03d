// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/setup_text.hpp"

#include <string_view>

#include "freshet/store/internal/sql_text.hpp"

namespace freshet::store::postgres {
namespace {

// Puts names in the places of $schema and $table.
std::string fill(std::string_view text, const std::string& schema, const std::string& table = {}) {
  std::string out;
  while (!text.empty()) {
    if (text.starts_with("$schema")) {
      out += schema;
      text.remove_prefix(7);
    } else if (text.starts_with("$table")) {
      out += table;
      text.remove_prefix(6);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

// The functions run with the rights of who made them: whoever may write to a model's table need know nothing of ours.
// freshet_sessions keeps its updates on the page (HOT), so that its index never grows and writers never meet in it.
constexpr std::string_view kShared = R"sql(
CREATE TABLE IF NOT EXISTS $schema.freshet_tombstones (
  table_name text COLLATE "C" NOT NULL,
  parent text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (table_name, parent, id)
);
CREATE INDEX IF NOT EXISTS freshet_tombstones_at ON $schema.freshet_tombstones (at);
CREATE TABLE IF NOT EXISTS $schema.freshet_forgotten (
  table_name text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS $schema.freshet_sessions (
  session text COLLATE "C" PRIMARY KEY,
  number bigint NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);
CREATE OR REPLACE FUNCTION $schema.freshet_last_revision(name text, in_parent text, with_id text) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $body$
  SELECT coalesce(
    (SELECT revision FROM $schema.freshet_tombstones WHERE table_name = name AND parent = in_parent AND id = with_id),
    (SELECT revision FROM $schema.freshet_forgotten WHERE table_name = name), 0);
$body$;
CREATE OR REPLACE FUNCTION $schema.freshet_before_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  NEW._revision := 1 + $schema.freshet_last_revision(TG_TABLE_NAME, NEW._parent, NEW._id);
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION $schema.freshet_before_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF NEW._parent = OLD._parent AND NEW._id = OLD._id THEN
    NEW._revision := OLD._revision + 1;
    NEW._created_at := OLD._created_at;
  ELSE
    INSERT INTO $schema.freshet_tombstones VALUES (TG_TABLE_NAME, OLD._parent, OLD._id, OLD._revision)
      ON CONFLICT (table_name, parent, id) DO UPDATE SET revision = excluded.revision, at = excluded.at;
    NEW._revision := 1 + $schema.freshet_last_revision(TG_TABLE_NAME, NEW._parent, NEW._id);
  END IF;
  NEW._updated_at := greatest(clock_timestamp(), OLD._updated_at + interval '1 microsecond');
  RETURN NEW;
END $body$;
CREATE OR REPLACE FUNCTION $schema.freshet_after_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  INSERT INTO $schema.freshet_tombstones VALUES (TG_TABLE_NAME, OLD._parent, OLD._id, OLD._revision)
    ON CONFLICT (table_name, parent, id) DO UPDATE SET revision = excluded.revision, at = excluded.at;
  RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION $schema.freshet_before_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  EXECUTE format('DELETE FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME);
  RETURN NULL;
END $body$;
)sql";

constexpr std::string_view kRowTriggers = R"sql(
CREATE OR REPLACE TRIGGER freshet_insert BEFORE INSERT ON $schema.$table FOR EACH ROW
  WHEN (NEW._revision = 0) EXECUTE FUNCTION $schema.freshet_before_insert();
CREATE OR REPLACE TRIGGER freshet_update BEFORE UPDATE ON $schema.$table FOR EACH ROW
  WHEN (NEW._revision = OLD._revision AND NEW *<> OLD) EXECUTE FUNCTION $schema.freshet_before_update();
CREATE OR REPLACE TRIGGER freshet_delete AFTER DELETE ON $schema.$table FOR EACH ROW
  EXECUTE FUNCTION $schema.freshet_after_delete();
CREATE OR REPLACE TRIGGER freshet_truncate BEFORE TRUNCATE ON $schema.$table FOR EACH STATEMENT
  EXECUTE FUNCTION $schema.freshet_before_truncate();
ALTER TABLE $schema.$table REPLICA IDENTITY FULL;
)sql";

// Rows of freshet_changes get their `position` only once their transaction is visible, from whoever looks first, one at
// a time: so positions become visible in their order, and no later commit ever gets a smaller one. A transaction's rows
// stand together; of two that wrote the same row, the one that waited for the other comes later, because `number` is
// drawn while the row is locked.
constexpr std::string_view kChangeLog = R"sql(
CREATE TABLE IF NOT EXISTS $schema.freshet_feed (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  epoch text NOT NULL DEFAULT 'table.' || gen_random_uuid(),
  position bigint NOT NULL DEFAULT 0,
  forgotten bigint NOT NULL DEFAULT 0
);
INSERT INTO $schema.freshet_feed DEFAULT VALUES ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS $schema.freshet_changes (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  table_name text NOT NULL,
  before json,
  after json,
  position bigint
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS freshet_changes_position ON $schema.freshet_changes (position);
CREATE INDEX IF NOT EXISTS freshet_changes_new ON $schema.freshet_changes (number) WHERE position IS NULL;
CREATE OR REPLACE FUNCTION $schema.freshet_order_changes() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  last bigint;
BEGIN
  LOCK TABLE $schema.freshet_feed IN EXCLUSIVE MODE;
  SELECT position INTO last FROM $schema.freshet_feed;
  WITH new AS (
    SELECT number, max(number) OVER (PARTITION BY xid) AS ends FROM $schema.freshet_changes WHERE position IS NULL
  ), ordered AS (
    SELECT number, last + row_number() OVER (ORDER BY ends, number) AS position FROM new
  ), placed AS (
    UPDATE $schema.freshet_changes c SET position = o.position FROM ordered o WHERE c.number = o.number
    RETURNING c.position
  )
  SELECT coalesce(max(placed.position), last) INTO last FROM placed;
  UPDATE $schema.freshet_feed SET position = last WHERE position <> last;
  RETURN last;
END $body$;
-- Makes the trigger of a table, with a function that knows its columns as they are now. JSON is logged as text, since
-- a null of JSON and a null of SQL would look the same.
CREATE OR REPLACE FUNCTION $schema.freshet_log_table(logged regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  columns text;
  name text := format('$schema.%I', 'freshet_log_' || logged::oid);
BEGIN
  SELECT string_agg(format(CASE WHEN atttypid IN ('json'::regtype, 'jsonb'::regtype) THEN 'v.%1$I::text AS %1$I'
                                ELSE 'v.%1$I' END, attname), ', ')
    INTO columns FROM pg_attribute WHERE attrelid = logged AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
    'SET search_path = pg_catalog, pg_temp SET TimeZone = ''UTC'' SET extra_float_digits = 3 AS %L', name,
    'DECLARE before json; after json; BEGIN '
    'IF TG_OP <> ''INSERT'' THEN '
    'SELECT row_to_json(r) INTO before FROM (SELECT ' || columns || ' FROM (SELECT OLD.*) v) r; END IF; '
    'IF TG_OP <> ''DELETE'' THEN '
    'SELECT row_to_json(r) INTO after FROM (SELECT ' || columns || ' FROM (SELECT NEW.*) v) r; END IF; '
    'INSERT INTO $schema.freshet_changes (table_name, before, after) VALUES (TG_TABLE_NAME, before, after); '
    'RETURN NULL; END');
  EXECUTE format('CREATE OR REPLACE TRIGGER freshet_log AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW '
    'EXECUTE FUNCTION %s()', logged, name);
END $body$;
CREATE OR REPLACE FUNCTION $schema.freshet_tell_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  PERFORM pg_notify('freshet_$schema', '');
  RETURN NULL;
END $body$;
)sql";

constexpr std::string_view kChangeLogTriggers = R"sql(
CREATE OR REPLACE TRIGGER freshet_tell AFTER INSERT OR UPDATE OR DELETE ON $schema.$table FOR EACH STATEMENT
  EXECUTE FUNCTION $schema.freshet_tell_change();
)sql";

}  // namespace

std::string shared_objects(const std::string& schema) { return fill(kShared, sql::quoted(schema)); }

std::string change_log_objects(const std::string& schema) {
  std::string text = fill(kChangeLog, sql::quoted(schema));
  const std::string quoted_channel = "'freshet_" + sql::quoted(schema) + "'";
  text.replace(text.find(quoted_channel), quoted_channel.size(), "'freshet_" + schema + "'");
  return text;
}

std::string row_triggers(const std::string& schema, const Table& table) {
  return fill(kRowTriggers, sql::quoted(schema), sql::quoted(table.name));
}

std::string change_log_triggers(const std::string& schema, const Table& table) {
  const std::string name = sql::quoted(schema) + "." + sql::quoted(table.name);
  return "SELECT " + sql::quoted(schema) + ".freshet_log_table(" + sql::text_literal(name) + ");\n" +
         fill(kChangeLogTriggers, sql::quoted(schema), sql::quoted(table.name));
}

}  // namespace freshet::store::postgres
