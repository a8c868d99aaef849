/** Time-outs as the manifest writes them: `"1w 2d 5h 6m 20s"`. Pure. */

const seconds: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

/** Of 32 bits: what a RayJob takes for its deadline, and a Job for its count. */
export const maxInteger = 2 ** 31 - 1;

/** Seconds; undefined when the text is no time-out, or longer than 68 years. Units are in any order, each at most once, separated by blanks. */
export function parseTimeout(text: string): number | undefined {
  const parts = text.trim().split(/\s+/);
  const units = new Set<string>();
  let total = 0;
  for (const part of parts) {
    const match = /^(\d+)([wdhms])$/.exec(part);
    if (!match || units.has(match[2] ?? "")) return undefined;
    units.add(match[2] ?? "");
    total += Number(match[1]) * (seconds[match[2] ?? ""] ?? 0);
  }
  return total > 0 && total <= maxInteger ? total : undefined;
}

/** What was meant by a text that is no time-out: `1d2h`, `90`, `2H`. */
export function suggestTimeout(text: string): string | undefined {
  const spaced = text
    .toLowerCase()
    .replaceAll(/(\d)\s+(?=[wdhms])/g, "$1")
    .replaceAll(/([wdhms])(?=\d)/g, "$1 ");
  const guess = /^\s*\d+\s*$/.test(spaced) ? `${spaced.trim()}s` : spaced.trim();
  return parseTimeout(guess) === undefined ? undefined : guess;
}

/** Longest run time in seconds: `timeout` wins over `activeDeadlineSeconds`. */
export function deadlineOf(spec: {
  readonly timeout?: string;
  readonly activeDeadlineSeconds?: number;
}): number | undefined {
  return (spec.timeout !== undefined ? parseTimeout(spec.timeout) : undefined) ?? spec.activeDeadlineSeconds;
}
