/**
 * Versions of Python and what may be asked of them: PEP 440 sets, Poetry's `^3.9` and `~3.9`, the plain versions of
 * `.python-version` and image tags. Pure.
 */
import type { PythonWanted } from "./request.ts";

/** `3.11.7` as numbers; undefined for what is no version. Suffixes (`rc1`, `+local`) are left out. */
export function parseVersion(text: string): readonly number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(text.trim());
  return match?.[1]?.split(".").map(Number);
}

export function compareVersions(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const startsWith = (version: readonly number[], prefix: readonly number[]) =>
  prefix.every((part, at) => (version[at] ?? 0) === part);

/** The first version that is too high for `version` with its part at `at` raised. */
const raised = (version: readonly number[], at: number) => [...version.slice(0, at), (version[at] ?? 0) + 1];

type Check = (version: readonly number[], wanted: readonly number[], isPrefix: boolean) => boolean;

const within =
  (part: (wanted: readonly number[]) => number): Check =>
  (version, wanted) =>
    compareVersions(version, wanted) >= 0 && compareVersions(version, raised(wanted, part(wanted))) < 0;

const exact: Check = (version, wanted, isPrefix) =>
  isPrefix ? startsWith(version, wanted) : compareVersions(version, wanted) === 0;

const checks: Readonly<Record<string, Check>> = {
  "===": exact,
  "==": exact,
  "!=": (version, wanted, isPrefix) => !exact(version, wanted, isPrefix),
  ">=": (version, wanted) => compareVersions(version, wanted) >= 0,
  "<=": (version, wanted) => compareVersions(version, wanted) <= 0,
  ">": (version, wanted) => compareVersions(version, wanted) > 0,
  "<": (version, wanted) => compareVersions(version, wanted) < 0,
  "~=": within((wanted) => Math.max(0, wanted.length - 2)),
  "^": within((wanted) => wanted.findIndex((part, at) => part > 0 || at === wanted.length - 1)),
  "~": within((wanted) => Math.min(1, wanted.length - 1)),
  // A version by itself (`3.9`, `3.10.13`) names all that begin so.
  "": (version, wanted) => startsWith(version, wanted),
};

function holds(version: readonly number[], clause: string): boolean {
  const match = /^(===|==|!=|>=|<=|~=|>|<|\^|~|=?)\s*v?(\d+(?:\.\d+)*)(\.\*)?/.exec(clause);
  if (!match) return clause === "*" || clause === "";
  const [, operator = "", digits = "", star] = match;
  const wanted = digits.split(".").map(Number);
  const check = checks[operator === "=" ? "==" : operator];
  return check?.(version, wanted, star !== undefined) ?? false;
}

/** Whether `version` (`3.11.7`) is in the set; `||` and `,` as in Poetry and PEP 440. */
export function isVersionIn(version: string, set: string): boolean {
  const numbers = parseVersion(version);
  if (!numbers) return false;
  return set
    .split("||")
    .some((part) => part.split(/[,\s]+(?=[=!<>~^*\d]|$)/).every((clause) => holds(numbers, clause.trim())));
}

export const satisfies = (version: string, wanted: readonly PythonWanted[]): boolean =>
  wanted.every((each) => isVersionIn(version, each.version));

/** `Python 3.9 (FROM python:3.9)`, for messages. */
export const formatWanted = (wanted: readonly PythonWanted[]): string =>
  wanted.map(({ version, origin }) => `Python ${version} (${origin})`).join(" and ");

/** First line of a `.python-version` that names a version; `system` and names of virtual environments name none. */
export function parsePythonVersionFile(text: string): string | undefined {
  for (const line of text.split("\n")) {
    const match = /^(?:(?:cpython|python)[-@]?)?(\d+(?:\.\d+)*)\b/.exec(line.trim());
    if (match) return match[1];
  }
  return undefined;
}
