/**
 * The network namespace that holds the pods' network: the machine's own for root, and for an ordinary user one inside
 * a user namespace, of which that user is root.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket as UdpSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import { programFile } from "../../../runtime/package-root.ts";
import { type Helper, openHelper } from "../runtime/helper.ts";
import { command, diesWithUs, succeeds, systemPath, tool, untilReady } from "../runtime/processes.ts";
import { type Dial, ownSockets, socketError, type Sockets } from "./sockets.ts";
import type { SocketReply, SocketRequest } from "./socket-maker.ts";
import { openWayOut } from "./way-out.ts";

export interface NetworkSpace extends Sockets {
  /** Lives in it. */
  readonly helper: Helper;
  /** The start of a command that runs in it; empty for the one this process is in. */
  readonly enter: readonly string[];
  /** Whether other clusters of this machine may have their pods' networks in it too. */
  readonly isMachine: boolean;
  /** Why nothing in it reaches addresses outside this machine; undefined when it does. */
  readonly noWayOut?: string;
  command(name: string, ...args: readonly string[]): Promise<string>;
  succeeds(name: string, ...args: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}

/** The network that this process is in. */
export const machineSpace = (helper: Helper): NetworkSpace => ({
  ...ownSockets,
  helper,
  enter: [],
  isMachine: true,
  command,
  succeeds,
  close: () => helper.close(),
});

const program = programFile("src/local/kubelet/network/socket-maker.ts");

interface Pending {
  readonly resolve: (socket: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Asks the socket maker for sockets; all that wait fail when it ends. */
class SocketMaker {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", ({ id, error }: SocketReply, socket: unknown) => {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(socketError(error.message, error.code ?? "EIO"));
      else pending?.resolve(socket);
    });
    child.once("exit", () => {
      for (const { reject } of this.#pending.values()) reject(this.#gone());
      this.#pending.clear();
    });
  }

  #gone(): Error {
    return socketError("the process that holds the pods' network has exited: restart the local cluster", "EPIPE");
  }

  ask<Made>(request: Omit<SocketRequest, "id">): Promise<Made> {
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(this.#gone());
      const id = ++this.#last;
      this.#pending.set(id, { resolve: resolve as (socket: unknown) => void, reject });
      this.#child.send({ id, ...request } satisfies SocketRequest);
    });
  }
}

/** Makes a user namespace with a network of its own, which lasts until `close` or until this process dies. */
export async function openUserSpace(): Promise<NetworkSpace> {
  const flags = ["--user", "--map-root-user", "--net", ...(await diesWithUs())];
  const child = spawn(tool("unshare"), [...flags, process.execPath, program], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { PATH: systemPath },
    detached: true,
  });
  await untilReady(child, once(child, "message"), "cannot make a network namespace");
  const target = `--target=${child.pid}`;
  const enter = [tool("nsenter"), target, "--user", "--preserve-credentials", "--net"];
  const [nsenter = "", ...within] = enter;
  const inside = (name: string, args: readonly string[]) => [...within, tool(name), ...args];
  const maker = new SocketMaker(child);
  const dial: Dial = async (host, port, timeoutMs) => {
    const socket = await maker.ask<Socket>({ type: "tcp", host, port, ...(timeoutMs !== undefined && { timeoutMs }) });
    return socket.setNoDelay(true);
  };
  const helper = openHelper({ enter, asUser: false });
  await helper.ask("bring_up", { name: "lo" });
  const wayOut = await openWayOut(child.pid ?? 0);
  return {
    helper,
    enter,
    isMachine: false,
    ...(wayOut.reason !== undefined && { noWayOut: wayOut.reason }),
    command: (name, ...args) => command(nsenter, ...inside(name, args)),
    succeeds: (name, ...args) => succeeds(nsenter, ...inside(name, args)),
    listenTcp: (host, port) => maker.ask<Server>({ type: "tcp-server", host, port }),
    bindUdp: (host, port) => maker.ask<UdpSocket>({ type: "udp", host, port }),
    dial,
    async close() {
      wayOut.close();
      await helper.close();
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
