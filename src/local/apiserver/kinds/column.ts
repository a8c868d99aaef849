/** Building printer columns. */
import type { UnknownObject } from "../../../meta/object.ts";
import { formatAge } from "../../../machinery/duration.ts";
import type { Cell, Column } from "./registry.ts";

type CellOf = (object: UnknownObject, now: Date) => Cell | undefined;

export const column = (name: string, cell: CellOf, more: Partial<Column> = {}): Column => ({
  name,
  type: "string",
  cell,
  ...more,
});
/** Shown only with `-o wide`. */
export const wide = (name: string, cell: CellOf): Column => column(name, cell, { priority: 1 });

/** Time since `time` as kubectl prints ages. */
export function shortAge(time: string | undefined, now: Date): string {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? "<unknown>" : formatAge(Math.max(0, now.getTime() - at));
}

export const nameColumn: Column = column("Name", (object) => object.metadata.name, { format: "name" });
export const ageColumn: Column = column("Age", (object, now) => shortAge(object.metadata.creationTimestamp, now));
