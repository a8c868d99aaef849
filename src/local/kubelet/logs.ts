/**
 * Container logs: one file a run, lines as the container runtime interface writes them (`time stream F|P text`), turned
 * over at a size, kept after the pod is gone. A full disk drops lines, never the container.
 */
import {
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  watch,
  closeSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { LogOptions } from "../contracts.ts";

const maxFileBytes = 50 * 1024 * 1024;
const keptFiles = 3;
const maxLineBytes = 16 * 1024;

export class LogWriter {
  readonly #file: string;
  readonly #now: () => Date;
  readonly #onDrop: (error: Error) => void;
  #fd: number;
  #size: number;
  #dropped = false;
  #sequence = 0;
  #lastMs = 0;

  constructor(file: string, now: () => Date, onDrop: (error: Error) => void) {
    mkdirSync(dirname(file), { recursive: true });
    this.#file = file;
    this.#now = now;
    this.#onDrop = onDrop;
    this.#fd = openSync(file, "a", 0o640);
    this.#size = statSync(file).size;
  }

  /** Attaches a stream of the container. Resolves when it has ended. */
  attach(name: "stdout" | "stderr", stream: NodeJS.ReadableStream): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    return new Promise((resolve) => {
      stream.on("data", (chunk: Buffer) => {
        const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        rest = this.#lines(name, data);
      });
      const end = () => {
        if (rest.length > 0) this.#write(this.#entry(name, "F", rest));
        rest = Buffer.alloc(0);
        resolve();
      };
      stream.once("end", end);
      stream.once("error", end);
    });
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Writes whole lines (and over-long parts); answers what is left. */
  #lines(name: string, data: Buffer): Buffer {
    const entries: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(10, start); end >= 0; end = data.indexOf(10, start)) {
      entries.push(this.#entry(name, "F", data.subarray(start, end)));
      start = end + 1;
    }
    let rest = data.subarray(start);
    while (rest.length > maxLineBytes) {
      entries.push(this.#entry(name, "P", rest.subarray(0, maxLineBytes)));
      rest = rest.subarray(maxLineBytes);
    }
    if (entries.length > 0) this.#write(Buffer.concat(entries));
    return Buffer.from(rest);
  }

  #entry(stream: string, tag: "F" | "P", text: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.#time()} ${stream} ${tag} `), text, Buffer.from("\n")]);
  }

  /** Nanosecond times that always grow, so that a reader can go on from any line. */
  #time(): string {
    const now = this.#now();
    const ms = now.getTime();
    if (ms > this.#lastMs) {
      this.#lastMs = ms;
      this.#sequence = 0;
    } else this.#sequence++;
    const date = new Date(this.#lastMs + Math.floor(this.#sequence / 1_000_000));
    return `${date.toISOString().slice(0, 23)}${String(this.#sequence % 1_000_000).padStart(6, "0")}Z`;
  }

  #write(data: Buffer): void {
    try {
      if (this.#size + data.length > maxFileBytes) this.#rotate();
      writeSync(this.#fd, data);
      this.#size += data.length;
      this.#dropped = false;
    } catch (error) {
      if (!this.#dropped) this.#onDrop(error as Error);
      this.#dropped = true;
    }
  }

  #rotate(): void {
    closeSync(this.#fd);
    for (let at = keptFiles - 1; at >= 1; at--) {
      const from = at === 1 ? this.#file : `${this.#file}.${at - 1}`;
      if (existsSync(from)) renameSync(from, `${this.#file}.${at}`);
    }
    this.#fd = openSync(this.#file, "a", 0o640);
    this.#size = 0;
  }
}

interface Entry {
  readonly time: string;
  readonly partial: boolean;
  readonly text: string;
}

function parse(line: string): Entry {
  const first = line.indexOf(" ");
  const second = line.indexOf(" ", first + 1);
  return { time: line.slice(0, first), partial: line[second + 1] === "P", text: line.slice(second + 3) };
}

async function* entriesOf(file: string): AsyncIterable<Entry> {
  let rest = "";
  for await (const chunk of createReadStream(file, { encoding: "utf8" })) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield parse(line);
  }
}

/** Where a log is, and whether more may come. */
export interface LogSource {
  readonly file: string;
  readonly isRunning: () => boolean;
  /** Resolves when the container has ended and its log is complete. */
  readonly ended: Promise<void>;
}

const sinceOf = (options: LogOptions, now: Date): string | undefined => {
  if (options.sinceTime) return options.sinceTime;
  return options.sinceSeconds === undefined
    ? undefined
    : new Date(now.getTime() - options.sinceSeconds * 1000).toISOString();
};

const format = ({ time, partial, text }: Entry, timestamps: boolean | undefined): string =>
  `${timestamps ? `${time} ` : ""}${text}${partial ? "" : "\n"}`;

/** Times compare as text once both have the same number of digits. */
const padTime = (time: string) => {
  const [whole = "", fraction = ""] = time.replace(/Z$/, "").split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
};

async function* existing(file: string, options: LogOptions, now: Date): AsyncIterable<string> {
  const since = sinceOf(options, now);
  const from = since && padTime(since);
  const wanted = (entry: Entry) => from === undefined || padTime(entry.time) >= from;
  if (options.tailLines === undefined) {
    for await (const entry of entriesOf(file)) if (wanted(entry)) yield format(entry, options.timestamps);
    return;
  }
  const last: string[] = [];
  for await (const entry of entriesOf(file)) {
    if (!wanted(entry)) continue;
    last.push(format(entry, options.timestamps));
    if (last.length > options.tailLines) last.shift();
  }
  yield* last;
}

/** Reads what was appended since; whole lines only. */
class Tail {
  readonly #file: string;
  #position: number;
  #rest = "";

  constructor(file: string, position: number) {
    this.#file = file;
    this.#position = position;
  }

  read(): readonly Entry[] {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    // The file was turned over: what follows is in a new one.
    if (size < this.#position) this.#position = 0;
    if (size === this.#position) return [];
    const buffer = Buffer.alloc(size - this.#position);
    const fd = openSync(this.#file, "r");
    const bytes = readSync(fd, buffer, 0, buffer.length, this.#position);
    closeSync(fd);
    this.#position += bytes;
    const lines = (this.#rest + buffer.toString("utf8", 0, bytes)).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map(parse);
  }
}

async function* following(source: LogSource, position: number, options: LogOptions): AsyncIterable<string> {
  const tail = new Tail(source.file, position);
  let wake = () => {};
  let isOver = !source.isRunning();
  const notify = () => wake();
  void source.ended.then(() => {
    isOver = true;
    notify();
  });
  options.signal?.addEventListener("abort", notify, { once: true });
  const watcher = watch(source.file, notify);
  try {
    while (!options.signal?.aborted) {
      const over = isOver;
      for (const entry of tail.read()) yield format(entry, options.timestamps);
      if (over) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (isOver !== over || options.signal?.aborted) resolve();
      });
    }
  } finally {
    watcher.close();
  }
}

/** The log's bytes as `kubectl logs` gets them. */
export async function* readLog(source: LogSource, options: LogOptions, now: Date): AsyncIterable<Uint8Array> {
  if (!existsSync(source.file)) return;
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const position = statSync(source.file).size;
  const encode = (text: string) => Buffer.from(text).subarray(0, Math.max(0, left));
  async function* all(): AsyncIterable<string> {
    yield* existing(source.file, options, now);
    if (options.follow) yield* following(source, position, options);
  }
  for await (const text of all()) {
    const bytes = encode(text);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
    if (left <= 0 || options.signal?.aborted) return;
  }
}
