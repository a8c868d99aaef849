/** Tests wait for states, by the one helper there is: a fixed time is too long on a quick machine and too short on a busy one. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const tests = ["test/**/*.ts", "src/testing/**/*.ts", "{src,tools}/**/*.test.ts", "src/**/*.test-support.ts"];
const helper = "src/testing/eventually.ts";
const own = "tools/waits.test.ts";

test.each([
  ["a sleep", /\(\s*\w+\s*(,\s*\w+\s*)?\)\s*=>\s*(void )?setTimeout\(/],
  ["a sleep of Node's", /node:timers\/promises/],
  ["a wait of Vitest's", /\bvi\.wait(For|Until)\b|\bexpect\.poll\b/],
  ["a wait of its own", /function (until|eventually|waitFor|poll)\b/],
])("no test has %s", (_, pattern) => {
  const files = globSync(tests, { cwd: root }).filter((file) => file !== helper && file !== own);
  expect(files.filter((file) => pattern.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
});
