/** `windlass init`: what it writes is valid and runs, with questions on a terminal and without. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { keys, openTerminal } from "./terminal.ts";
import { programFile, Windlass } from "./windlass.ts";

let windlass: Windlass;
beforeAll(() => {
  windlass = new Windlass();
});
afterAll(() => windlass.stop());

const newFolder = (files: Readonly<Record<string, string>> = {}) => {
  const folder = mkdtempSync(join(windlass.home, "init-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};
const manifestOf = (folder: string) => parse(readFileSync(join(folder, "manifest.yaml"), "utf8"));

test("an empty folder gets an example that is valid and runs, and is not written over", async () => {
  const folder = newFolder();
  const { stdout, status } = await windlass.run("init", folder);
  expect(status).toBe(0);
  expect(stdout).toContain("operator jobset: the folder was empty, and the example needs only Python\n");
  expect(stdout).toContain(`windlass run ${folder}\` runs it\n`);
  expect((await windlass.run("validate", folder)).status).toBe(0);
  const run = await windlass.run("run", folder);
  expect(run.stdout).toContain("hello from pod 0");
  expect(run.status).toBe(0);
  const again = await windlass.run("init", folder);
  expect(again.stderr).toContain("manifest.yaml already exists [MANIFEST_EXISTS]");
  expect(again.status).toBe(2);
  expect((await windlass.run("init", folder, "--force", "--workers", "3")).status).toBe(0);
  expect(manifestOf(folder).spec.types).toMatchObject({ worker: { count: 3 } });
});

test("the manifest names the schema that editors check it with, wherever the folder is", async () => {
  const folder = newFolder();
  await windlass.run("init", folder);
  const { stdout } = await windlass.run("schema");
  const named = (file: string) => {
    const [, path = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(file, "utf8")) ?? [];
    return readFileSync(resolve(dirname(file), path), "utf8");
  };
  expect(JSON.parse(stdout)).toMatchObject({ title: "AIchorManifest" });
  expect(named(join(folder, "manifest.yaml"))).toBe(stdout);
  mkdirSync(join(folder, "aichor_manifests"));
  await windlass.run("init", folder);
  const [file = ""] = readdirSync(join(folder, "aichor_manifests"));
  expect(named(join(folder, "aichor_manifests", file))).toBe(stdout);
});

test("a program gets a manifest, beside those that the folder keeps", async () => {
  const folder = newFolder({ "train.py": "import torch.distributed\n" });
  mkdirSync(join(folder, "aichor_manifests"));
  const { stdout, status } = await windlass.run("init", folder);
  expect(status).toBe(0);
  expect(stdout).toContain("operator pytorch: the code imports torch\n  command: the program is train.py\n");
  expect((await windlass.run("validate", folder)).stdout).toMatch(/aichor_manifests\/init-\w+\.yaml: valid/);
});

test("where nothing can be run, the command has to be named", async () => {
  const folder = newFolder({ "notes.md": "" });
  const { stderr, status } = await windlass.run("init", folder);
  expect(stderr).toMatch(/\[NO_PROGRAM_FOUND\]\n  pass the command: `.*windlass init --command/);
  expect(status).toBe(2);
  expect((await windlass.run("init", folder, "--command", "cat notes.md")).status).toBe(0);
  expect((await windlass.run("run", folder)).status).toBe(0);
});

test("on a terminal it asks, and Ctrl-C writes nothing", async () => {
  const folder = newFolder({ "main.py": "print('hi')\n" });
  const command = [process.execPath, programFile, "init"];
  const given = openTerminal(command, { env: windlass.env, cwd: folder });
  await given.shows("What runs it?");
  given.type(keys.interrupt);
  await given.shows("nothing was written");
  expect(await given.ended).toBe(130);
  const terminal = openTerminal(command, { env: windlass.env, cwd: folder });
  await terminal.shows("What runs it?");
  terminal.type(keys.enter);
  await terminal.shows("Which command?");
  terminal.type(" --epochs 2");
  terminal.type(keys.enter);
  await terminal.shows("How many workers?");
  terminal.type(keys.enter);
  expect(await terminal.ended).toBe(0);
  expect(manifestOf(folder).spec).toMatchObject({ operator: "jobset", command: "python3 -u main.py --epochs 2" });
});
