/**
 * The journal behind the store: SQLite in WAL mode, each commit flushed to the disk (`synchronous = FULL`), so that a
 * committed write survives a kill -9 and a power cut. One process at a time may hold it. Knows only keys and text.
 */
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

export interface StoredRow {
  readonly resource: string;
  readonly key: string;
  /** JSON; absent: the row is deleted. */
  readonly body?: string;
}

export class JournalLockedError extends Error {
  constructor(folder: string, options?: ErrorOptions) {
    super(`${folder} is in use by another local cluster`, options);
    this.name = "JournalLockedError";
  }
}

export interface Journal {
  /** Every row that was committed. Read it before the first commit. */
  rows(): Iterable<Required<StoredRow>>;
  /** The resourceVersion of the last commit; 0 for a new journal. */
  readonly version: number;
  /** Writes all rows, durably, or none. Throws when it could not (disk full). */
  commit(rows: readonly StoredRow[], version: number): void;
  close(): void;
}

/** Keeps nothing: for tests and benchmarks. */
export const memoryJournal = (): Journal => ({ rows: () => [], version: 0, commit() {}, close() {} });

/** Room left after a restart between what was committed and what is given out next: uncommitted versions may have been seen. */
const restartGap = 1000;

class SqliteJournal implements Journal {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #setVersion: StatementSync;
  readonly version: number;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#put = database.prepare(
      "INSERT INTO objects (resource, key, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
    );
    this.#delete = database.prepare("DELETE FROM objects WHERE resource = ? AND key = ?");
    this.#setVersion = database.prepare(
      "INSERT INTO meta (name, value) VALUES ('version', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    );
    const row = database.prepare("SELECT value FROM meta WHERE name = 'version'").get();
    this.version = row ? Number(row["value"]) + restartGap : 0;
  }

  rows(): Iterable<Required<StoredRow>> {
    const statement = this.#database.prepare("SELECT resource, key, body FROM objects ORDER BY resource, key");
    return statement.iterate() as unknown as Iterable<Required<StoredRow>>;
  }

  commit(rows: readonly StoredRow[], version: number): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const { resource, key, body } of rows) {
        if (body === undefined) this.#delete.run(resource, key);
        else this.#put.run(resource, key, body);
      }
      this.#setVersion.run(version);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

// EXCLUSIVE is what refuses a second process; SQLite releases it when the process dies, however it dies.
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -2000;
  CREATE TABLE IF NOT EXISTS objects (resource TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (resource, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  BEGIN IMMEDIATE; COMMIT;`;

/** Opens (or makes) the journal in `folder`. Throws JournalLockedError when another process holds it. */
export function openJournal(folder: string): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "objects.sqlite");
  // Secrets are in it. SQLite gives the files beside it the same mode.
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file);
  try {
    database.exec(settings);
  } catch (cause) {
    database.close();
    if (/locked|busy/i.test((cause as Error).message)) throw new JournalLockedError(folder, { cause });
    throw cause;
  }
  return new SqliteJournal(database);
}
