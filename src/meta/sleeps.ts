/**
 * Times during which the machine slept while an object was there. They are kept in an annotation of the object, and no
 * time limit counts them: a laptop that was closed overnight has not worked. Pure.
 */
import { formatTime } from "./condition.ts";
import type { KubeObject, Time } from "./object.ts";

/** ISO 8601 intervals, separated by spaces. */
export const sleptAnnotation = "windlass.dev/slept";

/** Milliseconds since 1970. */
export interface Sleep {
  readonly from: number;
  readonly to: number;
}

type Annotated = Pick<KubeObject, "metadata">;

const format = ({ from, to }: Sleep): string => `${formatTime(new Date(from))}/${formatTime(new Date(to))}`;

/** In the order of their time; what is no interval is left out. */
export function sleepsOf({ metadata }: Annotated): readonly Sleep[] {
  const texts = (metadata.annotations?.[sleptAnnotation] ?? "").split(" ");
  return texts
    .map((text) => text.split("/").map((time) => Date.parse(time)))
    .flatMap(([from = Number.NaN, to = Number.NaN]) => (to > from ? [{ from, to }] : []));
}

/** The annotation's text with one sleep more. */
export const addSleep = (object: Annotated, sleep: Sleep): string => [...sleepsOf(object), sleep].map(format).join(" ");

/** A time limit of an object: so many seconds from a time on. */
export interface Limit {
  readonly of: Annotated;
  readonly start: Time;
  readonly seconds: number;
}

/** When a limit is over, in milliseconds since 1970, as it looks now: a sleep that lies ahead does not count yet. */
export function limitEnd({ of, start, seconds }: Limit, now: Date): number {
  const began = Date.parse(start);
  const overlap = ({ from, to }: Sleep) => Math.max(0, Math.min(to, now.getTime()) - Math.max(from, began));
  return began + seconds * 1000 + sleepsOf(of).reduce((sum, sleep) => sum + overlap(sleep), 0);
}
