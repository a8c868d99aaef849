/** What a command of a RUN line does to the image, as far as it matters for a process. Pure. */
import type { InstallStep } from "../environments/request.ts";

export type Effect =
  | { readonly kind: "nothing" }
  /** `python`: the version that the installer is told to use. */
  | { readonly kind: "install"; readonly step: InstallStep; readonly python?: string }
  | { readonly kind: "python"; readonly version: string }
  /** Packages of the system. */
  | { readonly kind: "system"; readonly packages: readonly string[] }
  | { readonly kind: "enter"; readonly path: string }
  | { readonly kind: "folders"; readonly paths: readonly string[] }
  | { readonly kind: "variables"; readonly env: Readonly<Record<string, string>> }
  /** A virtual environment: what is installed in it is in the one environment that there is here. */
  | { readonly kind: "environment"; readonly path: string; readonly python?: string }
  | { readonly kind: "unknown"; readonly reason?: string };

export const nothing: Effect = { kind: "nothing" };
export const unknown = (reason?: string): Effect => ({ kind: "unknown", ...(reason && { reason }) });
