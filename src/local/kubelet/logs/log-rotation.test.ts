/** Logs that grow beyond their limits: what is kept, what is read across files, and a disk that takes nothing. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogOptions } from "../../contracts.ts";
import { eventually } from "../../../testing/eventually.ts";
import { FakeClock, settled } from "../../../testing/fake-clock.ts";
import { LogWriter } from "./log-writer.ts";
import { lastLines, readLog } from "./read-log.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-rotation-"));
  file = join(folder, "logs", "0.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = new FakeClock();
/** An entry of a line `line 12` has 48 bytes: three fit a file. */
const limits = { maxFileBytes: 150, files: 3 };

function openLog(onDrop: (error: Error) => void = () => {}) {
  const writer = new LogWriter(file, clock, onDrop, limits);
  const stream = new PassThrough();
  const ended = writer.attach("stdout", stream);
  return {
    writer,
    /** Each line by itself, as a program prints them. */
    async print(...lines: readonly string[]) {
      for (const line of lines) {
        stream.write(`${line}\n`);
        await settled();
      }
    },
    async end(text = "") {
      stream.end(text);
      await ended;
      writer.close();
    },
  };
}

const line = (at: number) => `line ${String(at).padStart(2, "0")}`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => line(from + at));
const textOf = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((entry) => entry.split(" ").slice(3).join(" "));
const files = () =>
  Object.fromEntries(readdirSync(join(folder, "logs")).map((name) => [name, textOf(join(folder, "logs", name))]));

async function read(options: Partial<LogOptions> = {}): Promise<readonly string[]> {
  const source = { file, isRunning: () => false, ended: Promise.resolve() };
  let text = "";
  for await (const bytes of readLog(source, options, clock.now())) text += Buffer.from(bytes).toString();
  return text.split("\n").filter(Boolean);
}

describe("what is kept", () => {
  const rows: Readonly<Record<string, readonly [printed: number, kept: Readonly<Record<string, readonly string[]>>]>> =
    {
      "all in one file, up to its limit": [3, { "0.log": lines(1, 3) }],
      "the file is turned over before the line that does not fit": [4, { "0.log": [line(4)], "0.log.1": lines(1, 3) }],
      "two files of before are kept": [9, { "0.log": lines(7, 9), "0.log.1": lines(4, 6), "0.log.2": lines(1, 3) }],
      "the oldest goes": [10, { "0.log": [line(10)], "0.log.1": lines(7, 9), "0.log.2": lines(4, 6) }],
    };
  test.each(Object.entries(rows))("%s", async (_, [printed, kept]) => {
    const log = openLog();
    await log.print(...lines(1, printed));
    expect(files()).toEqual(kept);
    await log.end();
  });

  test("a container that says nothing has an empty log", () => {
    openLog();
    expect(files()).toEqual({ "0.log": [] });
  });

  test("a line that no file can hold has one of its own", async () => {
    const log = openLog();
    await log.print(line(1), "x".repeat(200), line(2));
    expect(files()).toEqual({ "0.log": [line(2)], "0.log.1": ["x".repeat(200)], "0.log.2": [line(1)] });
    await log.end();
  });

  test("a writer that comes after another goes on in its file, and counts what is there", async () => {
    const first = openLog();
    await first.print(...lines(1, 2));
    await first.end();
    const second = openLog();
    await second.print(...lines(3, 4));
    expect(files()).toEqual({ "0.log": [line(4)], "0.log.1": lines(1, 3) });
    await second.end();
  });

  test("the two streams share the limit", async () => {
    const log = openLog();
    const errors = new PassThrough();
    const ended = log.writer.attach("stderr", errors);
    await log.print(...lines(1, 2));
    errors.write("errr 03\nerrr 04\n");
    await settled();
    errors.end();
    await ended;
    expect(files()).toEqual({ "0.log": ["errr 03", "errr 04"], "0.log.1": lines(1, 2) });
    await log.end();
  });
});

describe("what is read", () => {
  const rows: Readonly<Record<string, readonly [options: Partial<LogOptions>, found: readonly string[]]>> = {
    "all files, the oldest first": [{}, lines(4, 10)],
    "the last line": [{ tailLines: 1 }, [line(10)]],
    "last lines of two files": [{ tailLines: 3 }, lines(8, 10)],
    "last lines of three files": [{ tailLines: 5 }, lines(6, 10)],
    "more last lines than there are": [{ tailLines: 50 }, lines(4, 10)],
    "no lines": [{ tailLines: 0 }, []],
    "as many bytes as asked for": [{ limitBytes: 12 }, [line(4), "line"]],
  };
  test.each(Object.entries(rows))("%s", async (_, [options, found]) => {
    const log = openLog();
    await log.print(...lines(1, 10));
    await log.end();
    expect(await read(options)).toEqual(found);
  });

  test("the end of a log as a message spans files, and keeps to its size", async () => {
    const log = openLog();
    await log.print(...lines(1, 4));
    await log.end();
    expect(lastLines(file, 2, 1000)).toBe(`${line(3)}\n${line(4)}\n`);
    expect(lastLines(file, 2, 5)).toBe("e 04\n");
  });

  test("a log that is not there has nothing", async () => {
    expect([await read(), lastLines(file, 5, 100)]).toEqual([[], ""]);
  });

  test("whoever follows misses nothing while files are turned over", async () => {
    const log = openLog();
    await log.print(...lines(1, 2));
    let isRunning = true;
    const ended = log.end;
    let over = () => {};
    const source = { file, isRunning: () => isRunning, ended: new Promise<void>((resolve) => (over = resolve)) };
    let text = "";
    const following = (async () => {
      for await (const bytes of readLog(source, { follow: true }, clock.now())) text += Buffer.from(bytes).toString();
    })();
    for (const at of [3, 6, 9, 12]) {
      await eventually(() => text.endsWith(`${line(at - 1)}\n`), `line ${at - 1} is read`);
      await log.print(...lines(at, at + 2));
    }
    await ended();
    isRunning = false;
    over();
    await following;
    expect(text.split("\n").filter(Boolean)).toEqual(lines(1, 14));
  });

  test("whoever follows is done when it no longer wants to", async () => {
    const log = openLog();
    await log.print(line(1));
    const stop = new AbortController();
    const source = { file, isRunning: () => true, ended: new Promise<void>(() => {}) };
    const options = { follow: true, signal: stop.signal };
    for await (const bytes of readLog(source, options, clock.now())) {
      expect(Buffer.from(bytes).toString()).toBe(`${line(1)}\n`);
      stop.abort();
    }
    await log.end();
  });
});

describe("a log that cannot be written", () => {
  test("drops lines, tells once, and goes on when it can be", async () => {
    const told: string[] = [];
    mkdirSync(folder, { recursive: true });
    // Where the folder should be there is a file: nothing can be opened below it.
    writeFileSync(join(folder, "logs"), "");
    const log = openLog((error) => told.push((error as NodeJS.ErrnoException).code ?? ""));
    await log.print(...lines(1, 3));
    expect(told).toEqual(["EEXIST"]);
    rmSync(join(folder, "logs"));
    await log.print(line(4));
    expect(files()).toEqual({ "0.log": [line(4)] });
    await log.end();
    expect(existsSync(`${file}.1`)).toBe(false);
  });
});
