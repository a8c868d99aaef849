/** `bin/windlass`: which Node it runs under, found from wherever it is called, and what it says where there is none. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { root } from "./windlass.ts";

const folder = mkdtempSync("/var/tmp/windlass-launcher-");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

/** A Windlass whose command line prints who runs it, with what arguments. */
function install(path: string): string {
  const entry = write(join(path, "bin", "windlass.mjs"), "");
  copyFileSync(join(root, "bin", "windlass"), join(dirname(entry), "windlass"));
  return join(dirname(entry), "windlass");
}

const node = (name: string, version: string) =>
  `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else shift; echo "${name}:" "$@"; fi\n`;

const platform = `node-${process.platform}-${process.arch}`;
const old = dirname(write("old/node", node("old", "v20.20.2")));
const recent = dirname(write("recent/node", node("recent", "v24.1.0")));
const later = dirname(write("later/node", node("later", "v102.0.0")));
const alone = install("alone");
const nested = install("lib/node_modules/windlass");
write(`lib/node_modules/windlass/node_modules/${platform}/bin/node`, node("nested", "v24.0.0"));
const hoisted = install("project/node_modules/windlass");
write(`project/node_modules/${platform}/bin/node`, node("hoisted", "v24.0.0"));
mkdirSync(join(folder, "links/sub"), { recursive: true });
symlinkSync(join("../../project/node_modules/windlass/bin/windlass"), join(folder, "links/sub/relative"));
symlinkSync(join(folder, "links/sub/relative"), join(folder, "links/windlass"));

interface Row {
  readonly command: string;
  readonly path?: string;
  readonly said: string;
  readonly status?: number;
}

const rows: Readonly<Record<string, Row>> = {
  "the Node installed within the package": { command: nested, path: recent, said: "nested: a b  c\n" },
  "the Node installed beside the package": { command: hoisted, path: old, said: "hoisted: a b  c\n" },
  "a link to a link": { command: join(folder, "links/windlass"), said: "hoisted: a b  c\n" },
  "found on the PATH": { command: "windlass", path: join(folder, "links"), said: "hoisted: a b  c\n" },
  "the machine's Node 24": { command: alone, path: recent, said: "recent: a b  c\n" },
  "a Node of three digits": { command: alone, path: later, said: "later: a b  c\n" },
  "a Node that is too old": { command: alone, path: old, status: 1, said: `${old}/node is v20.20.2 [NODE_TOO_OLD]` },
  "no Node": { command: alone, status: 1, said: "found no `node` on the PATH [NODE_TOO_OLD]" },
};

/** What the launcher itself needs, and no Node. */
const bare = join(folder, "bare");
mkdirSync(bare);
for (const tool of ["sh", "uname", "dirname", "readlink"]) symlinkSync(join("/usr/bin", tool), join(bare, tool));

test.each(Object.entries(rows))("%s", (_, { command, path = "", said, status = 0 }) => {
  const env = { PATH: [path, bare].filter(Boolean).join(":") };
  const run = spawnSync(command, ["a", "b  c"], { env, encoding: "utf8" });
  expect(run.stdout + run.stderr).toContain(said);
  expect(run.status).toBe(status);
});

test("an operator, and nothing else, runs with a small heap", () => {
  const run = (...args: readonly string[]) => spawnSync(nested, args, { encoding: "utf8", env: { PATH: bare } }).stdout;
  const entry = join(dirname(nested), "windlass.mjs");
  // The stand-in for Node leaves out its first argument.
  expect(run("operator", "--namespace", "a")).toBe(
    `nested: --heap-growing-percent=40 ${entry} operator --namespace a\n`,
  );
  expect(run("list", "operator")).toBe("nested: list operator\n");
});
