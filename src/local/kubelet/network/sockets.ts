/** Sockets of the pods' network, for use in this process: its own, wherever that is the network it is in itself. */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP connection, made. Rejects as `connect` does, or with ETIMEDOUT after `timeoutMs` (5 s when absent). */
export type Dial = (host: string, port: number, timeoutMs?: number) => Promise<Socket>;

export interface Sockets {
  /** A server that listens; the caller adds what is to be done with connections. */
  listenTcp(ip: string, port: number): Promise<Server>;
  bindUdp(ip: string, port: number): Promise<UdpSocket>;
  readonly dial: Dial;
}

const dialTimeoutMs = 5000;

/** As Node's own errors: callers tell what is in use from what is refused by `code`. */
export const socketError = (message: string, code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(message), { code });

/** `paused`: nothing is read, so that the connection can be handed on whole. */
export function connectTcp(host: string, port: number, timeoutMs = dialTimeoutMs, paused = false): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    if (paused) socket.pause();
    const late = () => socket.destroy(socketError(`connect ETIMEDOUT ${host}:${port}`, "ETIMEDOUT"));
    socket.setTimeout(timeoutMs, late);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      socket.off("timeout", late);
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}

/** Sockets of the network namespace that this process is in. */
export const ownSockets: Sockets = {
  listenTcp: (ip, port) =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(port, ip, () => {
        server.off("error", reject);
        resolve(server);
      });
    }),

  bindUdp: (ip, port) =>
    new Promise((resolve, reject) => {
      const socket = createSocket("udp4");
      socket.once("error", reject);
      socket.bind(port, ip, () => {
        socket.off("error", reject);
        resolve(socket);
      });
    }),

  dial: connectTcp,
};
