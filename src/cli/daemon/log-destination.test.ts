/** The local cluster's log: whole lines, and no standstill where nothing can be written. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { logDestination } from "./log-destination.ts";

test("lines are in the file as soon as they are written", () => {
  const folder = mkdtempSync(join(tmpdir(), "windlass-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "log");
  const fd = openSync(file, "a");
  const log = logDestination(fd);
  log.write("one\n");
  log.write("two\n");
  expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
  closeSync(fd);
});

test("a full disk loses lines and nothing else", () => {
  const fd = openSync("/dev/full", "a");
  const log = logDestination(fd);
  expect(() => log.write("lost\n")).not.toThrow();
  expect(() => log.write("lost too\n")).not.toThrow();
  closeSync(fd);
});
