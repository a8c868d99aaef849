/** portforward: TCP connections to a pod's ports, over numbered channels or over SPDY in a WebSocket. */
import type { Duplex } from "node:stream";
import type { UnknownObject } from "../../../meta/object.ts";
import type { WebSocketChannel } from "../../../kube/transport.ts";
import type { NodeAgent } from "../../contracts.ts";
import { type Call, param } from "../request/call.ts";
import { serveSpdyForward } from "./spdy-forward.ts";

const tunnel = "SPDY/3.1+portforward.k8s.io";
export const forwardProtocols = [tunnel, "v4.channel.k8s.io"] as const;

export interface ForwardRun {
  readonly call: Call;
  readonly pod: UnknownObject;
}

export async function runForward(agent: NodeAgent, run: ForwardRun, channel: WebSocketChannel): Promise<void> {
  const dial = (port: number): Promise<Duplex> => agent.dial(run.pod, port);
  if (channel.protocol === tunnel) await serveSpdyForward(dial, channel);
  else await serveChannels(dial, run.call, channel);
  channel.close();
}

function message(channel: number, data: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([channel]), data]);
}

/** Two channels a port, data and error; each begins with the port as two bytes, little-endian. */
async function serveChannels(
  dial: (port: number) => Promise<Duplex>,
  call: Call,
  channel: WebSocketChannel,
): Promise<void> {
  const ports = [call.request.query?.["ports"] ?? param(call.request, "ports") ?? []]
    .flat()
    .flatMap((text) => text.split(","))
    .map(Number);
  const sockets = await Promise.all(
    ports.map(async (port, index) => {
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      channel.send(message(index * 2, number));
      channel.send(message(index * 2 + 1, number));
      const fail = (error: Error) => channel.send(message(index * 2 + 1, Buffer.from(error.message)));
      try {
        const socket = await dial(port);
        socket.on("data", (data: Buffer) => channel.send(message(index * 2, data)));
        socket.on("error", fail);
        socket.on("close", () => channel.close());
        return socket;
      } catch (error) {
        fail(error as Error);
        return undefined;
      }
    }),
  );
  for await (const frame of channel.messages) sockets[(frame[0] ?? 0) >> 1]?.write(frame.subarray(1));
  for (const socket of sockets) socket?.destroy();
}
