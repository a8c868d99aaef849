/** SPDY/3.1 frames, as much of them as port forwarding needs: headers are compressed with a fixed dictionary, kept per connection. */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
import { dictionary } from "./spdy-dictionary.ts";

export type Headers = ReadonlyMap<string, string>;

export type Frame =
  | { readonly type: "open"; readonly stream: number; readonly headers: Headers; readonly fin: boolean }
  | { readonly type: "reset"; readonly stream: number }
  | { readonly type: "data"; readonly stream: number; readonly data: Buffer; readonly fin: boolean }
  | { readonly type: "window"; readonly stream: number; readonly delta: number }
  | { readonly type: "settings"; readonly initialWindow: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goaway" };

const version = 3;
const types = { open: 1, reply: 2, reset: 3, settings: 4, ping: 6, goaway: 7, window: 9 } as const;
const finFlag = 1;
const initialWindowSetting = 7;

/** One flush of a zlib stream: everything that was put in comes out. */
function flushed(stream: Deflate | Inflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer) => chunks.push(chunk);
    const done = () => {
      stream.off("data", onData);
      stream.off("error", reject);
    };
    stream.on("data", onData);
    stream.once("error", reject);
    stream.write(input, () =>
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        done();
        resolve(Buffer.concat(chunks));
      }),
    );
  });
}

function parseHeaders(block: Buffer): Headers {
  const headers = new Map<string, string>();
  let at = 4;
  const text = () => {
    const length = block.readUInt32BE(at);
    const value = block.toString("utf8", at + 4, at + 4 + length);
    at += 4 + length;
    return value;
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = text();
    headers.set(name, text());
  }
  return headers;
}

function formatHeaders(headers: Headers): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const parts = [number(headers.size)];
  for (const pair of headers) for (const text of pair) parts.push(number(Buffer.byteLength(text)), Buffer.from(text));
  return Buffer.concat(parts);
}

function control(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([head, payload]);
}

const numbers = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
};

/** Reads and writes the frames of one connection. Bytes may come cut anywhere. */
export class SpdyCodec {
  readonly #inflate = createInflate({ dictionary });
  readonly #deflate = createDeflate({ dictionary });
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that `bytes` complete, in order; kinds that do not matter here are left out. */
  async read(bytes: Uint8Array): Promise<readonly Frame[]> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    while (this.#rest.length >= 8) {
      const length = this.#rest.readUInt32BE(4) & 0xffffff;
      if (this.#rest.length < 8 + length) break;
      const frame = await this.#parse(this.#rest.subarray(0, 8), this.#rest.subarray(8, 8 + length));
      this.#rest = this.#rest.subarray(8 + length);
      if (frame) frames.push(frame);
    }
    return frames;
  }

  async #parse(head: Buffer, payload: Buffer): Promise<Frame | undefined> {
    const fin = ((head[4] ?? 0) & finFlag) !== 0;
    const isControl = ((head[0] ?? 0) & 0x80) !== 0;
    if (!isControl) return { type: "data", stream: head.readUInt32BE(0) & 0x7fffffff, data: payload, fin };
    const first = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
    switch (head.readUInt16BE(2)) {
      case types.open:
        return {
          type: "open",
          stream: first,
          headers: parseHeaders(await flushed(this.#inflate, payload.subarray(10))),
          fin,
        };
      case types.reset:
        return { type: "reset", stream: first };
      case types.window:
        return { type: "window", stream: first, delta: payload.readUInt32BE(4) & 0x7fffffff };
      case types.ping:
        return { type: "ping", id: payload.readUInt32BE(0) };
      case types.goaway:
        return { type: "goaway" };
      case types.settings:
        return initialWindowOf(payload);
      default:
        return undefined;
    }
  }

  async reply(stream: number): Promise<Buffer> {
    const block = await flushed(this.#deflate, formatHeaders(new Map()));
    return control(types.reply, 0, Buffer.concat([numbers(stream), block]));
  }

  data(stream: number, data: Uint8Array, fin = false): Buffer {
    return Buffer.concat([numbers(stream, ((fin ? finFlag << 24 : 0) | data.length) >>> 0), data]);
  }

  reset(stream: number): Buffer {
    return control(types.reset, 0, numbers(stream, 5));
  }

  window(stream: number, delta: number): Buffer {
    return control(types.window, 0, numbers(stream, delta));
  }

  ping(id: number): Buffer {
    return control(types.ping, 0, numbers(id));
  }
}

function initialWindowOf(payload: Buffer): Frame | undefined {
  for (let at = 4; at + 8 <= payload.length; at += 8) {
    const id = payload.readUInt32BE(at) & 0xffffff;
    if (id === initialWindowSetting) return { type: "settings", initialWindow: payload.readUInt32BE(at + 4) };
  }
  return undefined;
}
