/** Names in a sentence: as many as help, and of the rest the number. Pure. */

const most = 10;

export function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
