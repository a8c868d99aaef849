/** Port forwarding as kubectl does it: SPDY streams in WebSocket messages, a pair of them (error, data) for each connection. */
import type { Duplex } from "node:stream";
import type { WebSocketChannel } from "../../../kube/transport.ts";
import { type Frame, type Headers, SpdyCodec } from "./spdy.ts";

type Dial = (port: number) => Promise<Duplex>;

/** Window both sides begin with, by the protocol. */
const defaultWindow = 64 * 1024;

interface Stream {
  readonly id: number;
  readonly request: string;
  readonly port: number;
  readonly isData: boolean;
  /** Bytes that may still be sent. */
  window: number;
  socket?: Duplex;
  /** What came before the connection to the pod was there. */
  early: Buffer[];
  ended: boolean;
  waiting: (() => void) | undefined;
}

class SpdyForward {
  readonly #codec = new SpdyCodec();
  readonly #streams = new Map<number, Stream>();
  readonly #dial: Dial;
  readonly #channel: WebSocketChannel;
  #initialWindow = defaultWindow;

  constructor(dial: Dial, channel: WebSocketChannel) {
    this.#dial = dial;
    this.#channel = channel;
  }

  async run(): Promise<void> {
    try {
      for await (const message of this.#channel.messages) {
        for (const frame of await this.#codec.read(message)) await this.#onFrame(frame);
      }
    } finally {
      for (const { socket } of this.#streams.values()) socket?.destroy();
    }
  }

  async #onFrame(frame: Frame): Promise<void> {
    switch (frame.type) {
      case "open":
        return this.#open(frame.stream, frame.headers);
      case "data":
        return this.#onData(frame.stream, frame.data, frame.fin);
      case "window":
        return this.#onWindow(frame.stream, frame.delta);
      case "settings":
        this.#initialWindow = frame.initialWindow;
        return;
      case "reset":
        return this.#drop(frame.stream);
      case "ping":
        return this.#channel.send(this.#codec.ping(frame.id));
      case "goaway":
        return;
    }
  }

  async #open(id: number, headers: Headers): Promise<void> {
    const get = (name: string) => headers.get(name) ?? "";
    const stream: Stream = {
      id,
      request: get("requestid"),
      port: Number(get("port")),
      isData: get("streamtype") === "data",
      window: this.#initialWindow,
      early: [],
      ended: false,
      waiting: undefined,
    };
    this.#streams.set(id, stream);
    this.#channel.send(await this.#codec.reply(id));
    if (stream.isData) void this.#connect(stream);
  }

  async #connect(stream: Stream): Promise<void> {
    try {
      const socket = await this.#dial(stream.port);
      stream.socket = socket;
      for (const data of stream.early) socket.write(data);
      stream.early = [];
      if (stream.ended) socket.end();
      for await (const chunk of socket as AsyncIterable<Buffer>) await this.#send(stream, chunk);
    } catch (error) {
      this.#fail(stream, (error as Error).message);
    }
    this.#finish(stream);
  }

  /** The connection's error stream tells the client why; an empty one that ends means that all is well. */
  #fail({ request, port }: Stream, message: string): void {
    const errors = this.#errorsOf(request);
    if (!errors) return;
    const text = `an error occurred forwarding ${port}: ${message}`;
    this.#channel.send(this.#codec.data(errors.id, Buffer.from(text), true));
    this.#streams.delete(errors.id);
  }

  #finish(stream: Stream): void {
    if (this.#streams.delete(stream.id)) this.#channel.send(this.#codec.data(stream.id, Buffer.alloc(0), true));
    const errors = this.#errorsOf(stream.request);
    if (!errors) return;
    this.#streams.delete(errors.id);
    this.#channel.send(this.#codec.data(errors.id, Buffer.alloc(0), true));
  }

  #errorsOf(request: string): Stream | undefined {
    return [...this.#streams.values()].find((stream) => stream.request === request && !stream.isData);
  }

  async #send(stream: Stream, chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      if (stream.window <= 0) {
        await new Promise<void>((resolve) => {
          stream.waiting = resolve;
        });
      }
      if (!this.#streams.has(stream.id)) return;
      const part = rest.subarray(0, Math.max(0, stream.window));
      if (part.length === 0) continue;
      stream.window -= part.length;
      this.#channel.send(this.#codec.data(stream.id, part));
      rest = rest.subarray(part.length);
    }
  }

  #onData(id: number, data: Buffer, fin: boolean): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (data.length > 0) {
      if (stream.socket) stream.socket.write(data);
      else if (stream.isData) stream.early.push(Buffer.from(data));
      this.#channel.send(this.#codec.window(id, data.length));
    }
    if (!fin) return;
    stream.ended = true;
    stream.socket?.end();
  }

  #onWindow(id: number, delta: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.window += delta;
    stream.waiting?.();
    stream.waiting = undefined;
  }

  #drop(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.socket?.destroy();
    stream?.waiting?.();
  }
}

/** Serves one tunnel until the client closes it. */
export const serveSpdyForward = (dial: Dial, channel: WebSocketChannel): Promise<void> =>
  new SpdyForward(dial, channel).run();
