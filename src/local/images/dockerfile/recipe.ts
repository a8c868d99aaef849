/** What a Dockerfile comes to where there are no containers, and what of it is not followed. Types only. */
import type { InstallStep, PythonWanted } from "../environments/request.ts";
import type { Problem } from "./instructions.ts";
import type { Layout } from "./files.ts";

/** Something that a process here does without. */
export type Notice =
  | { readonly kind: "line"; readonly line: number; readonly text: string; readonly reason: string }
  /** Packages of the system: whether they are on this machine is for others to say. */
  | { readonly kind: "packages"; readonly line: number; readonly packages: readonly string[] };

export interface Recipe {
  readonly python: readonly PythonWanted[];
  readonly installs: readonly InstallStep[];
  /** False when a command may have installed packages and was not understood. */
  readonly isWhole: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Folders that it puts before the system's programs. */
  readonly path: readonly string[];
  readonly workdir: string;
  readonly layout: Layout;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly notices: readonly Notice[];
}

export interface BuildOptions {
  /** Files of the build context, as paths in it. */
  readonly files: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** `amd64`, `arm64`. */
  readonly architecture: string;
}

/** A Dockerfile that Docker would not build has problems, and no recipe. */
export type Reading =
  | { readonly recipe: Recipe; readonly problems?: undefined }
  | { readonly recipe?: undefined; readonly problems: readonly Problem[] };
