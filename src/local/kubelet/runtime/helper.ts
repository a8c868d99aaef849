/**
 * The kubelet's side of its helper (`../helper`, a Python program): requests and answers, one JSON object a line. It is
 * started with the first request and again when it has died; whatever it had started has died with it then.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { constants, existsSync, openSync } from "node:fs";
import { once } from "node:events";
import { Socket } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { programFile } from "../../../runtime/package-root.ts";
import { systemPath, tool, untilReady } from "./processes.ts";

/** A process that the helper started; its output must be read for it to go on. */
export interface Started {
  readonly pid: number;
  readonly stdout: Socket;
  readonly stderr: Socket;
  readonly stdin?: Socket;
  /** Exit code, as a shell has it. */
  readonly exited: Promise<number>;
}

/** The machine has no overlays for the folder of a container. */
export class NoOverlay extends Error {}

/** Links, with their addresses and routes, or rules of nftables. */
export type NetworkPart = "links" | "firewall";

/** An IPv4 route of the main table. */
export interface Route {
  readonly to: string;
  readonly bits: number;
  readonly device: string;
}

export interface HelperOptions {
  /** The start of a command that runs in the namespaces where the helper is to live. */
  readonly enter: readonly string[];
  /** Whether it makes itself root of a user namespace first. */
  readonly asUser: boolean;
}

export interface Helper {
  /** Rejects with what the system said; `code` is its name for it. */
  ask<Answer = void>(what: string, request?: object): Promise<Answer>;
  start(what: "run" | "exec", request: object): Promise<Started>;
  /** Resolves when the helper that runs now is gone, and all that it made with it. */
  readonly gone: Promise<void>;
  /** Calls `changed` after something about the helper's network has changed, whoever did it. */
  onNetwork(changed: (what: NetworkPart) => void): void;
  close(): Promise<void>;
}

type Message =
  | { readonly event: "ready"; readonly pid: number }
  | { readonly event: "exit"; readonly pid: number; readonly code: number }
  | { readonly event: "network"; readonly what: NetworkPart }
  | {
      readonly id: number;
      readonly ok?: unknown;
      readonly error?: { readonly message: string; readonly isOverlay: boolean };
    };

interface Descriptors {
  readonly pid: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly stdin?: number | null;
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const program = programFile("src/local/kubelet/helper");

/** The system's Python, which starts faster than the shims that may stand before it in the PATH. */
function findPython(): string {
  const own = tool("python3");
  if (own !== "python3") return own;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "python3")).find((file) => existsSync(file)) ?? own;
}

/** One life of the helper. */
class Life {
  readonly #child: ChildProcess;
  readonly #control: Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #exits = new Map<number, (code: number) => void>();
  readonly #onNetwork: (what: NetworkPart) => void;
  #last = 0;
  #pid = 0;
  readonly ready: Promise<void>;
  readonly gone: Promise<void>;

