/** Problems of a manifest as lines for the terminal: `file:line:column: error: message [CODE]`, then the rule and the way out. */
import type { Problem } from "../../manifest/index.ts";
import { type Io, paint } from "../program/io.ts";

function formatProblem(io: Io, problem: Problem): string {
  const { file, line, column, severity, message, code, rule, remedy } = problem;
  const place = paint(io, "bold", `${file}:${line}:${column}:`);
  const label = paint(io, severity === "error" ? "red" : "yellow", `${severity}:`);
  const lines = [`${place} ${label} ${message} ${paint(io, "dim", `[${code}]`)}`, `  rule: ${rule}`];
  return (remedy ? [...lines, `  ${paint(io, "cyan", "help:")} ${remedy}`] : lines).join("\n");
}

/** No newline at the end; an empty text for no problems. */
export function formatProblems(io: Io, problems: readonly Problem[]): string {
  return problems.map((problem) => formatProblem(io, problem)).join("\n");
}

/** `2 errors, 1 warning`; an empty text for no problems. */
export function summarize(problems: readonly Problem[]): string {
  const count = (severity: Problem["severity"]) => problems.filter((problem) => problem.severity === severity).length;
  const part = (number: number, word: string) => (number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`]);
  return [...part(count("error"), "error"), ...part(count("warning"), "warning")].join(", ");
}
