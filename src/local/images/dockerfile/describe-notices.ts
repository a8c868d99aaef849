/** What is not followed, as lines for people: the line's number, what it says, and what is here instead. Pure. */
import type { Notice } from "./recipe.ts";

/** Whether a package of the system, or the program of its name, is on this machine. */
export type HasPackage = (name: string) => boolean;

function whatOf(notice: Notice, has: HasPackage): string {
  if (notice.kind === "line") return `${notice.text}: ${notice.reason}`;
  const here = notice.packages.filter(has);
  const gone = notice.packages.filter((name) => !has(name));
  const parts = [
    ...(here.length > 0 ? [`${here.join(", ")} on this machine`] : []),
    ...(gone.length > 0 ? [`${gone.join(", ")} missing here`] : []),
  ];
  return `system packages: ${parts.join("; ")}`;
}

export function describeNotices(notices: readonly Notice[], has: HasPackage): readonly string[] {
  return notices.map((notice) => `${notice.line > 0 ? `line ${notice.line}` : "manifest"}: ${whatOf(notice, has)}`);
}
