/** The proxy subresource: HTTP and WebSockets to a port of a pod, through the node. The caller's credentials stay here. */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ApiRequest } from "../../../kube/transport.ts";
import { type HandlerResponse, type BytesResponse, json } from "../wire/response.ts";
import { type Core, mustGet } from "../core.ts";
import { noSuchPath, unavailable } from "../errors.ts";
import type { Handler } from "../verbs/handle.ts";
import type { Call } from "../request/call.ts";
import { type GetAgent, mustHaveAgent } from "./log.ts";
import { proxyTarget } from "./proxy-target.ts";

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "proxy-connection",
]);
const private_ = new Set(["authorization", "host"]);

type Headers = Record<string, string | readonly string[]>;

function forwardHeaders({ headers = {}, path, accept, contentType }: ApiRequest, port: number): Headers {
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !private_.has(lower) && value !== undefined) kept[lower] = value;
  }
  if (accept) kept["accept"] = accept;
  if (contentType) kept["content-type"] = contentType;
  return { ...kept, host: `localhost:${port}`, "x-forwarded-uri": path };
}

/** Path and query as the target sees them: as they came, below the proxy's own path. */
function targetPath({ request, rest }: Call): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of [value].flat()) search.append(name, one);
  }
  const text = search.toString();
  return `${rest || "/"}${text ? `?${text}` : ""}`;
}

/** Redirects within the target lead back through the proxy. */
function answerHeaders({ headers }: IncomingMessage, call: Call): Headers {
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hopByHop.has(name)) kept[name] = value;
  }
  const { location } = headers;
  if (location?.startsWith("/") && !location.startsWith("//")) kept["location"] = `${proxyRoot(call)}${location}`;
  return kept;
}

function proxyRoot({ request, rest }: Call): string {
  return rest === "" ? request.path.replace(/\/$/, "") : request.path.slice(0, request.path.length - rest.length);
}

function bodyOf({ body }: ApiRequest): Readable | string | Uint8Array | undefined {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array || body instanceof Readable)
    return body;
  return JSON.stringify(body);
}

async function dial(core: Core, call: Call, agent: GetAgent) {
  const target = proxyTarget(core, call);
  try {
    return { ...target, socket: await mustHaveAgent(agent).dial(target.pod, target.port) };
  } catch (cause) {
    throw unavailable(`error trying to reach service: ${(cause as Error).message}`);
  }
}

async function forward(core: Core, call: Call, agent: GetAgent): Promise<BytesResponse> {
  const { socket, port } = await dial(core, call, agent);
  const { request } = call;
  const outgoing = httpRequest({
    createConnection: () => socket,
    method: request.method,
    path: targetPath(call),
    headers: { ...forwardHeaders(request, port), connection: "close" } as Record<string, string>,
    ...(request.signal && { signal: request.signal }),
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on("response", resolve);
    outgoing.on("error", (error) => reject(unavailable(`error trying to reach service: ${error.message}`)));
    const body = bodyOf(request);
    if (body instanceof Readable) body.pipe(outgoing);
    else outgoing.end(body);
  });
  const contentType = response.headers["content-type"] ?? "";
  return {
    type: "bytes",
    status: response.statusCode ?? 502,
    contentType,
    headers: answerHeaders(response, call),
    body: response,
  };
}

/** Of the kubelet's own paths only its statistics are served. */
function nodeAnswer(core: Core, call: Call, agent: GetAgent): HandlerResponse {
  mustGet(core, call);
  if (call.rest !== "/stats/summary" || call.request.method !== "GET") throw noSuchPath();
  return json(mustHaveAgent(agent).stats());
}

export const proxyHandler =
  (agent: GetAgent): Handler =>
  (core, call) =>
    call.type.kind.resource === "nodes" ? nodeAnswer(core, call, agent) : forward(core, call, agent);

interface Connection {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Hands an upgrade (a WebSocket) through: the request's head, then bytes both ways. */
export async function proxyUpgrade(
  core: Core,
  call: Call,
  options: { readonly agent: GetAgent; readonly connection: Connection },
): Promise<void> {
  const { request, socket, head } = options.connection;
  const upstream = await dial(core, call, options.agent);
  const headers = {
    ...forwardHeaders({ ...call.request, headers: request.headers as Record<string, string> }, upstream.port),
    connection: "Upgrade",
    upgrade: request.headers.upgrade ?? "websocket",
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  upstream.socket.write(`GET ${targetPath(call)} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  if (head.length > 0) upstream.socket.write(head);
  await Promise.allSettled([pipeline(socket, upstream.socket), pipeline(upstream.socket, socket)]);
}
