-- Names that somebody else has taken, or that no field, model or file may have.
CREATE TYPE users AS ENUM ('a');
CREATE TYPE kind AS ENUM ('', 'two words', 'it''s', 'no', '12', 'null', 'ä');
CREATE TYPE odd AS ENUM (' a', 'b');
CREATE TYPE status AS ENUM ('on', 'off');
CREATE TABLE "user" (id integer PRIMARY KEY, json json, metadata text, model_dump text, self text);
CREATE TABLE "Users" (id integer PRIMARY KEY);
CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE user_accounts (id integer PRIMARY KEY, user_id integer REFERENCES "user");
CREATE TABLE user_account (id integer PRIMARY KEY);
CREATE TABLE field (id integer PRIMARY KEY, "Größe" numeric(5, 1), "größe" text, "a b" text, a_b text);
CREATE TABLE "Überweisung" (id integer PRIMARY KEY, "1st" integer, _private text, "über" text, "€" text);
CREATE TABLE "1st" (id integer PRIMARY KEY);
CREATE TABLE "select" (id integer PRIMARY KEY, "from" date, "yes" boolean, "null" text, "on" text);
CREATE TABLE response (id integer PRIMARY KEY, status status NOT NULL DEFAULT 'on', kind kind, odd odd);
CREATE TABLE import (id integer PRIMARY KEY, "text" text);
CREATE TABLE nothing ();
CREATE TABLE item (id integer PRIMARY KEY, item_id integer REFERENCES item, items integer);
CREATE TABLE item_create (id integer PRIMARY KEY, item_id integer NOT NULL REFERENCES item);
CREATE TABLE docs (id integer PRIMARY KEY, "limit" integer UNIQUE, sort text UNIQUE, cursor text UNIQUE);
CREATE TABLE health (id integer PRIMARY KEY, row_version text, created_at date);
CREATE TABLE a_table_with_a_name_as_long_as_postgresql_lets_a_name_be_63_ch (
  id integer PRIMARY KEY,
  a_column_with_a_name_as_long_as_postgresql_lets_a_name_be_63_ch integer UNIQUE
    REFERENCES item CHECK (a_column_with_a_name_as_long_as_postgresql_lets_a_name_be_63_ch > 0)
);
CREATE TABLE "semi;colon" (id integer PRIMARY KEY, "quo""te" text, "back\slash" text, "per%cent" text);
CREATE TABLE "Schema.Table" (id integer PRIMARY KEY, ":colon" text DEFAULT ':x', "br{ace}" text DEFAULT '#a: b');
CREATE TABLE mixed (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  note text CHECK (note ~ '^\w+\s'),
  code text CHECK (code ~ '^[A-Z]{2}$'),
  "CHECK" text CONSTRAINT mixed_check CHECK (length("CHECK") > 2 /* as it is */ AND "CHECK" <> E'a\nb'),
  long text DEFAULT repeat('x', 3) || 'a very long default that does not fit on a line, with a comma, and more' || chr(10),
  at timestamptz NOT NULL DEFAULT '2026-01-01 12:30+01', price money DEFAULT 1, ips inet[],
  ranges int4multirange, bits bit varying(5), c "char", p point, b bytea DEFAULT '\xff',
  pg_lsn pg_lsn, t timetz DEFAULT '12:00+00', i interval DEFAULT '1 mon 2 days', o oid, n name,
  cube numeric(3, 5), whole numeric(4), neg numeric(3, -2), real real DEFAULT 'NaN'
);
COMMENT ON TABLE mixed IS '# : {not} "a" comment';
COMMENT ON COLUMN mixed.note IS '  ';
CREATE TABLE counters (id int PRIMARY KEY, name text);
CREATE TABLE range (id int PRIMARY KEY, r int4range);
CREATE TABLE cursors (p text);
CREATE TABLE "all" (id int PRIMARY KEY, "lateral" int UNIQUE, "collation" int);
CREATE TABLE date (d date PRIMARY KEY);
CREATE TABLE "lateral" (id int PRIMARY KEY, "lateral" int REFERENCES "all" ("lateral"));
CREATE TABLE i (id int PRIMARY KEY, l int REFERENCES i);
CREATE TYPE letters AS ENUM ('l', 'I', 'O');
CREATE TABLE lettered (id int PRIMARY KEY, letter letters);
CREATE SEQUENCE by_name;
CREATE TABLE named (id int DEFAULT nextval(('by_name'::text)::regclass) PRIMARY KEY);
CREATE TYPE of_view AS ENUM ('a');
CREATE VIEW viewed AS SELECT 'a'::of_view AS seen;
