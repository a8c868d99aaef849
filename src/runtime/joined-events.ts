/**
 * What one reconcile tells of one object for one reason, as one event: its note names them all, its count says how many they are.
 * Different reasons stay different events: clients match on them. Pure.
 */
import type { KubeObject } from "../meta/object.ts";
import type { EventRecord } from "./event-record.ts";

export interface JoinedEvent {
  readonly regarding: KubeObject;
  readonly record: EventRecord;
  readonly count: number;
}

/** What the API server takes, in bytes of UTF-8. */
const maxNoteBytes = 1024;

const bytesOf = (text: string): number => Buffer.byteLength(text);

/** At most `limit` bytes, whole characters only, an ellipsis at the end of what was cut. */
function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString()}…`;
}

const more = (count: number): string => (count > 0 ? `; and ${count} more` : "");

/** As many sentences as there is room for, and how many more there are. */
function joinSentences([first = "", ...others]: readonly string[]): string {
  let note = cutToBytes(first, maxNoteBytes - bytesOf(more(others.length)));
  let left = others.length;
  for (const sentence of others) {
    const longer = `${note}; ${sentence}`;
    if (bytesOf(longer) + bytesOf(more(left - 1)) > maxNoteBytes) break;
    note = longer;
    left--;
  }
  return note + more(left);
}

export function joinEvents(root: KubeObject, records: readonly EventRecord[]): readonly JoinedEvent[] {
  const keyOf = ({ regarding = root, type, reason, action }: EventRecord) =>
    [regarding.metadata.uid, type, reason, action].join("\0");
  return [...Map.groupBy(records, keyOf).values()].map((group) => {
    const [first] = group as [EventRecord, ...EventRecord[]];
    const message = joinSentences([...new Set(group.map((record) => record.message))]);
    return { regarding: first.regarding ?? root, record: { ...first, message }, count: group.length };
  });
}