  constructor({ enter, asUser }: HelperOptions, onNetwork: (what: NetworkPart) => void) {
    this.#onNetwork = onNetwork;
    const [file = "", ...args] = [...enter, findPython(), "-IBS", program, ...(asUser ? ["--user"] : [])];
    this.#child = spawn(file, args, {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      env: { PATH: systemPath, LC_ALL: "C.UTF-8" },
      detached: true,
      cwd: "/",
    });
    this.#control = this.#child.stdio[3] as Socket;
    this.#control.on("error", () => {});
    const isReady = Promise.withResolvers<void>();
    const lines = createInterface({ input: this.#control });
    // Its own end is told by its exit.
    lines.on("error", () => {});
    lines.on("line", (line) => this.#hear(JSON.parse(line) as Message, isReady.resolve));
    this.ready = untilReady(this.#child, isReady.promise, "cannot start the helper");
    this.gone = new Promise((resolve) => {
      this.#child.once("exit", resolve);
      this.#child.once("error", resolve);
    }).then(() => this.#end());
  }

  #end(): void {
    for (const { reject } of this.#pending.values()) reject(new Error("the helper that starts processes has exited"));
    this.#pending.clear();
    for (const exit of this.#exits.values()) exit(137);
    this.#exits.clear();
  }

  #hear(message: Message, ready: () => void): void {
    if (!("event" in message)) return this.#answered(message);
    if (message.event === "network") return this.#onNetwork(message.what);
    if (message.event === "exit") {
      this.#exits.get(message.pid)?.(message.code);
      return void this.#exits.delete(message.pid);
    }
    this.#pid = message.pid;
    ready();
  }

  #answered({ id, ok, error }: Extract<Message, { readonly id: number }>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) pending?.reject(error.isOverlay ? new NoOverlay(error.message) : new Error(error.message));
    else pending?.resolve(ok);
  }

  ask(what: string, request: object): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = ++this.#last;
    this.#pending.set(id, { resolve, reject });
    this.#control.write(`${JSON.stringify({ ...request, id, do: what })}\n`);
    return promise;
  }

  /** Its end may be told in the same breath as its start: who waits for it is there before. */
  async start(what: string, request: object): Promise<Started> {
    const { promise: exited, resolve } = Promise.withResolvers<number>();
    const asked = this.ask(what, request);
    const pending = this.#pending.get(this.#last) as Pending;
    this.#pending.set(this.#last, {
      ...pending,
      resolve: (answer) => {
        this.#exits.set((answer as Descriptors).pid, resolve);
        pending.resolve(answer);
      },
    });
    return { exited, ...this.#open((await asked) as Descriptors) };
  }

  #open({ pid, stdout, stderr, stdin }: Descriptors): Omit<Started, "exited"> {
    const open = (descriptor: number, flags: number) =>
      openSync(`/proc/${this.#pid}/fd/${descriptor}`, flags | constants.O_NONBLOCK);
    const reader = (descriptor: number) =>
      new Socket({ fd: open(descriptor, constants.O_RDONLY), readable: true, writable: false });
    const streams = {
      stdout: reader(stdout),
      stderr: reader(stderr),
      ...(typeof stdin === "number" && {
        stdin: new Socket({ fd: open(stdin, constants.O_WRONLY), readable: false, writable: true }),
      }),
    };
    const descriptors = [stdout, stderr, stdin].filter((descriptor) => typeof descriptor === "number");
    this.ask("close", { descriptors }).catch(() => {});
    return { pid, ...streams };
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await gone;
    }
    await this.gone;
  }
}

class RestartedHelper implements Helper {
  readonly #options: HelperOptions;
  #life: Life | undefined;
  #changed: (what: NetworkPart) => void = () => {};
  #follows = false;
  #isClosed = false;

  constructor(options: HelperOptions) {
    this.#options = options;
  }

  /** The one that runs, else a new one. */
  async #alive(): Promise<Life> {
    if (this.#isClosed) throw new Error("the helper that starts processes is closed");
    const life = (this.#life ??= this.#begin());
    await life.ready;
    return life;
  }

  #begin(): Life {
    const life = new Life(this.#options, (what) => this.#changed(what));
    void life.gone.then(() => {
      if (this.#life === life) this.#life = undefined;
    });
    if (this.#follows) void life.ready.then(() => life.ask("follow_network", {})).catch(() => {});
    return life;
  }

  get gone(): Promise<void> {
    return this.#life?.gone ?? Promise.resolve();
  }

  async ask<Answer>(what: string, request: object = {}): Promise<Answer> {
    return (await (await this.#alive()).ask(what, request)) as Answer;
  }

  async start(what: "run" | "exec", request: object): Promise<Started> {
    return (await this.#alive()).start(what, request);
  }

  onNetwork(changed: (what: NetworkPart) => void): void {
    this.#changed = changed;
    this.#follows = true;
    this.ask("follow_network").catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#life?.close();
  }
}

export const openHelper = (options: HelperOptions): Helper => new RestartedHelper(options);
