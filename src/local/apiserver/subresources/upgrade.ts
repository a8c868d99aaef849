/** Connections that stop being requests: exec, attach, portforward, proxied WebSockets; over HTTP and within the process. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocketChannel } from "../../../kube/transport.ts";
import type { ApiRequest } from "../../../kube/transport.ts";
import { channelOf, channelPair, streamChannel } from "../wire/channels.ts";
import { type Core, mustGet } from "../core.ts";
import { badRequest, noSuchPath } from "../errors.ts";
import { type Call, parseCall } from "../request/call.ts";
import { execProtocols, execRequest, runAttach, runExec } from "./exec.ts";
import { type GetAgent, mustHaveAgent } from "./log.ts";
import { forwardProtocols, runForward } from "./portforward.ts";
import { proxyUpgrade } from "./proxy.ts";

export interface Connection {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

type Run = (channel: WebSocketChannel) => Promise<void>;

interface Session {
  readonly protocols: readonly string[];
  readonly run: Run;
}

/** Everything that can be refused is refused here, before the upgrade. */
function sessionFor(core: Core, call: Call, agent: GetAgent): Session {
  if (call.type.storage !== "pods" || !call.name || !call.subresource) throw noSuchPath();
  const pod = mustGet(core, call);
  const node = mustHaveAgent(agent);
  switch (call.subresource) {
    case "exec":
      execRequest(call, pod);
      return { protocols: execProtocols, run: (channel) => runExec(node, { call, pod }, channel) };
    case "attach":
      execRequest(call, pod);
      return { protocols: execProtocols, run: (channel) => runAttach(node, { call, pod }, channel) };
    case "portforward":
      return { protocols: forwardProtocols, run: (channel) => runForward(node, { call, pod }, channel) };
    default:
      throw noSuchPath();
  }
}

function chosen(offered: readonly string[], known: readonly string[]): string {
  const protocol = known.find((one) => offered.includes(one));
  if (!protocol) throw badRequest(`unable to upgrade: none of the offered protocols is known: ${offered.join(", ")}`);
  return protocol;
}

/** kubectl speaks WebSocket from 1.29 on where it is told to, and by itself from 1.31 on. */
const needsWebSocket = (subresource: string | undefined, kind: string | undefined) =>
  `${subresource} is served over WebSocket only, but this client requested ${kind ?? "no upgrade"}: use kubectl 1.31 or newer, or set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true for kubectl 1.29 and 1.30`;

export async function upgradeConnection(
  core: Core,
  agent: GetAgent,
  asked: { readonly request: ApiRequest; readonly connection: Connection },
): Promise<void> {
  const { request, connection } = asked;
  const call = parseCall(core.registry, request);
  if (call.subresource === "proxy") return proxyUpgrade(core, call, { agent, connection });
  const { protocols, run } = sessionFor(core, call, agent);
  const { headers } = connection.request;
  const kind = headers.upgrade?.toLowerCase();
  if (kind === "spdy/3.1" && call.subresource === "portforward") return void run(upgradeSpdy(connection));
  if (kind !== "websocket") throw badRequest(needsWebSocket(call.subresource, kind));
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  await upgradeSocket(connection, chosen(offered, protocols), run);
}

/** kubectl before 1.31: SPDY on the bare connection. */
function upgradeSpdy({ socket, head }: Connection): WebSocketChannel {
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n",
  );
  if (head.length > 0) socket.unshift(head);
  return streamChannel(socket, forwardProtocols[0]);
}

async function upgradeSocket({ request, socket, head }: Connection, protocol: string, run: Run): Promise<void> {
  const { WebSocketServer } = await import("ws");
  const server = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024 * 1024 });
  // `SPDY/3.1+portforward.k8s.io` is what kubectl says, and no token by RFC 6455: ws would refuse it.
  delete request.headers["sec-websocket-protocol"];
  server.on("headers", (lines) => lines.push(`Sec-WebSocket-Protocol: ${protocol}`));
  server.handleUpgrade(request, socket, head, (webSocket) => void run(channelOf(webSocket, protocol)));
}

/** The same within the process. Throws KubeError. */
export async function connectInProcess(
  core: Core,
  agent: GetAgent,
  asked: { readonly request: ApiRequest; readonly protocols: readonly string[] },
): Promise<WebSocketChannel> {
  const { protocols, run } = sessionFor(core, parseCall(core.registry, asked.request), agent);
  const [client, server] = channelPair(chosen(asked.protocols, protocols));
  void run(server);
  return client;
}
