/**
 * The last line of a terminal, drawn again and again while lines are printed above it: a progress bar, a state. Where no
 * terminal is, there is only what is printed.
 */
import { stripVTControlCharacters } from "node:util";
import { type Io, paint } from "../program/io.ts";

/** What a terminal shows of a line that was written over (`\r`), as progress bars do: the last of what was written. */
export function lastState(text: string): string {
  return text.includes("\r") ? (text.split("\r").findLast((state) => state !== "") ?? "") : text;
}

const clear = "\r\u001b[2K";

export class LiveLine {
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Draws over what was drawn before, cut to the terminal's width. */
  draw(text: string, style?: "dim"): void {
    if (!this.#io.isTTY) return;
    const width = (this.#io.stdout as NodeJS.WriteStream).columns ?? 80;
    const plain = stripVTControlCharacters(text).replaceAll("\t", " ");
    const cut = plain.length >= width ? `${plain.slice(0, Math.max(1, width - 2))}…` : plain;
    this.#io.stdout.write(`${clear}${style ? paint(this.#io, style, cut) : cut}`);
  }

  /** Takes away what was drawn, so that a line can be printed in its place. */
  clear(): void {
    if (this.#io.isTTY) this.#io.stdout.write(clear);
  }
}
