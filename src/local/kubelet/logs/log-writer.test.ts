/** What stands in the log file, and when: parts of a line after a moment, its end when it comes. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { settled } from "../../../testing/fake-clock.ts";
import { LogWriter } from "./log-writer.ts";
import { lastLines } from "./read-log.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A log whose time is passed on by hand. */
function makeLog() {
  const file = join(folder, "0.log");
  let waiting: (() => void)[] = [];
  const clock = {
    now: () => new Date("2026-01-01T00:00:00Z"),
    after: (_: number, callback: () => void) => {
      waiting.push(callback);
      return () => {
        waiting = waiting.filter((one) => one !== callback);
      };
    },
  };
  const log = new LogWriter(file, clock, () => {});
  const open = (name: "stdout" | "stderr") => {
    const stream = new PassThrough();
    return { stream, ended: log.attach(name, stream) };
  };
  const entries = () =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => line.slice(31));
  const pass = () => {
    for (const callback of waiting.splice(0)) callback();
  };
  return { file, open, entries, pass };
}

test("the beginning of a line comes after a moment, its end when it is written", async () => {
  const { open, entries, pass } = makeLog();
  const { stream } = open("stderr");
  stream.write("whole\n 10%");
  await settled();
  expect(entries()).toEqual(["stderr F whole"]);
  pass();
  stream.write("\r 20%");
  await settled();
  expect(entries()).toEqual(["stderr F whole", "stderr P  10%"]);
  stream.write(" done\n");
  await settled();
  pass();
  expect(entries()).toEqual(["stderr F whole", "stderr P  10%", "stderr F \r 20% done"]);
});

test("a stream that ends without a newline leaves a part", async () => {
  const { open, entries, pass } = makeLog();
  const { stream, ended } = open("stdout");
  stream.end("no end");
  await ended;
  pass();
  expect(entries()).toEqual(["stdout P no end"]);
});

test("parts of a line count as one line from the end", async () => {
  const { open, file, pass } = makeLog();
  const { stream } = open("stdout");
  for (const text of ["one\n", "two ", "is ", "long\n", "three"]) {
    stream.write(text);
    await settled();
    pass();
  }
  expect([0, 1, 2, 3, 9].map((lines) => lastLines(file, lines, 1000))).toEqual([
    "",
    "three",
    "two is long\nthree",
    "one\ntwo is long\nthree",
    "one\ntwo is long\nthree",
  ]);
});

test("lines are counted across the blocks in which a long log is read", async () => {
  const { open, file } = makeLog();
  const { stream, ended } = open("stdout");
  const all = Array.from({ length: 5000 }, (_, at) => `line ${at} ${"x".repeat(at % 97)}`);
  stream.end(`${all.join("\n")}\n`);
  await ended;
  for (const lines of [1, 600, 601, 602, 1500, 4999, 5000]) {
    expect(lastLines(file, lines, 1e9).split("\n").slice(0, -1)).toEqual(all.slice(-lines));
  }
});
