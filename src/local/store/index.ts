export { type Journal, JournalLockedError, memoryJournal, openJournal, type StoredRow } from "./journal.ts";
export { type Change, ExpiredError, type Watcher } from "./resource.ts";
export { NotStoredError, Store, type StoreOptions } from "./store.ts";
