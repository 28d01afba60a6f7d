/** Tables that every file of this service has. */
export const TABLES: readonly string[] = ['collection', 'subject', 'face', 'photo', 'once']

/**
 * The steps from an empty file to the schema of this version; `user_version` counts the steps taken. A released step never changes: a change
 * is a new step.
 *
 * Keys are never reused (AUTOINCREMENT), so that an index can tell a new row from an old one. Vectors are the last column, so that listing
 * faces does not read past them. A deleted row remains as a tombstone without id, vector or any other data of the person, until readers have
 * had a day to see it.
 */
export const MIGRATIONS: readonly string[] = [`
CREATE TABLE collection (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  length INTEGER NOT NULL,
  settings TEXT NOT NULL,
  store_photos INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  seq INTEGER NOT NULL DEFAULT 0,
  purged INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE subject (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collection(key),
  seq INTEGER NOT NULL,
  id TEXT,
  name TEXT,
  metadata TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (collection, id)
);
CREATE UNIQUE INDEX subject_seq ON subject (collection, seq);
CREATE INDEX subject_order ON subject (collection, key) WHERE id IS NOT NULL;
CREATE TABLE face (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  collection INTEGER NOT NULL REFERENCES collection(key),
  seq INTEGER NOT NULL,
  id TEXT,
  subject INTEGER REFERENCES subject(key),
  created_at TEXT NOT NULL,
  details TEXT,
  embedding BLOB,
  UNIQUE (collection, id)
);
CREATE UNIQUE INDEX face_seq ON face (collection, seq);
CREATE INDEX face_subject ON face (subject);
CREATE TABLE photo (
  face INTEGER PRIMARY KEY REFERENCES face(key) ON DELETE CASCADE,
  bytes BLOB NOT NULL
);
CREATE TABLE once (
  key TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  answer TEXT NOT NULL,
  version TEXT NOT NULL,
  at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX once_at ON once (at);
`]
