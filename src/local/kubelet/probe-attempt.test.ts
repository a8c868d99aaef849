/** One attempt of a probe against real servers of this machine: what counts as well, and what is said when it is not. */
import { createServer as createHttp, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import { createServer as createHttps } from "node:https";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Probe } from "../../api/core/pod.ts";
import { loadCredentials } from "../credentials.ts";
import { ownSockets } from "./network/sockets.ts";
import { attempt } from "./probes.ts";

const folder = mkdtempSync(join(tmpdir(), "windlass-probes-"));
const servers: Server[] = [];
let asked: IncomingHttpHeaders = {};

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const longName = "u".repeat(200);

/** A health message has the status in its first field. */
const health = (status: number) => Buffer.from([0, 0, 0, 0, 2, 0x08, status]);

/** Serves the service `up`; `down` does not serve, `slow` never answers, any other is unknown. */
function grpcServer(): Server {
  const server = createHttp2();
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => {});
    stream.on("end", () => {
      const service = Buffer.concat(chunks).subarray(7).toString();
      const isHealth = headers[":path"] === "/grpc.health.v1.Health/Check" && service !== "unimplemented";
      const begin = { ":status": 200, "content-type": "application/grpc" };
      if (service === "slow") return;
      if (!isHealth || service === "unknown") {
        const [code, text] = isHealth ? [5, "unknown%20service"] : [12, "no%20such%20method"];
        stream.respond({ ...begin, "grpc-status": code, "grpc-message": text }, { endStream: true });
        return;
      }
      stream.respond(begin, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      // The length of a long name takes a byte more.
      const isUp = ["up", ""].includes(service) || service.endsWith(longName);
      stream.end(health(isUp ? 1 : 2));
    });
  });
  return server;
}

const ports = { http: 0, https: 0, grpc: 0, deaf: 0, closed: 0 };
beforeAll(async () => {
  const { cert, key } = await loadCredentials(folder, ["127.0.0.1"], new Date());
  const answer: Parameters<typeof createHttp>[1] = ({ url = "", headers }, response) => {
    asked = headers;
    if (url === "/never") return;
    response.writeHead(Number(url.slice(1)) || 200).end("body");
  };
  ports.http = await listening(createHttp(answer));
  ports.https = await listening(createHttps({ cert, key }, answer));
  ports.grpc = await listening(grpcServer());
  ports.deaf = await listening(createServer());
  const gone = createServer();
  ports.closed = await listening(gone);
  gone.close();
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

type Name = keyof typeof ports;

const target = () => ({
  ip: "127.0.0.1",
  dial: ownSockets.dial,
  container: { name: "c", ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })) },
  exec: async (argv: readonly string[], timeoutMs: number) => ({ ok: argv[0] === "true", message: `${timeoutMs} ms` }),
});

const get = (path: string, more: object = {}): Probe => ({ httpGet: { port: "http", path, ...more } });
const grpc =
  (service?: string, port: Name = "grpc") =>
  (): Probe => ({
    grpc: { port: ports[port], ...(service !== undefined && { service }) },
    timeoutSeconds: 0.3,
  });

/** `undefined`: the attempt is well. */
const rows: Readonly<Record<string, readonly [probe: Probe | (() => Probe), message: string | undefined]>> = {
  "HTTP 200": [get("/200"), undefined],
  "HTTP 204": [get("/204"), undefined],
  "HTTP 302 is well": [get("/302"), undefined],
  "HTTP 404": [get("/404"), "HTTP probe failed with statuscode: 404"],
  "HTTP 503": [get("/503"), "HTTP probe failed with statuscode: 503"],
  "HTTP without a path asks for /": [{ httpGet: { port: "http" } }, undefined],
  "HTTP by the number of the port": [() => ({ httpGet: { port: ports.http } }), undefined],
  "HTTP by the number as a text": [() => ({ httpGet: { port: String(ports.http) } }), undefined],
  "HTTP at a port that has no such name": [{ httpGet: { port: "web" } }, "no port named web"],
  "HTTP that never answers": [{ ...get("/never"), timeoutSeconds: 0.1 }, "context deadline exceeded after 0.1 s"],
  "HTTP where nobody listens": [{ httpGet: { port: "closed" } }, "ECONNREFUSED"],
  "HTTPS with a certificate that nobody signed": [get("/200", { port: "https", scheme: "HTTPS" }), undefined],
  "HTTPS 500": [get("/500", { port: "https", scheme: "HTTPS" }), "HTTP probe failed with statuscode: 500"],
  "HTTP where HTTPS is spoken": [get("/200", { port: "https" }), ""],
  "TCP where somebody listens": [{ tcpSocket: { port: "deaf" } }, undefined],
  "TCP where nobody listens": [{ tcpSocket: { port: "closed" } }, "ECONNREFUSED"],
  "TCP at another host": [{ tcpSocket: { port: "deaf", host: "localhost" } }, undefined],
  "TCP at a port that has no such name": [{ tcpSocket: { port: "web" } }, "the probe names no port"],
  "a command that ends well": [{ exec: { command: ["true"] } }, undefined],
  "a command that fails has a second unless it is said": [{ exec: { command: ["false"] } }, "1000 ms"],
  "a command has the time it is given": [{ exec: { command: ["false"] }, timeoutSeconds: 5 }, "5000 ms"],
  "gRPC of the server as a whole": [grpc(), undefined],
  "gRPC of a service": [grpc("up"), undefined],
  "gRPC of a service with a long name": [grpc(longName), undefined],
  "gRPC of a service that does not serve": [grpc("down"), 'service unhealthy (responded with "NOT_SERVING")'],
  "gRPC of a service that is unknown": [grpc("unknown"), "error: health rpc probe failed: unknown service"],
  "gRPC without the health protocol": [
    grpc("unimplemented"),
    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no such method",
  ],
  "gRPC that never answers": [grpc("slow"), "timeout: health rpc did not complete within 0.3s"],
  "gRPC where nobody speaks": [grpc("up", "deaf"), "timeout: health rpc did not complete within 0.3s"],
  "gRPC where HTTP/1 is spoken": [grpc("up", "http"), ""],
  "gRPC where nobody listens": [grpc("up", "closed"), "ECONNREFUSED"],
};

test.each(Object.entries(rows))("%s", async (_, [probe, message]) => {
  const found = await attempt(typeof probe === "function" ? probe() : probe, target());
  expect(found.ok).toBe(message === undefined);
  if (message !== undefined) expect(found.message).toContain(message);
});

test("a server sees who asks, and the headers that the probe sets", async () => {
  const httpHeaders = [
    { name: "Host", value: "example.com" },
    { name: "X-Token", value: "t" },
  ];
  await attempt(get("/200"), target());
  expect(asked).toMatchObject({ host: `127.0.0.1:${ports.http}`, "user-agent": "kube-probe/1.36" });
  await attempt(get("/200", { httpHeaders }), target());
  expect(asked).toMatchObject({ host: "example.com", "x-token": "t" });
});
