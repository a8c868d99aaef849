/** Findings as text: the first in full, the others a line each. Pure but for the choice of colours. */
import { asCalled } from "../program/called-as.ts";
import { stripVTControlCharacters } from "node:util";
import { hasColor, type Io, paint } from "../program/io.ts";
import type { Finding } from "./finding.ts";

const longestList = 10;

/** In one line, for `run` and `get`. */
export const brief = ({ evidence }: Finding): string => evidence[0]?.split("\n")[0] ?? "";

/** A line for all that say the same: hundreds of pods wait for one head. */
function renderOthers(others: readonly Finding[]): readonly string[] {
  if (others.length === 0) return [];
  const groups = [...Map.groupBy(others, (finding) => `${finding.cause} ${brief(finding)}`).values()];
  const lines = groups.slice(0, longestList).flatMap(([first, ...same]) => {
    if (!first) return [];
    const more = same.length > 0 ? ` and ${same.length} more` : "";
    return [`  ${first.cause}: ${first.where}${more}: ${brief(first)}`];
  });
  const left = groups.slice(longestList).flat().length;
  return ["", "also:", ...lines, ...(left > 0 ? [`  and ${left} more (-o json shows all)`] : [])];
}

/** A pod's status may end with the last line of its log, which is shown below it anyway. */
const withoutLast = (evidence: readonly string[], lastLines: readonly string[]) =>
  evidence.filter((text, index) => index === 0 || text !== lastLines.at(-1)?.trim());

/** `lastLines`: of the log that the first finding names. */
export function renderFindings(io: Io, findings: readonly Finding[], lastLines: readonly string[]): string {
  const [first, ...others] = findings;
  if (!first) return "";
  const { cause, where, evidence, remedy, log } = first;
  if (cause === "Succeeded")
    return `${paint(io, "green", "nothing is wrong")}: ${where} ${evidence[0]?.replace(/^it /, "")}`;
  const lines = [
    `${paint(io, "bold", cause)}: ${where}`,
    ...withoutLast(evidence, lastLines)
      .flatMap((text) => text.split("\n"))
      .map((text) => `  ${text}`),
  ];
  if (log && lastLines.length > 0) {
    lines.push(`  ${paint(io, "dim", `last lines of ${log.pod}, container ${log.container}:`)}`);
    lines.push(...lastLines.map((line) => `    ${line}`));
  }
  if (remedy) lines.push(`${paint(io, "cyan", "what to do:")} ${asCalled(io, remedy)}`);
  const text = [...lines, ...renderOthers(others)].join("\n");
  return hasColor(io) ? text : stripVTControlCharacters(text);
}
