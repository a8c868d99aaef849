/** How pods become processes: one interface, whatever the machine allows. Types only. */
import type { ExecSession } from "../../contracts.ts";
import type { Dial } from "../network/sockets.ts";
import type { Usage } from "./cgroup-usage.ts";

export interface Bind {
  /** Absolute host path. */
  readonly source: string;
  /** Absolute path inside the container. */
  readonly target: string;
  readonly readOnly?: boolean;
  /** The source is a folder to be made when it is missing (a subPath, maybe of a volume in memory). */
  readonly makeSource?: boolean;
}

export interface SandboxSpec {
  /** Short unique id, fit for an interface name. */
  readonly id: string;
  readonly folder: string;
  readonly hostname: string;
  /** Memory-backed volumes: folder to mount a tmpfs on, and its size in bytes. */
  readonly tmpfs: readonly { readonly folder: string; readonly bytes?: number }[];
}

export interface Sandbox {
  readonly ip: string;
  /** Resolves when the sandbox is gone, for whatever reason. */
  readonly gone: Promise<void>;
  destroy(): Promise<void>;
}

/** The most a container may take; absent = no limit. */
export interface Limits {
  readonly memoryBytes?: number;
  readonly cpuMillis?: number;
}

export interface ProcessSpec {
  readonly sandbox: Sandbox;
  /** Unique among all runs of all containers on this machine. */
  readonly id: string;
  /** Folder of this container's run: scratch, upper layers. */
  readonly folder: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly binds: readonly Bind[];
  /** Folder whose copy is the working directory. */
  readonly source?: string;
  /** Where `source` is seen; the runtime chooses when absent. */
  readonly sourceTarget?: string;
  readonly workingDir?: string;
  /** Numbers of the Linux capabilities that it may have. */
  readonly capabilities: readonly number[];
  readonly isPrivileged: boolean;
  /** Bytes of /dev/shm; half of the memory when absent. */
  readonly shmBytes?: number;
  readonly limits: Limits;
}

export interface Exit {
  readonly code: number;
  readonly signal?: number;
  /** How many processes of the container the kernel has ended for want of memory; absent when none. */
  readonly memoryKills?: number;
  /** In all; absent where use is not accounted. */
  readonly usage?: Usage;
}

export interface ContainerProcess {
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  /** Resolves when the main process has ended and all others of the container are gone. */
  readonly exited: Promise<Exit>;
  /** To the container's main process. */
  signal(name: "SIGTERM"): void;
  /** Ends everything in the container at once. */
  kill(): void;
  /** Undefined where use is not accounted, and after the end. */
  usage(): Usage | undefined;
  /** How many of its processes the kernel has ended for want of memory up to now. */
  memoryKills(): number;
  exec(argv: readonly string[], options: { readonly tty: boolean; readonly stdin: boolean }): Promise<ExecSession>;
}

export interface ContainerRuntime {
  /** Whether pods have addresses of their own. */
  readonly mode: "namespaces" | "shared";
  /** Why this mode, in words. */
  readonly reason: string;
  /** Whether containers have mounts of their own: volumes, /etc/hosts, /tmp. */
  readonly mounts: boolean;
  /** Whether memory and CPU limits hold, and why not. */
  readonly limits: { readonly enforced: boolean; readonly reason: string };
  /** Address of the node as pods see it. */
  readonly hostIp: string;
  /** Connects to an address as seen from the node, a pod's for one. */
  readonly dial: Dial;
  createSandbox(spec: SandboxSpec): Promise<Sandbox>;
  run(spec: ProcessSpec): Promise<ContainerProcess>;
  close(): Promise<void>;
}
