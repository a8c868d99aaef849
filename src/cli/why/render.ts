/** Findings as text: the first in full, the others a line each. Pure but for the choice of colours. */
import { type Io, paint } from "../io.ts";
import type { Finding } from "./finding.ts";

const longestList = 10;

/** `lastLines`: of the log that the first finding names. */
export function renderFindings(io: Io, findings: readonly Finding[], lastLines: readonly string[]): string {
  const [first, ...others] = findings;
  if (!first) return "";
  const { cause, where, evidence, remedy, log } = first;
  if (cause === "Succeeded") return `${paint(io, "green", "nothing is wrong")}: ${where}: ${evidence[0]}`;
  const lines = [
    `${paint(io, "bold", cause)}: ${where}`,
    ...evidence.flatMap((text) => text.split("\n")).map((text) => `  ${text}`),
  ];
  if (log && lastLines.length > 0) {
    lines.push(`  ${paint(io, "dim", `last lines of ${log.pod}, container ${log.container}:`)}`);
    lines.push(...lastLines.map((line) => `    ${line}`));
  }
  if (remedy) lines.push(`${paint(io, "cyan", "what to do:")} ${remedy}`);
  if (others.length > 0) lines.push("", "also:");
  for (const other of others.slice(0, longestList))
    lines.push(`  ${other.cause}: ${other.where}: ${other.evidence[0]?.split("\n")[0] ?? ""}`);
  if (others.length > longestList) lines.push(`  and ${others.length - longestList} more (--output json has all)`);
  return lines.join("\n");
}

/** In one line, for `run` and `get`. */
export const brief = ({ evidence }: Finding): string => evidence[0]?.split("\n")[0] ?? "";
