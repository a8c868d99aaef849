/** A question before something is gone for good. Without a terminal nobody can answer it: then the command is refused. */
import { confirm, isCancel } from "@clack/prompts";
import { selectionErrors } from "../errors/selection.ts";
import type { Io } from "../program/io.ts";

/** The answer; no is what Enter says. Throws UserError where there is no terminal. */
export async function confirmed(io: Io, question: string): Promise<boolean> {
  if (!io.isTTY || !process.stdin.isTTY) throw selectionErrors.CONFIRMATION_NEEDED(question);
  const answer = await confirm({ message: question, initialValue: false });
  return !isCancel(answer) && answer;
}
