/** Reads a container's log as `kubectl logs` gives it: all or the last lines, since a time, and on as it grows. */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { LogOptions } from "../../contracts.ts";
import { beginsLine, type Entry, makeFormat, parseEntry } from "./entries.ts";
import { logLimits, rotatedName } from "./log-writer.ts";

const blockBytes = 64 * 1024;
const newline = 10;

/** Where a log is, and whether more may come. */
export interface LogSource {
  readonly file: string;
  readonly isRunning: () => boolean;
  /** Resolves when the container has ended and its log is complete. */
  readonly ended: Promise<void>;
}

interface Position {
  /** How often the file was turned over since; 0 is the current one. */
  readonly age: number;
  readonly offset: number;
}

/** The files of a run that are there, the oldest first. */
function agesOf(file: string): readonly number[] {
  const ages = Array.from({ length: logLimits.files }, (_, at) => logLimits.files - 1 - at);
  return ages.filter((age) => existsSync(rotatedName(file, age)));
}

/** Before an entry's text stand its time, its stream and its tag: no more than this. */
const headBytes = 64;

interface Found {
  readonly offset: number;
  readonly head: Entry;
}

/** The entries of a file from the last to the first, without their text. */
function* entriesBackwards(fd: number): Generator<Found> {
  const block = Buffer.alloc(blockBytes + headBytes);
  const { size } = fstatSync(fd);
  for (let end = size; end > 0; end -= blockBytes) {
    const start = Math.max(0, end - blockBytes);
    // Beyond the block as much as an entry's head may need.
    const bytes = readSync(fd, block, 0, Math.min(end + headBytes, size) - start, start);
    for (let at = end - start; at >= 0; at--) {
      const isStart = start + at === 0 || (at > 0 && block[at - 1] === newline);
      if (!isStart || start + at === size) continue;
      const head = parseEntry(block.subarray(at, Math.min(bytes, at + headBytes)));
      if (head) yield { offset: start + at, head };
    }
  }
}

/** Offset of the last `lines` lines; `missing` is how many the file is short of. */
function lastLinesOf(path: string, lines: number): { readonly offset: number; readonly missing: number } {
  const fd = openSync(path, "r");
  try {
    if (lines === 0) return { offset: fstatSync(fd).size, missing: 0 };
    let left = lines;
    let after: Found | undefined;
    for (const found of entriesBackwards(fd)) {
      if (after && beginsLine(after.head, found.head) && --left === 0) return { offset: after.offset, missing: 0 };
      after = found;
    }
    return { offset: 0, missing: after ? left - 1 : left };
  } finally {
    closeSync(fd);
  }
}

function startOf(file: string, tailLines: number | undefined): Position | undefined {
  const ages = agesOf(file);
  if (tailLines === undefined) return ages[0] === undefined ? undefined : { age: ages[0], offset: 0 };
  let found: Position | undefined;
  let lines = tailLines;
  for (const age of [...ages].reverse()) {
    const { offset, missing } = lastLinesOf(rotatedName(file, age), lines);
    found = { age, offset };
    if (missing <= 0) break;
    lines = missing;
  }
  return found;
}

/** Times compare as text once all have nine digits. */
function padTime(time: string): string {
  const [whole = "", fraction = ""] = time.replace(/Z$/, "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}

function sinceOf(options: LogOptions, now: Date): string | undefined {
  const { sinceTime, sinceSeconds } = options;
  if (sinceTime) return padTime(new Date(sinceTime).toISOString().slice(0, 19) + (/\.\d+/.exec(sinceTime)?.[0] ?? ""));
  return sinceSeconds === undefined ? undefined : padTime(new Date(now.getTime() - sinceSeconds * 1000).toISOString());
}

/** Entries of the file that are not too old. */
const entriesOf = (lines: readonly Buffer[], since: string | undefined): readonly Entry[] =>
  lines.flatMap((line) => parseEntry(line) ?? []).filter(({ time }) => since === undefined || padTime(time) >= since);

/** Follows a log through its files: an open file stays readable when it is turned over. */
class Cursor {
  readonly #file: string;
  #fd: number;
  #offset: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(file: string, { age, offset }: Position) {
    this.#file = file;
    this.#offset = offset;
    this.#fd = openSync(rotatedName(file, age), "r");
  }

  /** The next whole lines; empty when there are none for now. */
  read(): readonly Buffer[] {
    const block = Buffer.alloc(blockBytes);
    const bytes = readSync(this.#fd, block, 0, blockBytes, this.#offset);
    if (bytes === 0) return this.#next() ? this.read() : [];
    this.#offset += bytes;
    const data = Buffer.concat([this.#rest, block.subarray(0, bytes)]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
      lines.push(data.subarray(start, end));
      start = end + 1;
    }
    this.#rest = data.subarray(start);
    return lines.length > 0 ? lines : this.read();
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Goes on to the file that came after this one, if any. */
  #next(): boolean {
    const own = fstatSync(this.#fd).ino;
    const age = agesOf(this.#file).findLast((candidate) => statSync(rotatedName(this.#file, candidate)).ino === own);
    // Turned over so often that it is gone: the oldest that is left follows.
    const after = age === undefined ? Math.max(0, ...agesOf(this.#file)) : age - 1;
    if (after < 0 || !existsSync(rotatedName(this.#file, after))) return false;
    const fd = openSync(rotatedName(this.#file, after), "r");
    closeSync(this.#fd);
    this.#fd = fd;
    this.#offset = 0;
    return true;
  }
}

/** Lines as they come, some at a time; ends with the container, when `signal` aborts, or at once without `follow`. */
async function* linesOf(source: LogSource, options: LogOptions): AsyncGenerator<readonly Buffer[]> {
  const start = startOf(source.file, options.tailLines);
  if (!start) return;
  const { follow = false, signal } = options;
  let wake = () => {};
  let isOver = !follow || !source.isRunning();
  void source.ended.then(() => {
    isOver = true;
    wake();
  });
  const cursor = new Cursor(source.file, start);
  const watcher = isOver ? undefined : watch(dirname(source.file), () => wake());
  const onAbort = () => wake();
  signal?.addEventListener("abort", onAbort);
  try {
    while (!signal?.aborted) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      const wasOver = isOver;
      const lines = cursor.read();
      if (lines.length > 0) {
        yield lines;
        continue;
      }
      if (wasOver) return;
      await changed;
    }
  } finally {
    cursor.close();
    watcher?.close();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The log's bytes as `kubectl logs` gets them. */
export async function* readLog(source: LogSource, options: LogOptions, now: Date): AsyncIterable<Uint8Array> {
  const since = sinceOf(options, now);
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const format = makeFormat(options.timestamps === true);
  for await (const lines of linesOf(source, options)) {
    const text = Buffer.concat(entriesOf(lines, since).map(format)).subarray(0, left);
    left -= text.length;
    if (text.length > 0) yield text;
    if (left <= 0) return;
  }
}

/** The last lines of a finished log as text, at most `maxBytes` of it. */
export function lastLines(file: string, lines: number, maxBytes: number): string {
  const start = startOf(file, lines);
  if (!start) return "";
  const cursor = new Cursor(file, start);
  try {
    const found: Buffer[] = [];
    for (let read = cursor.read(); read.length > 0; read = cursor.read()) found.push(...read);
    const text = Buffer.concat(entriesOf(found, undefined).map(makeFormat(false)));
    return text.subarray(-maxBytes).toString();
  } finally {
    cursor.close();
  }
}
