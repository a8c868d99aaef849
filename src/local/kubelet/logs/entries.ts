/**
 * The lines of a container's log file as the container runtime interface has them (`time stream F|P text`), and the lines
 * of the program that they make up: parts of one line follow each other, and another stream's text begins a new one. Pure.
 */

const space = 32;
const part = 0x50;
const lineEnd = Buffer.from("\n");

export interface Entry {
  readonly time: string;
  readonly stream: string;
  /** Whether the program's line ends with this. */
  readonly isWhole: boolean;
  readonly text: Buffer;
}

/** Undefined for what is no such line. */
export function parseEntry(line: Buffer): Entry | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  if (second < 0) return undefined;
  return {
    time: line.toString("latin1", 0, first),
    stream: line.toString("latin1", first + 1, second),
    isWhole: line[second + 1] !== part,
    text: line.subarray(second + 3),
  };
}

type Place = Pick<Entry, "stream" | "isWhole">;

/** Whether an entry is the beginning of a line, by the one before it. */
export const beginsLine = (entry: Place, before: Place | undefined): boolean =>
  !before || before.isWhole || before.stream !== entry.stream;

/** Turns entries into the bytes that a reader gets; asked for, the time stands before each line. */
export function makeFormat(timestamps: boolean): (entry: Entry) => Buffer {
  let before: Place | undefined;
  return (entry) => {
    const isFirst = beginsLine(entry, before);
    const isBroken = isFirst && before !== undefined && !before.isWhole;
    before = entry;
    return Buffer.concat([
      ...(isBroken ? [lineEnd] : []),
      ...(isFirst && timestamps ? [Buffer.from(`${entry.time} `)] : []),
      entry.text,
      ...(entry.isWhole ? [lineEnd] : []),
    ]);
  };
}
