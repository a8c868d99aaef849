import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { blocksOf } from "./doc-blocks.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const fence = (language: string, ...lines: readonly string[]) => `\`\`\`${language}\n${lines.join("\n")}\n\`\`\`\n`;

const run = (text: string) => ({ kind: "run", commands: [{ text }], status: 0 });

test.each([
  ["a page without blocks", "# Title\n\ntext\n", []],
  ["a script is run as one command", fence("sh", "a", "b"), [run("a\nb")]],
  [
    "a session has commands with their output",
    fence("console", "$ a", "one", "", "two", "$ b \\", "> c"),
    [
      {
        kind: "run",
        commands: [
          { text: "a", shown: ["one", "", "two"] },
          { text: "b \\\nc", shown: [] },
        ],
        status: 0,
      },
    ],
  ],
  ["other languages are left alone", fence("yaml", "a: 1") + fence("", "x"), []],
  [
    "a file is written",
    `<!-- file: a/b.py -->\n${fence("python", "x")}`,
    [{ kind: "write", path: "a/b.py", text: "x\n" }],
  ],
  [
    "a reason",
    `<!-- not run: needs a cluster -->\n\n${fence("sh", "a")}`,
    [{ kind: "leave", reason: "needs a cluster" }],
  ],
  [
    "a status and an end",
    `<!-- status: 3 -->\n<!-- until: up -->\n${fence("sh", "a")}`,
    [{ ...run("a"), status: 3, until: "up" }],
  ],
  [
    "a session at a terminal",
    `<!-- typed: needs a terminal -->\n${fence("console", "$ a", "one")}`,
    [{ kind: "type", commands: [{ text: "a", shown: ["one"] }] }],
  ],
  ["a comment before a paragraph directs nothing", `<!-- not run: x -->\n\ntext\n\n${fence("sh", "a")}`, [run("a")]],
])("%s", (_, page, actions) => {
  expect(blocksOf(page).map(({ action }) => action)).toEqual(actions);
});

test("a block has its line, its setup and its words", () => {
  const page = `text\n\n<!-- setup:\nmkdir a\ncd a\n-->\n<!-- NAME: echo x -->\n${fence("sh", "ls NAME")}`;
  expect(blocksOf(page)).toEqual([
    { line: 8, setup: "mkdir a\ncd a", words: { NAME: "echo x" }, action: run("ls NAME") },
  ]);
});

test.each([
  ["a directive that does not exist", `<!-- skip: it -->\n${fence("sh", "a")}`, 'line 2: unknown directive "skip"'],
  ["no reason", `<!-- not run: -->\n${fence("sh", "a")}`, 'line 2: the directive "not run" needs a text'],
  ["a session in no language", fence("", "$ a"), "line 1: a session needs the language console"],
  ["a session that begins with output", fence("console", "a"), 'line 1: a session begins with "$ ", not with "a"'],
])("refuses %s", (_, page, message) => {
  expect(() => blocksOf(page)).toThrow(message);
});

test.each(["README.md", ...globSync("docs/**/*.md", { cwd: root })])("%s can be read", (page) => {
  expect(() => blocksOf(readFileSync(join(root, page), "utf8"))).not.toThrow();
});
