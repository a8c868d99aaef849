/** How large a source folder may be, and what makes one too large: its largest folders and files, by name. Pure. */
import { formatHumanAmount } from "../../machinery/human-quantity.ts";
import { isQuantity, parseQuantity, quantityToNumber } from "../../machinery/quantity.ts";

export interface SizedFile {
  /** Relative to the source, with `/`. */
  readonly path: string;
  readonly bytes: number;
}

/** What a snapshot may cost in time and disk without being noticed. */
const defaultLimit = 512 * 1024 * 1024;

/** `WINDLASS_SOURCE_LIMIT` in bytes: a quantity such as `2Gi`; the default for what is none. */
export const sourceLimit = (text: string | undefined): number =>
  text !== undefined && isQuantity(text) ? quantityToNumber(parseQuantity(text)) : defaultLimit;

const size = (bytes: number) => formatHumanAmount("memory", bytes);

/** Sums of the folders right below the source, and the files that lie in it. */
function topEntries(files: readonly SizedFile[]): readonly SizedFile[] {
  const sums = new Map<string, number>();
  for (const { path, bytes } of files) {
    const slash = path.indexOf("/");
    const top = slash < 0 ? path : path.slice(0, slash + 1);
    sums.set(top, (sums.get(top) ?? 0) + bytes);
  }
  return [...sums].map(([path, bytes]) => ({ path, bytes }));
}

const largest = (entries: readonly SizedFile[], most: number): readonly SizedFile[] =>
  [...entries].sort((a, b) => b.bytes - a.bytes).slice(0, most);

const list = (entries: readonly SizedFile[]) => entries.map(({ path, bytes }) => `${path} (${size(bytes)})`).join(", ");

/** Undefined when it is within `limit` bytes. */
export function explainSize(root: string, files: readonly SizedFile[], limit: number): string | undefined {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes <= limit) return undefined;
  const tops = largest(topEntries(files), 3).filter((entry) => entry.bytes >= bytes / 20);
  const [file] = largest(files, 1);
  const single =
    file && file.path.includes("/") && file.bytes > bytes / 4 ? `; its largest file is ${list([file])}` : "";
  return `the source folder ${root} has ${size(bytes)}, more than the limit of ${size(limit)} per run; most of it is in ${list(tops)}${single}: list what the program does not need in .windlassignore (one path per line), mount data instead of copying it, or raise the limit with WINDLASS_SOURCE_LIMIT=2Gi for \`windlass up\``;
}
