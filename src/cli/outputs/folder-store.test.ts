import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { downloadAll } from "./download.ts";
import { folderStore } from "./folder-store.ts";
import type { OutputStore } from "./store.ts";

const root = mkdtempSync(join(tmpdir(), "outputs-"));
afterAll(() => rmSync(root, { recursive: true }));

function place(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

describe("outputs in a folder", () => {
  test("a folder that is not there has no files", async () =>
    expect(await folderStore(join(root, "none")).list()).toEqual([]));

  test("files are listed by path, no more than are asked for, and folders are not", async () => {
    const store = folderStore(place("some", { "b/c": "12", a: "1", "b/a": "" }));
    mkdirSync(join(store.place, "empty"));
    expect((await store.list()).map(({ path, bytes }) => `${path} ${bytes}`)).toEqual(["a 1", "b/a 0", "b/c 2"]);
    expect(await store.list(2)).toHaveLength(2);
  });

  test("a download makes folders, replaces what has a name of it, and leaves everything else", async () => {
    const store = folderStore(place("all", { "a/b": "new", "a/link": "" }));
    rmSync(join(store.place, "a/link"));
    symlinkSync("b", join(store.place, "a/link"));
    const target = place("target", { "a/b": "old", mine: "kept" });
    await downloadAll(store, await store.list(), target);
    await downloadAll(store, await store.list(), target);
    expect(readFileSync(join(target, "a/b"), "utf8")).toBe("new");
    expect(readFileSync(join(target, "mine"), "utf8")).toBe("kept");
    expect(lstatSync(join(target, "a/link")).isSymbolicLink()).toBe(true);
  });

  test.each([
    ["a file", "taken/file", /EEXIST|ENOTDIR/],
    ["below a file", "taken/file/below", /EEXIST|ENOTDIR/],
    ["the outputs themselves", "own/sub", /it is inside the outputs folder/],
  ])("a download into %s is refused with the reason", async (_, target, reason) => {
    place("taken", { file: "" });
    const store = folderStore(place("own", { a: "1" }));
    await expect(downloadAll(store, await store.list(), join(root, target))).rejects.toMatchObject({
      code: "OUTPUTS_TARGET",
      message: expect.stringMatching(reason) as string,
    });
  });

  test("a name that leads out of the folder is not written", async () => {
    const file = { path: "../escaped", bytes: 1, modified: new Date(0) };
    const store: OutputStore = {
      place: "s3://bucket",
      list: async () => [file],
      download: async (_, to) => writeFileSync(to, "x"),
    };
    await expect(downloadAll(store, [file], join(root, "safe"))).rejects.toMatchObject({ code: "OUTPUTS_TARGET" });
    expect(existsSync(join(root, "escaped"))).toBe(false);
  });
});
