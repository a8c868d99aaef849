/** Words for a POSIX shell. Pure. */

/** One word of a POSIX shell, quoted. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export const words = (list: readonly string[]): string => list.map(quote).join(" ");
