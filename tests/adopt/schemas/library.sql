-- A database as people make it, with nothing in it that the language can't say: no comment is due.
CREATE TYPE binding AS ENUM ('paper', 'cloth', 'leather');
CREATE TABLE author (
  author_id serial CONSTRAINT pk_author PRIMARY KEY,
  name varchar(120) NOT NULL,
  born date,
  mentor_id integer CONSTRAINT mentored REFERENCES author ON DELETE SET NULL
);
CREATE INDEX author_name ON author (lower(name));
CREATE INDEX author_latest ON author (born DESC NULLS LAST);
CREATE INDEX author_like ON author (name varchar_pattern_ops);
CREATE TABLE publisher (
  id bigserial CONSTRAINT pk_publisher PRIMARY KEY,
  name text NOT NULL CONSTRAINT publisher_name_key UNIQUE,
  site varchar(2048)
);
CREATE TABLE "Book" (
  isbn char(13) CONSTRAINT "pk_Book" PRIMARY KEY,
  title varchar(300) NOT NULL,
  "subTitle" varchar,
  author_id integer NOT NULL CONSTRAINT book_author_fkey REFERENCES author,
  editor integer CONSTRAINT book_editor_fkey REFERENCES author ON UPDATE CASCADE,
  publisher_id bigint CONSTRAINT "fk_Book_publisher_id" REFERENCES publisher ON DELETE CASCADE,
  binding binding NOT NULL DEFAULT 'paper',
  price numeric(8, 2) NOT NULL DEFAULT 0,
  weight numeric,
  tags varchar(30)[] NOT NULL DEFAULT '{}',
  meta jsonb NOT NULL DEFAULT '{}',
  raw json,
  grid integer[][],
  gross numeric(8, 2) GENERATED ALWAYS AS (round(price * 1.07, 2)) STORED,
  printed timestamp,
  since time(0),
  CONSTRAINT "ck_Book_price_min" CHECK (price >= 0),
  CONSTRAINT "ck_Book_title_min_length" CHECK (char_length(title) >= 1),
  CONSTRAINT "ck_Book_isbn_pattern" CHECK (isbn::text ~ '^[0-9]+$'),
  CONSTRAINT "ck_Book_dear" CHECK (binding <> 'leather' OR price >= 0)
);
CREATE INDEX "ix_Book_publisher_id" ON "Book" (publisher_id);
CREATE INDEX book_author ON "Book" (author_id, title);
CREATE INDEX book_tags ON "Book" USING gin (tags);
CREATE UNIQUE INDEX one_cheap ON "Book" (editor, title) WHERE price < 5;
CREATE INDEX book_covering ON "Book" (printed DESC, title) INCLUDE (price);
CREATE TABLE copies (
  book_isbn char(13) CONSTRAINT copies_book REFERENCES "Book" ON DELETE CASCADE,
  number smallint,
  note text,
  CONSTRAINT pk_copies PRIMARY KEY (book_isbn, number)
);
CREATE TABLE loans (
  id uuid DEFAULT gen_random_uuid() CONSTRAINT pk_loans PRIMARY KEY,
  book char(13) NOT NULL,
  copy smallint NOT NULL,
  "from" date NOT NULL DEFAULT CURRENT_DATE,
  till date,
  CONSTRAINT lent FOREIGN KEY (book, copy) REFERENCES copies,
  CONSTRAINT once UNIQUE (book, copy, "from")
);
-- What needs an extension.
CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; CREATE EXTENSION fuzzystrmatch;
CREATE TABLE shelf (
  id integer CONSTRAINT pk_shelf PRIMARY KEY,
  label text DEFAULT unaccent('é'), room text CONSTRAINT sounds CHECK (soundex(room) <> 'A000')
);
CREATE INDEX shelf_like ON shelf USING gin (label gin_trgm_ops);
-- Names and types as other tools and old dumps have them.
CREATE SCHEMA lists;
CREATE TYPE lists.state AS ENUM ('open', 'paid in full', 'it''s', 'class', '1st', 'ä', '"q"', '50%');
CREATE TYPE "Genre" AS ENUM ('Novel', 'Essay');
CREATE TYPE "kind of: card" AS ENUM ('a', 'b');
CREATE TABLE "Cards (50%)" (
  id integer CONSTRAINT "pk_Cards (50%)" PRIMARY KEY,
  "Name of: holder" text NOT NULL CONSTRAINT "UQ_dbo.Cards_Name" UNIQUE,
  "Rate %" numeric(5, 2) NOT NULL DEFAULT 1,
  "v1.0" integer, "Größe" text, "größe" text, "1st" date, "a/b" text, "what's" text, "$1" text,
  state lists.state NOT NULL DEFAULT 'open', genres "Genre"[], kind "kind of: card",
  author_id integer
);
ALTER TABLE "Cards (50%)" ADD CONSTRAINT "$1" FOREIGN KEY (author_id) REFERENCES author;
ALTER TABLE "Cards (50%)" ADD CONSTRAINT "$2" CHECK ("Rate %" <> "v1.0" AND kind <> 'b');
CREATE INDEX "ix 50%" ON "Cards (50%)" ("Rate %", "v1.0") WHERE state = 'open';
CREATE TABLE card_uses (
  card integer CONSTRAINT "$1" REFERENCES "Cards (50%)" ON DELETE CASCADE, at date,
  CONSTRAINT pk_card_uses PRIMARY KEY (card, at)
);
INSERT INTO author (name) VALUES ('Ada'), ('Ben');
INSERT INTO "Book" (isbn, title, author_id, "subTitle", weight, raw, since, grid)
VALUES ('9780000000001', 'On Engines', 1, 'A Sketch', 0.50, '{"a": 1}', '08:30:00', '{{1,2},{3,4}}');
INSERT INTO copies (book_isbn, number) VALUES ('9780000000001', 1);
