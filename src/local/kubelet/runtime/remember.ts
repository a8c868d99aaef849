/** What was found out a moment ago, for many containers that start at one go. */

const rememberMs = 1000;

/** Answers what `find` answered for the same key less than a second ago. `now` is in milliseconds. */
export function remembering<Found>(now: () => number): (key: string, find: () => Found) => Found {
  const known = new Map<string, { readonly at: number; readonly found: Found }>();
  return (key, find) => {
    const time = now();
    const before = known.get(key);
    if (before && time - before.at < rememberMs) return before.found;
    for (const [other, { at }] of known) if (time - at >= rememberMs) known.delete(other);
    const found = find();
    known.set(key, { at: time, found });
    return found;
  };
}
