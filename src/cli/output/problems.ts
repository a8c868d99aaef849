/** Problems of a manifest as compilers print them: `file:line:column: error: message [CODE]`, the rule and the remedy below. */
import type { Problem } from "../../manifest/index.ts";
import { type Io, paint } from "../io.ts";

export function formatProblem(io: Io, problem: Problem): string {
  const { file, line, column, severity, message, code, rule, remedy } = problem;
  const label = paint(io, severity === "error" ? "red" : "yellow", severity);
  const head = `${paint(io, "bold", `${file}:${line}:${column}:`)} ${label}: ${message} ${paint(io, "dim", `[${code}]`)}`;
  return [head, paint(io, "dim", `  rule: ${rule}`), ...(remedy ? [`  ${remedy}`] : [])].join("\n");
}

export function formatProblems(io: Io, problems: readonly Problem[]): string {
  return problems.map((problem) => formatProblem(io, problem)).join("\n");
}
