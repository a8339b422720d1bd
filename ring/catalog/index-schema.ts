import { NEAR_SCHEMA } from './near-index.ts'
import { VOWEL_MARKS } from './search/words.ts'
import { TRAIT_SCHEMA } from './trait-index.ts'

/** Raised with every change of the tables or of what is written into them: an index of another version is built anew. */
export const INDEX_VERSION = 12

/** The texts of assets, by their numbers: what `indexedTexts` makes of them. */
export const TEXT_TABLE = `CREATE VIRTUAL TABLE asset_text USING fts5(
    name, path, tags, title, notes, fields,
    content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 2 tokenchars '${VOWEL_MARKS}'"
  );`
export const PUT_TEXT = 'INSERT OR REPLACE INTO asset_text (rowid, name, path, tags, title, notes, fields) VALUES (?, ?, ?, ?, ?, ?, ?)'

export const INDEX_SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE applied (document TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE assets (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    kind TEXT NOT NULL,
    rating INTEGER NOT NULL,
    size INTEGER NOT NULL,
    imported_at REAL NOT NULL,
    sort_name TEXT NOT NULL,
    packed BLOB NOT NULL,
    asset TEXT NOT NULL
  );
  CREATE INDEX assets_name ON assets (sort_name, id);
  CREATE TABLE words (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (kind, value));
  CREATE TABLE totals (name TEXT PRIMARY KEY, assets INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO totals VALUES ('library', 0, 0);
  CREATE INDEX assets_newest ON assets (imported_at DESC, id);
  CREATE INDEX assets_document ON assets (document);
  CREATE INDEX assets_away ON assets (json_extract(asset, '$.facts.blob')) WHERE json_extract(asset, '$.away');
  CREATE INDEX assets_file ON assets (json_extract(asset, '$.facts.name'), size);
  CREATE INDEX assets_batch ON assets (json_extract(asset, '$.facts.batch'));
  CREATE TABLE trash (
    id TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    size INTEGER NOT NULL,
    deleted_at REAL NOT NULL,
    asset TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX trash_newest ON trash (deleted_at DESC, id);
  CREATE INDEX trash_document ON trash (document);
  CREATE TABLE asset_tags (tag TEXT NOT NULL COLLATE NOCASE, asset INTEGER NOT NULL, PRIMARY KEY (tag, asset)) WITHOUT ROWID;
  CREATE INDEX asset_tags_asset ON asset_tags (asset);
  ${TEXT_TABLE}
  CREATE TABLE recordings (
    key TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    camera TEXT NOT NULL,
    hour TEXT NOT NULL,
    start_ms REAL NOT NULL,
    end_ms REAL NOT NULL,
    bytes REAL NOT NULL,
    node TEXT NOT NULL,
    ended TEXT,
    session TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX recordings_camera ON recordings (camera, start_ms);
  CREATE INDEX recordings_hour ON recordings (camera, hour, bytes, start_ms, end_ms);
  CREATE INDEX recordings_document ON recordings (document);
  CREATE TABLE notes (
    key TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    camera TEXT NOT NULL,
    hour TEXT NOT NULL,
    changes INTEGER NOT NULL,
    note TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX notes_hour ON notes (camera, hour);
  CREATE INDEX notes_changes ON notes (camera, hour) WHERE changes > 0;
  CREATE INDEX notes_document ON notes (document);
  ${NEAR_SCHEMA}${TRAIT_SCHEMA}`

/** Weight of a match in name, path, tags, title, notes, and the values of marks, of people's own fields, and camera, lens and place. */
export const TEXT_WEIGHTS = '8.0, 2.0, 6.0, 10.0, 4.0, 4.0'
