/** Time zones by their IANA names, from the tables that the runtime brings. Wall times are milliseconds as if in UTC. Pure. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  formats.set(zone, format);
  return format;
}

/** Whether a name is known. Offsets such as `+02:00` are no names: Go would not load them. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return formatOf(name) !== undefined;
  } catch {
    return false;
  }
}

const offset = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** Milliseconds that clocks in the zone are ahead of UTC. */
export function offsetAt(zone: string, at: number): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = offset.exec(formatOf(zone).format(at)) ?? [];
  const ahead = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === "-" ? -ahead : ahead;
}

/** The first moment in (from, to] at which the offset is no longer that of `from`, to the second; there must be one. */
export function changeBetween(zone: string, from: number, to: number): number {
  const before = offsetAt(zone, from);
  let [low, high] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1000) === before) low = middle;
    else high = middle;
  }
  return high * 1000;
}

const dayMs = 86_400_000;

/**
 * When clocks in the zone first show a wall time. One that they skip (in spring) is the moment at which they skip it; of one
 * that they show twice (in autumn) it is the first.
 */
export function firstAt(zone: string, wall: number): number {
  const [before, after] = [offsetAt(zone, wall - dayMs), offsetAt(zone, wall + dayMs)];
  const shown = [wall - before, wall - after].filter((at) => at + offsetAt(zone, at) === wall);
  if (shown.length > 0) return Math.min(...shown);
  return changeBetween(zone, wall - Math.max(before, after), wall - Math.min(before, after));
}
