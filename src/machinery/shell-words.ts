/** Words for a POSIX shell. Pure. */

const plainWord = /^[\w@%+=:,./-]+$/;

/** Whether every shell takes the word as it stands. */
export const isPlainWord = (word: string): boolean => plainWord.test(word);

/** One word of a POSIX shell, quoted. */
export const quote = (word: string): string => (isPlainWord(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export const words = (list: readonly string[]): string => list.map(quote).join(" ");
