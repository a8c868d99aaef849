import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UnknownObject } from "../../meta/object.ts";
import {
  type Change,
  ExpiredError,
  type Journal,
  JournalLockedError,
  memoryJournal,
  NotStoredError,
  openJournal,
  Store,
} from "./index.ts";

const object = (name: string, more: object = {}): UnknownObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "ns" },
  ...more,
});
const names = (store: Store) => store.list("things").map(({ metadata }) => metadata.name);

describe("Store", () => {
  it("lists in key order whatever the order of writing", async () => {
    const store = new Store(memoryJournal());
    for (const name of ["b", "c", "a"]) store.put("things", object(name));
    await store.durable();
    expect(names(store)).toEqual(["a", "b", "c"]);
  });

  it("tells watchers only of what is durable, in order", async () => {
    const store = new Store(memoryJournal());
    const seen: Change[] = [];
    store.watch("things", store.version, (change) => seen.push(change));
    store.put("things", object("a"));
    store.put("things", object("a", { data: {} }));
    store.remove("things", "ns/a");
    expect(seen).toEqual([]);
    await store.durable();
    expect(seen.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  it("answers lists as of a version while it is in the history, and says when it is not", async () => {
    const store = new Store(memoryJournal(), { historySize: 2 });
    store.put("things", object("a"));
    await store.durable();
    const { version } = store;
    store.put("things", object("b"));
    store.remove("things", "ns/a");
    await store.durable();
    expect(store.list("things", version).map(({ metadata }) => metadata.name)).toEqual(["a"]);
    for (let at = 0; at < 5; at++) store.put("things", object("b", { data: { at: String(at) } }));
    await store.durable();
    expect(() => store.list("things", version)).toThrow(ExpiredError);
    expect(() => store.watch("things", version, () => {})).toThrow(ExpiredError);
  });

  it("freezes what it holds", () => {
    const store = new Store(memoryJournal());
    expect(Object.isFrozen(store.put("things", object("a", { data: { x: "y" } }))["data"])).toBe(true);
  });

  it("undoes what could not be stored, and goes on when it can be again", async () => {
    let isFull = false;
    const commit = () => {
      if (isFull) throw new Error("database or disk is full");
    };
    const journal: Journal = { ...memoryJournal(), commit };
    const store = new Store(journal);
    store.put("things", object("kept"));
    await store.durable();
    const seen: Change[] = [];
    store.watch("things", store.version, (change) => seen.push(change));
    isFull = true;
    store.put("things", object("lost"));
    store.remove("things", "ns/kept");
    await expect(store.durable()).rejects.toThrow(NotStoredError);
    expect(names(store)).toEqual(["kept"]);
    expect(seen).toEqual([]);
    isFull = false;
    store.put("things", object("later"));
    await store.durable();
    expect(names(store)).toEqual(["kept", "later"]);
  });
});

describe("the journal", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "windlass-store-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("brings everything back, with versions going on", async () => {
    const first = new Store(openJournal(folder));
    first.put("things", object("a", { data: { x: "1" } }));
    first.put("things", object("b"));
    first.remove("things", "ns/b");
    await first.durable();
    const { version } = first;
    first.close();
    const second = new Store(openJournal(folder));
    expect(names(second)).toEqual(["a"]);
    expect(second.version).toBeGreaterThan(version);
    second.close();
  });

  it("is held by one process only", () => {
    const journal = openJournal(folder);
    expect(() => openJournal(folder)).toThrow(JournalLockedError);
    journal.close();
  });

  it("keeps what was acknowledged when the process is killed", async () => {
    const script = `
      import { openJournal, Store } from ${JSON.stringify(join(import.meta.dirname, "index.ts"))};
      const store = new Store(openJournal(${JSON.stringify(folder)}));
      for (let at = 0; ; at++) {
        store.put("things", { apiVersion: "v1", kind: "X", metadata: { name: "n" + at, namespace: "ns" } });
        await store.durable();
        process.stdout.write(at + "\\n");
      }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.split("\n").length > 50) child.kill("SIGKILL");
    }
    const acknowledged = said.split("\n").slice(0, -1).map(Number);
    const store = new Store(openJournal(folder));
    const kept = new Set(names(store));
    store.close();
    expect(acknowledged.length).toBeGreaterThan(40);
    expect(acknowledged.filter((at) => !kept.has(`n${at}`))).toEqual([]);
  });
});
