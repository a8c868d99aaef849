/** How pods become processes: one interface, with namespaces or without. */
import type { ExecSession } from "../../contracts.ts";

export interface Bind {
  /** Absolute host path. */
  readonly source: string;
  /** Absolute path inside the container. */
  readonly target: string;
  readonly readOnly?: boolean;
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

export interface ProcessSpec {
  readonly sandbox: Sandbox;
  /** Folder of this container's run: scratch, upper layers. */
  readonly folder: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly binds: readonly Bind[];
  /** Folder whose copy is the working directory, when `workingDir` is not given. */
  readonly source?: string;
  readonly workingDir?: string;
  /** Must stay visible under the private /tmp. */
  readonly keep: readonly string[];
  /** Bytes of /dev/shm; the sandbox's default when absent. */
  readonly shmBytes?: number;
}

export interface Exit {
  readonly code: number;
  readonly signal?: number;
}

export interface ContainerProcess {
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  readonly exited: Promise<Exit>;
  /** To the container's main process. */
  signal(name: "SIGTERM"): void;
  /** Ends everything in the container at once. */
  kill(): void;
  exec(argv: readonly string[], options: { readonly tty: boolean; readonly stdin: boolean }): ExecSession;
}

export interface ContainerRuntime {
  readonly mode: "namespaces" | "shared";
  /** Why this mode, in words. */
  readonly reason: string;
  /** Address of the node as pods see it. */
  readonly hostIp: string;
  createSandbox(spec: SandboxSpec): Promise<Sandbox>;
  run(spec: ProcessSpec): Promise<ContainerProcess>;
  close(): Promise<void>;
}
