/** The fields of a protobuf message, without its definition: number, wire type and value. Pure. */

export type Field =
  | { readonly number: number; readonly type: "varint"; readonly value: bigint }
  /** Eight or four bytes: a number whose kind the definition knows. */
  | { readonly number: number; readonly type: "fixed"; readonly value: DataView }
  | { readonly number: number; readonly type: "bytes"; readonly value: Uint8Array };

interface Cursor {
  readonly data: Uint8Array;
  at: number;
}

function varint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.data[cursor.at++];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new RangeError("not a protobuf message");
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.data.length) throw new RangeError("not a protobuf message");
  const part = cursor.data.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

const viewOf = (part: Uint8Array) => new DataView(part.buffer, part.byteOffset, part.byteLength);

/** Throws RangeError for what is no message. */
export function* fieldsOf(data: Uint8Array): Iterable<Field> {
  const cursor: Cursor = { data, at: 0 };
  while (cursor.at < data.length) {
    const key = Number(varint(cursor));
    const number = key >>> 3;
    const wire = key & 7;
    if (wire === 0) yield { number, type: "varint", value: varint(cursor) };
    else if (wire === 1) yield { number, type: "fixed", value: viewOf(take(cursor, 8)) };
    else if (wire === 2) yield { number, type: "bytes", value: take(cursor, Number(varint(cursor))) };
    else if (wire === 5) yield { number, type: "fixed", value: viewOf(take(cursor, 4)) };
    else throw new RangeError(`no such wire type: ${wire}`);
  }
}
