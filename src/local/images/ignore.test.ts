import { describe, expect, test } from "vitest";
import { parseIgnoreFile } from "./ignore.ts";

const left = (text: string, isDocker: boolean, path: string) => parseIgnoreFile(text, isDocker).has(path);

test.each([
  ["*.log", "a/b.log", true],
  ["/data", "data/x", true],
  ["/data", "src/data", false],
  ["build/", "build/x", true],
  ["**/cache", "a/b/cache/x", true],
  ["data/*.bin", "data/x.bin", true],
  ["# data", "data", false],
  ["*.py\n!main.py", "main.py", false],
  ["*.py[cod]", "a/b.pyc", true],
  ["*.py[cod]", "a/b.py", false],
  ["*.[!p]y", "a.py", false],
  ["build/", "build", false],
  ["build/", "build/", true],
  ["Data", "data", false],
  ["data\n!data/keep.txt", "data/keep.txt", true],
  ["\\#notes", "#notes", true],
  ["lib{a,b}(c++)", "lib{a,b}(c++)", true],
])(".gitignore %j leaves out %s: %s", (text, path, wanted) => expect(left(text, false, path)).toBe(wanted));

test.each([
  ["*.log", "b.log", true],
  ["*.log", "a/b.log", false],
  ["**/*.log", "a/b.log", true],
  ["**/*.log", "b.log", true],
  ["*/temp*", "a/temporary.txt", true],
  ["*/*/temp*", "a/temp", false],
  ["temp?", "tempa", true],
  ["data", "src/data", false],
  ["/data/", "data/x/y", true],
  ["*\n!src", "src/a/b.py", false],
  ["*\n!src", "main.py", true],
  ["*\n!src/**/*.py", "src/a/b.py", false],
  ["*\n!src\nsrc/secret", "src/secret", true],
  ["*.md\n!README.md", "README.md", false],
  ["docs/**\r\n! docs/keep", "docs/keep", false],
  [".", "x", false],
  ["**/*.py[cod]", "a/b.pyo", true],
  ["[a-c]x/*", "bx/y", true],
  ["[^a-c]x", "bx", false],
  ["**", "a/b", true],
  ["a/../b", "b/c", true],
  ["c++(1)", "c++(1)/x", true],
  ["Data", "data", false],
])(".dockerignore %j leaves out %s: %s", (text, path, wanted) => expect(left(text, true, path)).toBe(wanted));

describe("an ignored folder may hold what is taken back", () => {
  test.each([
    ["data\n!data/keep.txt", true, "data", true],
    ["data\n!other/keep.txt", true, "data", false],
    ["*\n!src/pkg", true, "src", true],
    ["*\n!src/pkg", true, "node_modules", false],
    ["*\n!**/*.py", true, "any/where", true],
    ["*\n!*/x", true, "a", true],
    ["data\n!data/keep.txt", false, "data", false],
  ])("%j, Docker's %s: %s %s", (text, isDocker, folder, wanted) =>
    expect(parseIgnoreFile(text, isDocker).mayHoldOthers(folder)).toBe(wanted),
  );
});
