/**
 * What of a build is told where no terminal is (a pipe, CI): each of its steps as it begins, and from time to time how
 * long it has taken and what the installer does. Pure.
 */
import { formatAge } from "../../machinery/duration.ts";

/** How much of a build has been told. */
export interface BuildTold {
  readonly steps: number;
  readonly atMs: number;
}

export const nothingTold: BuildTold = { steps: 0, atMs: 0 };

const everyMs = 15_000;
/** The builder's own lines: what is made with what, and each command. */
const isStep = (line: string): boolean => /^(\$ |creating |downloading )/.test(line);

interface News extends BuildTold {
  readonly news: readonly string[];
}

/** `lines`: the build's log; `elapsedMs`: since it began. */
export function buildNews(lines: readonly string[], elapsedMs: number, told: BuildTold): News {
  const steps = lines.filter(isStep);
  const fresh = steps.slice(told.steps);
  const isDue = fresh.length === 0 && elapsedMs - told.atMs >= everyMs;
  const last = lines.at(-1)?.trim();
  const news = isDue ? [[formatAge(elapsedMs), last].filter(Boolean).join(" · ")] : fresh;
  return { news, steps: steps.length, atMs: news.length > 0 ? elapsedMs : told.atMs };
}
