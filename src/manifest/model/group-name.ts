/** Names of pod groups as Kubernetes takes them. Pure. */

/** The nearest name to `text`: lower case, a letter first; undefined when nothing of it can stay. */
export function asGroupName(text: string): string | undefined {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const trimmed = plain.replaceAll(/^-+|-+$/g, "");
  const name = /^\d/.test(trimmed) ? `group-${trimmed}` : trimmed;
  return name.slice(0, 63).replace(/-+$/, "") || undefined;
}

export const isGroupName = (text: string): boolean => /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text);
