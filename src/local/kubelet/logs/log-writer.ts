/**
 * Writes a container's log: one file a run, lines as the container runtime interface has them (`time stream F|P text`),
 * turned over at a size. What is written of a line without its end comes as a part after a moment, so that whoever follows
 * sees it. A full disk drops lines, never the container.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../../runtime/clock.ts";

export interface LogLimits {
  readonly maxFileBytes: number;
  /** Files kept for a run, the current one included. */
  readonly files: number;
}

export const logLimits: LogLimits = { maxFileBytes: 50 * 1024 * 1024, files: 3 };
const maxLineBytes = 16 * 1024;
/** How long the end of a line is waited for: a progress bar moves ten times a second at most. */
const partAfterMs = 100;
const newline = 10;

/** Name of the log turned over `age` times ago; 0 is the current one. */
export const rotatedName = (file: string, age: number): string => (age === 0 ? file : `${file}.${age}`);

export class LogWriter {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #onDrop: (error: Error) => void;
  readonly #limits: LogLimits;
  #fd: number | undefined;
  #size = 0;
  #dropping = false;
  #sequence = 0;
  #lastMs = 0;

  /** `onDrop` is called at the first of the lines that cannot be written, and again only after one could. */
  constructor(file: string, clock: Clock, onDrop: (error: Error) => void, limits = logLimits) {
    this.#file = file;
    this.#clock = clock;
    this.#onDrop = onDrop;
    this.#limits = limits;
    // Made at once, so that a silent container has a log too.
    this.#write(Buffer.alloc(0));
  }

  /** Takes all that a stream of the container yields. Resolves when it has ended. */
  attach(name: "stdout" | "stderr", stream: NodeJS.ReadableStream): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    let cancel: (() => void) | undefined;
    const flush = () => {
      cancel?.();
      cancel = undefined;
      if (rest.length > 0) this.#write(this.#entry(name, "P", rest));
      rest = Buffer.alloc(0);
    };
    return new Promise((resolve) => {
      stream.on("data", (chunk: Buffer) => {
        rest = this.#lines(name, rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk);
        if (rest.length > 0) cancel ??= this.#clock.after(partAfterMs, flush);
      });
      const end = () => {
        flush();
        resolve();
      };
      stream.once("end", end);
      stream.once("error", end);
    });
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Writes whole lines (and over-long parts); answers what is left. */
  #lines(name: string, data: Buffer): Buffer {
    const entries: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(newline); end >= 0; end = data.indexOf(newline, start)) {
      for (; end - start > maxLineBytes; start += maxLineBytes) {
        entries.push(this.#entry(name, "P", data.subarray(start, start + maxLineBytes)));
      }
      entries.push(this.#entry(name, "F", data.subarray(start, end)));
      start = end + 1;
    }
    for (; data.length - start > maxLineBytes; start += maxLineBytes) {
      entries.push(this.#entry(name, "P", data.subarray(start, start + maxLineBytes)));
    }
    if (entries.length > 0) this.#write(Buffer.concat(entries));
    // A copy: the chunk's memory may be large and is not ours to keep.
    return Buffer.from(data.subarray(start));
  }

  #entry(stream: string, tag: "F" | "P", text: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${this.#time()} ${stream} ${tag} `), text, Buffer.from("\n")]);
  }

  /** Nanosecond times that always grow, so that a reader can go on from any line. */
  #time(): string {
    const ms = this.#clock.now().getTime();
    if (ms > this.#lastMs) {
      this.#lastMs = ms;
      this.#sequence = 0;
    } else this.#sequence++;
    const date = new Date(this.#lastMs + Math.floor(this.#sequence / 1_000_000));
    return `${date.toISOString().slice(0, 23)}${String(this.#sequence % 1_000_000).padStart(6, "0")}Z`;
  }

  #write(data: Buffer): void {
    try {
      if (this.#size > 0 && this.#size + data.length > this.#limits.maxFileBytes) this.#rotate();
      const fd = this.#open();
      for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
      this.#size += data.length;
      this.#dropping = false;
    } catch (error) {
      if (!this.#dropping) this.#onDrop(error as Error);
      this.#dropping = true;
    }
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    mkdirSync(dirname(this.#file), { recursive: true });
    const fd = openSync(this.#file, "a", 0o640);
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
    return fd;
  }

  #rotate(): void {
    this.close();
    for (let age = this.#limits.files - 1; age >= 1; age--) {
      const from = rotatedName(this.#file, age - 1);
      if (existsSync(from)) renameSync(from, rotatedName(this.#file, age));
    }
    this.#size = 0;
  }
}
