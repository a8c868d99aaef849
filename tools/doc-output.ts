/**
 * Compares what a page shows with what a command printed. Names made at random, times, durations and sizes are equal to
 * each other; `…` stands for anything within a line, a line of its own for any number of lines. Pure.
 */

const amount = String.raw`\d+(?:\.\d+)?`;

const varying: readonly (readonly [RegExp, string])[] = [
  // oxlint-disable-next-line no-control-regex -- colours
  [/\u001b\[[0-9;]*m/g, ""],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UID"],
  [/\bexperiment-[0-9a-f]{8}-[0-9a-f]{4}\b/g, "experiment-ID"],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-RANDOM"],
  [/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?Z?/g, "TIME"],
  [/\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b/g, "TIME"],
  [new RegExp(String.raw`\b${amount} ?(?:B|[kKMGT]i?B)(?![\w])`, "g"), "SIZE"],
  [new RegExp(String.raw`\b${amount} ?(?:ms|min|s|m|h|d)(?![\w])`, "g"), "DURATION"],
  [/(?:DURATION ?){2,}/g, "DURATION"],
  [/\s+/g, " "],
];

const normalize = (line: string) =>
  varying.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), line).trim();

const quote = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");

const anything = "…";

function isMatch(shown: string, printed: string): boolean {
  const pattern = normalize(shown).split(anything).map(quote).join(".*");
  return new RegExp(`^${pattern}$`).test(normalize(printed));
}

const isMatchAt = (segment: readonly string[], printed: readonly string[], at: number) =>
  segment.every((line, index) => printed[at + index] !== undefined && isMatch(line, printed[at + index] ?? ""));

/** The runs of lines between the lines that stand for any number of lines. */
function segmentsOf(shown: readonly string[]): readonly (readonly string[])[] {
  const segments: string[][] = [[]];
  for (const line of shown) {
    if (line.trim() === anything) segments.push([]);
    else segments.at(-1)?.push(line);
  }
  return segments;
}

const withoutBlankEnds = (lines: readonly string[]) =>
  lines
    .join("\n")
    .replace(/^\n+|\s+$/g, "")
    .split("\n");

/** What is shown and was not printed, or undefined when all of it was, in this order. */
export function missingFrom(printed: readonly string[], shown: readonly string[]): string | undefined {
  const lines = withoutBlankEnds(printed);
  const segments = segmentsOf(withoutBlankEnds(shown));
  let from = 0;
  for (const [index, segment] of segments.entries()) {
    const last = lines.length - segment.length;
    // The first segment is where the output begins, the last one where it ends; those between come as early as they can.
    const starts =
      index === segments.length - 1 ? [last] : Array.from({ length: last + 1 - from }, (_, at) => from + at);
    const places = (index === 0 ? [0] : starts).filter((at) => at >= from);
    const at = places.find((place) => isMatchAt(segment, lines, place));
    if (at === undefined) return segment.join("\n");
    from = at + segment.length;
  }
  return segments.length === 1 && from !== lines.length ? `the end: ${lines[from]} was printed, too` : undefined;
}
