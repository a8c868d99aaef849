/**
 * The `grpc` probe: one call of grpc.health.v1.Health/Check over a connection that is there already, judged and worded as
 * Kubernetes' kubelet does. Its two messages have a field each, so they are read and written by hand.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import type { Socket } from "node:net";
import type { ProbeResult } from "./probe-result.ts";

const statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const serving = 1;
const unimplemented = "12";

/** Field 1 of the request is the service's name: a tag, its length (of at most two bytes of seven bits), its text. */
function requestFrame(service: string): Buffer {
  const text = Buffer.from(service);
  const length = text.length < 128 ? [text.length] : [(text.length & 127) | 128, text.length >> 7];
  const message = text.length === 0 ? text : Buffer.from([0x0a, ...length, ...text]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Field 1 of the answer is the status; a zero is left out. */
const statusIn = (frame: Buffer): number => (frame[5] === 0x08 ? (frame[6] ?? 0) : 0);

interface Ended {
  /** `grpc-status`, or that of HTTP when the server speaks no gRPC. */
  readonly code: string;
  readonly message: string;
  readonly body: Buffer;
}

function ended(stream: ClientHttp2Stream): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const headers: Record<string, unknown> = {};
    stream.on("response", (received) => Object.assign(headers, received));
    stream.on("trailers", (received) => Object.assign(headers, received));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    stream.once("close", () => {
      const { "grpc-status": status, "grpc-message": message = "", ":status": http } = headers;
      const code = typeof status === "string" ? status : `HTTP status ${String(http)}`;
      resolve({ code, message: decodeURIComponent(String(message)), body: Buffer.concat(chunks) });
    });
  });
}

function verdict({ code, message, body }: Ended): ProbeResult {
  if (code === unimplemented) {
    const text = `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`;
    return { ok: false, message: text };
  }
  if (code !== "0") return { ok: false, message: `error: health rpc probe failed: ${message || code}` };
  const status = statusIn(body);
  const name = statuses[status] ?? String(status);
  return { ok: status === serving, message: `service unhealthy (responded with "${name}")` };
}

function open(session: ClientHttp2Session, service: string): ClientHttp2Stream {
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: "/grpc.health.v1.Health/Check",
    "content-type": "application/grpc",
    "user-agent": "kube-probe/1.36",
    te: "trailers",
  });
  stream.end(requestFrame(service));
  return stream;
}

/** Rejects when the connection breaks, also because `late` aborts. The socket is used up. */
export async function checkHealth(socket: Socket, service: string, late: AbortSignal): Promise<ProbeResult> {
  const session = connect("http://probe", { createConnection: () => socket });
  const expire = () => session.destroy(new Error("the answer is late"));
  late.addEventListener("abort", expire, { once: true });
  try {
    const broken = new Promise<never>((_, reject) => session.once("error", reject));
    return verdict(await Promise.race([ended(open(session, service)), broken]));
  } finally {
    late.removeEventListener("abort", expire);
    session.destroy();
    socket.destroy();
  }
}
