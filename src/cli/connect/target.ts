/**
 * Which API a command talks to. The local cluster unless the user names a context: a kubeconfig that happens to lie
 * around is never enough to touch a real cluster.
 */
import { asCalled } from "../program/called-as.ts";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import type { Client } from "../../kube/client.ts";
import { createClient } from "../../kube/create-client.ts";
import { createHttpsTransport } from "../../kube/https-transport.ts";
import { type LoadedConfig, loadKubeconfig } from "../../kube/kubeconfig.ts";
import type { Transport } from "../../kube/transport.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { up } from "../daemon/control.ts";
import { readRecord } from "../daemon/record.ts";
import { clusterErrors } from "../errors/cluster.ts";
import { fileErrors } from "../errors/files.ts";
import { isFolder } from "../submit/find-manifest.ts";
import type { Io } from "../program/io.ts";
import { createMovingTransport } from "./moving-transport.ts";
import { localPaths, type Paths } from "../program/paths.ts";
import { version } from "../program/version.ts";

export interface TargetFlags {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly namespace?: string;
}

export interface Target {
  readonly client: Client;
  readonly namespace: string;
  /** Set for the local cluster. */
  readonly local?: Paths;
  /** How to name it to the user. */
  readonly name: string;
  close(): Promise<void>;
}

/** Adds the flags by which a command's cluster is chosen. */
export function withTarget(command: Command): Command {
  return command
    .option("--context <name>", "use this context of the kubeconfig instead of the local cluster")
    .option("--kubeconfig <file>", "kubeconfig file that has the context")
    .option("-n, --namespace <name>", "namespace (default: the context's)");
}

/** Connects to what the flags name. With `start`, a local cluster that is not running is started. */
export async function connect(io: Io, flags: TargetFlags, options: { readonly start?: boolean } = {}): Promise<Target> {
  if (flags.context !== undefined || flags.kubeconfig !== undefined) return connectContext(io, flags);
  const paths = localPaths(io.env);
  if (!readRecord(paths.server)) {
    if (!options.start) throw clusterErrors.LOCAL_CLUSTER_DOWN();
    const { started, record } = await up(paths, {}, io.env);
    if (started)
      io.stderr.write(asCalled(io, `started the local cluster (process ${record.pid}); \`windlass down\` stops it\n`));
  }
  return open(flags, { path: paths.kubeconfig }, { name: "the local cluster", local: paths });
}

async function connectContext(io: Io, flags: TargetFlags): Promise<Target> {
  const path = flags.kubeconfig ?? io.env["KUBECONFIG"];
  const name = `context ${flags.context ?? "(current)"}`;
  return open(flags, { path, context: flags.context }, { name });
}

interface Where {
  readonly path?: string;
  readonly context?: string;
}

const transportTo = (config: LoadedConfig): Transport =>
  createHttpsTransport({ ...config.transport, userAgent: `windlass/${version}` });

/** After `down` and `up` the local cluster has another port, and its kubeconfig says which. */
function localTransport(first: LoadedConfig, where: Where, { server }: Paths): Transport {
  let config: LoadedConfig | undefined = first;
  return createMovingTransport({
    where: () => readRecord(server)?.url,
    connect: async () => {
      const now = config ?? (await loadKubeconfig(where));
      config = undefined;
      return transportTo(now);
    },
  });
}

async function open(
  flags: TargetFlags,
  where: Where,
  about: { readonly name: string; readonly local?: Paths },
): Promise<Target> {
  const config = await loadKubeconfig(where);
  const transport = about.local ? localTransport(config, where, about.local) : transportTo(config);
  const client = createClient(transport, { fieldManager: "windlass" });
  return { client, namespace: flags.namespace ?? config.namespace, ...about, close: async () => transport.close?.() };
}

/** Runs `work` with a connection and closes it whatever happens. */
export async function withConnection<T>(
  io: Io,
  flags: TargetFlags & { readonly start?: boolean },
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await connect(io, flags, { start: flags.start });
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

/** What is there and spelt nearly so. */
function nearTo(file: string): string | undefined {
  const folder = dirname(file);
  const there = isFolder(folder) ? readdirSync(folder) : [];
  const near = closest(basename(file), there);
  return near && join(folder, near);
}

/** Reads a file for the user; a missing one or one without permission becomes a UserError. */
export function readUserFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") throw fileErrors.FILE_NOT_FOUND(file, nearTo(file)).because(cause);
    throw fileErrors.FILE_UNREADABLE(file, (cause as Error).message).because(cause);
  }
}
