/**
 * Many mounts by one `mount`: a table as in /etc/fstab, instead of a process for each. An entry whose
 * source, root and target equal those of a mount that is there counts as mounted: give file systems names of their own. Pure.
 */
import { quote } from "../../../machinery/shell-words.ts";

export interface Mount {
  readonly source: string;
  readonly target: string;
  /** A bind with all that is mounted below it when absent. */
  readonly type?: string;
  readonly options?: string;
}

/** Blanks, tabs, newlines and backslashes as octal numbers: fstab(5). */
const field = (text: string): string =>
  text.replaceAll(/[ \t\n\\]/g, (char) => `\\${(char.codePointAt(0) ?? 0).toString(8).padStart(3, "0")}`);

const line = ({ source, target, type = "none", options = "rbind" }: Mount): string =>
  [source, target, type, options, "0", "0"].map(field).join(" ");

/** For a shell, which writes the table to `file` (a regular one: `mount` takes no pipe) and ends with 125 if a mount fails. */
export function mountAll(mounts: readonly Mount[], file: string): string {
  if (mounts.length === 0) return "";
  const lines = mounts.map(line).map(quote).join(" \\\n  ");
  return `printf '%s\\n' ${lines} >${file}\nmount -a -T ${file} || exit 125`;
}
