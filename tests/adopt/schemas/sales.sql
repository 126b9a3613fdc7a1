-- Two schemas with tables of one name, pairs across them, quoted names, and what goes into comments.
CREATE SCHEMA sales; CREATE EXTENSION btree_gist;
CREATE TYPE level AS ENUM ('low', 'high');
CREATE DOMAIN percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE regions (country char(2), code smallint, name text UNIQUE DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (country, code));
CREATE TABLE sales.regions (id integer GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 10) PRIMARY KEY, parent_id integer REFERENCES sales.regions, country char(2), code smallint, FOREIGN KEY (country, code) REFERENCES regions ON DELETE SET NULL);
CREATE TABLE sales.reps (id serial PRIMARY KEY, "order" integer, "select" text, levels level[] NOT NULL DEFAULT '{low}', share percent, serial_too serial, full_name text GENERATED ALWAYS AS ("select" || '!') STORED);
CREATE TABLE sales.reps_regions (rep_id integer REFERENCES sales.reps ON DELETE CASCADE, region_id integer REFERENCES sales.regions ON DELETE CASCADE, PRIMARY KEY (region_id, rep_id));
CREATE TABLE "Quoted Table" ("Key" integer PRIMARY KEY, "Two Words" text, during tsrange, room integer, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE UNIQUE INDEX ON "Quoted Table" (lower("Two Words")) WHERE room > 3;
CREATE INDEX partial ON sales.reps ("order" DESC) WHERE "order" IS NOT NULL;
CREATE TABLE quoted_links (q integer REFERENCES "Quoted Table" ON DELETE CASCADE, r integer REFERENCES sales.reps ON DELETE CASCADE, PRIMARY KEY (q, r));
CREATE TABLE "Mixed_Links" (q integer REFERENCES "Quoted Table" ON DELETE CASCADE, r integer REFERENCES sales.reps ON DELETE CASCADE, PRIMARY KEY (q, r));
CREATE TABLE logs (at timestamptz NOT NULL, what text) PARTITION BY RANGE (at); CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE base (id integer PRIMARY KEY, x integer CONSTRAINT "X!" CHECK (x >= 1 AND x <= 9)); CREATE TABLE derived (y integer) INHERITS (base);
CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY); CREATE VIEW rep_names AS SELECT id, full_name FROM sales.reps;
COMMENT ON TABLE scratch IS 'Thrown away';
