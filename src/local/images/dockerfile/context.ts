/** What an instruction is carried out with, and what every one of them may need: its words, its variables, a remark on it. Pure. */
import { type Instruction, lineBreak } from "./instructions.ts";
import type { Build, Stage } from "./stage.ts";
import { expandWord, splitWords, type Syntax } from "./substitute.ts";

export function syntaxFor(variables: Readonly<Record<string, string>>, escape: string): Syntax {
  return { escape, lookup: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined) };
}

export interface Context {
  readonly stage: Stage;
  readonly build: Build;
  readonly instruction: Instruction;
  readonly syntax: Syntax;
}

export type CarryOut = (context: Context) => void;

export const expandAll = ({ instruction: { text, exec }, build, syntax }: Context): readonly string[] =>
  (exec ?? splitWords(text, build.escape)).map((word) => expandWord(word, syntax));

const shownLine = ({ keyword, text }: Instruction) =>
  `${keyword} ${text.replaceAll(lineBreak, " ").replaceAll(/\s+/g, " ").trim()}`;

/** Tells that the line is not followed, or not wholly. */
export function note({ stage, instruction }: Context, reason: string): void {
  stage.notices.push({ kind: "line", line: instruction.line, text: shownLine(instruction), reason });
}
