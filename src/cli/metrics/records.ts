/** The records of a TensorFlow record file: length, its CRC, data, its CRC; little-endian. Pure. */
import { maskedCrc } from "./crc32c.ts";

const lengthBytes = 8;
const crcBytes = 4;

/**
 * Up to the first record that is not whole or whose checksum is wrong: a program that was killed leaves one, and what comes
 * behind it cannot be found.
 */
export function* recordsIn(file: Uint8Array): Iterable<Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + lengthBytes + crcBytes <= file.length; ) {
    const start = at + lengthBytes + crcBytes;
    if (view.getUint32(at + lengthBytes, true) !== maskedCrc(file.subarray(at, at + lengthBytes))) return;
    const length = Number(view.getBigUint64(at, true));
    const end = start + length;
    if (end + crcBytes > file.length) return;
    const data = file.subarray(start, end);
    if (view.getUint32(end, true) !== maskedCrc(data)) return;
    yield data;
    at = end + crcBytes;
  }
}
