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

/** Milliseconds that the machine slept since a time. */
export function sleptSince(object: Annotated, since: number): number {
  return sleepsOf(object).reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from, since)), 0);
}

/** When a limit that began to run at `start` is over, in milliseconds since 1970. */
export function limitEnd(object: Annotated, start: Time, seconds: number): number {
  const began = Date.parse(start);
  return began + seconds * 1000 + sleptSince(object, began);
}
