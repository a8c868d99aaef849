import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import type { Io } from "../program/io.ts";
import { soundsSecret, takeSecrets } from "./read-secrets.ts";

const cwd = mkdtempSync(join(tmpdir(), "windlass-secrets-"));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, "some.env"), `# for training\nexport WANDB_API_KEY='a b'\nHF_TOKEN="from file"\n`);
writeFileSync(join(cwd, "none.env"), "# nothing\n");
writeFileSync(join(cwd, "bad.env"), "1ST=x\n");

let told = "";
const sink = new Writable({
  write(chunk: Buffer, _, done) {
    told += chunk.toString();
    done();
  },
});
const io: Io = { stdout: sink, stderr: sink, isTTY: false, cwd, env: { HF_TOKEN: "hunter2", EMPTY: "" } };

test.each<[string, Parameters<typeof takeSecrets>[1], Readonly<Record<string, string>>]>([
  ["no flags, no secrets", {}, {}],
  ["a name is looked up in the environment", { secret: ["HF_TOKEN"] }, { HF_TOKEN: "hunter2" }],
  ["a file is dotenv", { secretFile: ["some.env"] }, { WANDB_API_KEY: "a b", HF_TOKEN: "from file" }],
  [
    "a name wins over a file",
    { secret: ["HF_TOKEN"], secretFile: ["some.env"] },
    { WANDB_API_KEY: "a b", HF_TOKEN: "hunter2" },
  ],
])("%s", (_, flags, wanted) => expect(takeSecrets(io, flags, {})).toEqual(wanted));

test.each<[string, Parameters<typeof takeSecrets>[1], string]>([
  ["a value on the command line", { secret: ["HF_TOKEN=hunter2"] }, "SECRET_ON_COMMAND_LINE"],
  ["a variable that is not set", { secret: ["NOBODY"] }, "SECRET_NOT_SET"],
  ["a variable that is empty", { secret: ["EMPTY"] }, "SECRET_NOT_SET"],
  ["a name that is none", { secret: ["HF-TOKEN"] }, "SECRET_NAME_INVALID"],
  ["a file that is not there", { secretFile: ["nowhere.env"] }, "FILE_NOT_FOUND"],
  ["a file without variables", { secretFile: ["none.env"] }, "SECRET_FILE_EMPTY"],
  ["a file with a name that is none", { secretFile: ["bad.env"] }, "SECRET_NAME_INVALID"],
])("refused, and without its value: %s", (_, flags, code) => {
  let error: unknown;
  try {
    takeSecrets(io, flags, {});
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code });
  expect(JSON.stringify([error, String(error)])).not.toContain("hunter2");
});

test("one name cannot be a variable and a secret", () =>
  expect(() => takeSecrets(io, { secret: ["HF_TOKEN"] }, { HF_TOKEN: "x" })).toThrow(
    "given with --env and as a secret",
  ));

test("a variable that sounds like a secret is warned of, without its value", () => {
  told = "";
  takeSecrets(io, {}, { HF_TOKEN: "hunter2", TOKENIZERS_PARALLELISM: "false" });
  expect(told).toContain("`--secret HF_TOKEN` keeps it in a Secret");
  expect(told).not.toMatch(/hunter2|TOKENIZERS/);
});

test.each([
  ["HF_TOKEN", true],
  ["AWS_SECRET_ACCESS_KEY", true],
  ["wandb_api_key", true],
  ["DB_PASSWORD", true],
  ["TOKENIZERS_PARALLELISM", false],
  ["KEYBOARD", false],
  ["LR", false],
])("%s sounds like a secret: %s", (name, wanted) => expect(soundsSecret(name)).toBe(wanted));
