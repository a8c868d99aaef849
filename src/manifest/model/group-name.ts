/** Names of pod groups as Kubernetes takes them. Pure. */
import { isDns1035Label } from "../../machinery/names.ts";

/** The nearest name to `text`: lower case, a letter first; undefined when nothing of it can stay. */
export function asGroupName(text: string): string | undefined {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const trimmed = plain.replaceAll(/^-+|-+$/g, "");
  const name = /^\d/.test(trimmed) ? `group-${trimmed}` : trimmed;
  return name.slice(0, 63).replace(/-+$/, "") || undefined;
}

export const isGroupName = (text: string): boolean => isDns1035Label(text).length === 0;
