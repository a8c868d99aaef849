/** Durations in Go's notation, and ages as kubectl prints them. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** Parses `1h30m`, `300ms`, `-1.5s`, `0` (Go's time.ParseDuration) into milliseconds; undefined when it is none. */
export function parseGoDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
  if (rest === "") return undefined;
  part.lastIndex = 0;
  let total = 0;
  while (part.lastIndex < rest.length) {
    const match = part.exec(rest);
    if (!match) return undefined;
    total += Number(match[1]) * (unitMs[match[2] ?? ""] ?? Number.NaN);
  }
  return sign * total;
}

const dayMs = 86_400_000;

/** An age as people write it: Go's notation, with weeks and days before it (`7d`, `1w`, `1d12h`). Milliseconds. */
export function parseAge(text: string): number | undefined {
  const match = /^(?:(\d+)w)?(?:(\d+)d)?(.*)$/.exec(text.trim());
  const [, weeks, days, rest = ""] = match ?? [];
  if (weeks === undefined && days === undefined && rest === "") return undefined;
  const ms = rest === "" ? 0 : parseGoDuration(rest);
  return ms === undefined || ms < 0 ? undefined : (Number(weeks ?? 0) * 7 + Number(days ?? 0)) * dayMs + ms;
}

/** Two units that matter, kubectl's rule: `45s`, `3m20s`, `25m`, `5h30m`, `2d3h`, `400d`, `3y20d`. Rounds down. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return two(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? two(years, "y", days % 365, "d") : `${years}y`;
}

const two = (a: number, unitA: string, b: number, unitB: string) =>
  b === 0 ? `${a}${unitA}` : `${a}${unitA}${b}${unitB}`;
