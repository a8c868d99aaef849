/**
 * The seams inside the embedded cluster: what the API server asks of the node, and what the node asks of the images.
 * Types only, so that api server, kubelet and images can be built and tested apart.
 */
import type { ImageSource } from "../api/experiment/source.ts";
import type { Duplex } from "node:stream";
import type { StatsSummary } from "../api/core/stats.ts";
import type { UnknownObject } from "../meta/object.ts";

export interface LogOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly signal?: AbortSignal;
}

export interface ExecOptions {
  readonly container?: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** A process started in a container: its streams, and a promise of its exit code. */
export interface ExecSession {
  readonly stdin?: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr?: NodeJS.ReadableStream;
  readonly exitCode: Promise<number>;
  resize(columns: number, rows: number): void;
  kill(): void;
}

/** What the API server needs from the kubelet for the log, exec, portforward and proxy subresources, and for its own statistics. */
export interface NodeAgent {
  logs(pod: UnknownObject, options: LogOptions): AsyncIterable<Uint8Array>;
  exec(pod: UnknownObject, options: ExecOptions): Promise<ExecSession>;
  /** A TCP connection to a port of the pod, made from wherever the node can reach it. */
  dial(pod: UnknownObject, port: number): Promise<Duplex>;
  /** What pods use and have used. */
  stats(): StatsSummary;
}

/** An image reference resolved to something a process can run in. */
export interface Environment {
  /** The reference, pinned: what goes into `imageID`. */
  readonly id: string;
  /** Folder copied (or overlaid) per container as its working directory; absent = an empty folder. */
  readonly source?: string;
  /** Where containers see `source`; a place of the kubelet's choice when absent. */
  readonly sourceTarget?: string;
  /** Where containers work that name no folder; where the source is when absent. */
  readonly workingDir?: string;
  /** Files that containers see at other places, read-only. */
  readonly files?: readonly { readonly source: string; readonly target: string }[];
  /** What runs in a container that names no command, before its arguments. */
  readonly entrypoint?: readonly string[];
  /** What follows it in a container that names no arguments either. */
  readonly command?: readonly string[];
  /** Variables below the container's own `env`; `PATH` puts the environment's programs first. */
  readonly env: Readonly<Record<string, string>>;
  /** Set when the reference could not be honoured and the machine's own environment stands in: why. */
  readonly warning?: string;
}

export interface ImageProgress {
  (line: string): void;
}

/** Resolves image references. `pull` is idempotent, shared between concurrent callers, and cached by content. */
export interface ImageStore {
  isPresent(reference: string): Promise<boolean>;
  /** Rejects with a message fit for `ErrImagePull`. */
  pull(reference: string, progress: ImageProgress, signal: AbortSignal): Promise<Environment>;
}

/** Makes an image of an experiment's source: a snapshot of the folder, and an environment from its requirements. */
export interface ImageBuilder {
  build(request: BuildRequest, progress: ImageProgress, signal: AbortSignal): Promise<BuiltImage>;
}

export type BuildRequest = ImageSource & {
  /** Packages whose program has to be there; where it is not, it comes from an environment of its own, last on the PATH. */
  readonly programs?: readonly string[];
};

export interface BuiltImage {
  /** `windlass.local/<name>:<digest12>`: stable for the same content. */
  readonly reference: string;
  readonly digest: string;
}
