/** Ports of 127.0.0.1 that lead into a pod, for as long as a command runs. */
import { createServer, type Server, type Socket } from "node:net";
import { type PodPort, forwardConnection } from "../../kube/port-forward.ts";
import type { Transport } from "../../kube/transport.ts";
import { reachErrors } from "../errors/reach.ts";

export interface PortPair {
  /** 0: any that is free. */
  readonly local: number;
  readonly remote: number;
}

const isPort = (port: number, least: number) => Number.isInteger(port) && port >= least && port <= 65_535;

/** `8265`, `9000:8265` or `0:8265`. Throws UserError. */
export function parsePortPair(text: string): PortPair {
  const [first = "", second = first, ...more] = text.split(":");
  const [local, remote] = [Number(first || Number.NaN), Number(second || Number.NaN)];
  if (more.length === 0 && isPort(local, text.includes(":") ? 0 : 1) && isPort(remote, 1)) return { local, remote };
  throw reachErrors.BAD_PORT(text);
}

export interface LocalPort {
  readonly port: number;
  close(): void;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}

const words: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is already in use",
  EACCES: "this user may not open it",
};

/** Throws UserError when the local port cannot be had. `failed` is told why a connection came to nothing. */
export async function openLocalPort(
  transport: Transport,
  to: PodPort,
  about: { readonly local: number; readonly failed: (error: Error) => void },
): Promise<LocalPort> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    forwardConnection(transport, to, socket).catch(about.failed);
  });
  try {
    const port = await listen(server, about.local);
    return {
      port,
      close: () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    };
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw reachErrors.PORT_TAKEN(about.local, words[code] ?? message).because(error);
  }
}

/** The port asked for if it is free, else any. */
export async function openFreePort(
  transport: Transport,
  to: PodPort,
  failed: (error: Error) => void,
): Promise<LocalPort> {
  try {
    return await openLocalPort(transport, to, { local: to.port, failed });
  } catch {
    return openLocalPort(transport, to, { local: 0, failed });
  }
}
