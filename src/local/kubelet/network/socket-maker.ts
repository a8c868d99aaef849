/**
 * A program of its own, run inside a network namespace: makes sockets there and hands them to its parent. A socket
 * stays in the namespace where it was made, whoever uses it; so the parent listens and connects in a network that it is
 * not in, and no byte takes a detour. It ends with its parent.
 */
import type { Socket as UdpSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import { connectTcp, ownSockets } from "./sockets.ts";

export interface SocketRequest {
  readonly id: number;
  readonly type: "tcp-server" | "udp" | "tcp";
  readonly host: string;
  readonly port: number;
  readonly timeoutMs?: number;
}

/** Comes with the socket, or with what the system said. */
export interface SocketReply {
  readonly id: number;
  readonly error?: { readonly message: string; readonly code?: string };
}

type Made = Server | UdpSocket | Socket;

const make = ({ type, host, port, timeoutMs }: SocketRequest): Promise<Made> => {
  if (type === "tcp-server") return ownSockets.listenTcp(host, port);
  return type === "udp" ? ownSockets.bindUdp(host, port) : connectTcp(host, port, timeoutMs, true);
};

/** A connection leaves this process when it is sent; of what waits for others a copy stays, which would take some of them. */
function letGo(made: Made): void {
  if ("close" in made) made.close();
}

const reply = (content: SocketReply, made?: Made) =>
  process.send?.(content, made, {}, () => {
    if (made) letGo(made);
  });

async function answer(request: SocketRequest): Promise<void> {
  const { id } = request;
  try {
    reply({ id }, await make(request));
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    reply({ id, error: { message, ...(code && { code }) } });
  }
}

process.on("message", (request: SocketRequest) => void answer(request));
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0 } satisfies SocketReply);
