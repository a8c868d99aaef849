/** A real cluster with a node that runs containers: its API, a namespace for a test, and an operator outside of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { CustomResourceDefinition, Namespace, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Kind, KubeObject } from "../../src/meta/object.ts";
import type { Client } from "../../src/kube/client.ts";
import { createClient } from "../../src/kube/create-client.ts";
import { isNotFound } from "../../src/kube/errors.ts";
import { createHttpsTransport } from "../../src/kube/https-transport.ts";
import { loadKubeconfig } from "../../src/kube/kubeconfig.ts";
import { openTerminal, type Terminal } from "../e2e/terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, type Run, type Started, Windlass } from "../e2e/windlass.ts";

export const kubeconfig = process.env["WINDLASS_REAL_NODE_KUBECONFIG"] ?? "";

export interface RealCluster {
  readonly client: Client;
  readonly namespace: string;
  /** Runs a command against the cluster and the namespace. */
  windlass(...args: readonly string[]): Promise<Run>;
  /** The same without waiting for its end. */
  start(...args: readonly string[]): Started;
  /** The same on a terminal. */
  terminal(...args: readonly string[]): Terminal;
  /** Creates it in the namespace. */
  create(kind: Kind, object: KubeObject): Promise<void>;
  pods(): Promise<readonly Pod[]>;
  /** Waits until `holds` of the object, and answers it. */
  until<T extends KubeObject>(kind: Kind, name: string, holds: (object: T) => unknown): Promise<T>;
  close(): Promise<void>;
}

/** `env`: of the commands. */
export async function openCluster(env: Readonly<Record<string, string>> = {}): Promise<RealCluster> {
  const config = await loadKubeconfig({ path: kubeconfig });
  const transport = createHttpsTransport({ ...config.transport, userAgent: "windlass/test" });
  const client = createClient(transport, { fieldManager: "test" });
  const command = new Windlass(env);
  const namespace = `real-${process.pid}-${Math.random().toString(36).slice(2, 7)}`;
  const inNamespace = ([verb = "", ...args]: readonly string[]) =>
    [verb, "--kubeconfig", kubeconfig, "--namespace", namespace, ...args] as const;
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return {
    client,
    namespace,
    windlass: (...args) => command.run(...inNamespace(args)),
    start: (...args) => command.start(...inNamespace(args)),
    terminal: (...args) =>
      openTerminal([process.execPath, programFile, ...inNamespace(args)], { env: command.env, columns: 90 }),
    async create(kind, object) {
      await client.create(kind, { ...object, metadata: { ...object.metadata, namespace } });
    },
    pods: async () => (await client.list<Pod>(PodKind, { namespace })).items,
    async until<T extends KubeObject>(kind: Kind, name: string, holds: (object: T) => unknown): Promise<T> {
      const look = async () => {
        const object = await client.get<T>({ kind, namespace, name });
        return holds(object) ? { object } : undefined;
      };
      return (await eventually(look, `${kind.kind} ${name} is as awaited`, 300_000)).object;
    },
    async close() {
      await client.delete({ kind: Namespace, name: namespace });
      await eventually(() => isGone(client, namespace), `namespace ${namespace} is gone`, 240_000);
      await command.stop();
      await transport.close?.();
    },
  };
}

const isGone = (client: Client, namespace: string) =>
  client.get({ kind: Namespace, name: namespace }).then(() => false, isNotFound);

/** Resolves when the API server knows the kinds. */
export async function installDefinitions(cluster: RealCluster): Promise<readonly string[]> {
  const command = new Windlass();
  const flags = ["--crds-only", "--force-conflicts", "--kubeconfig", kubeconfig];
  const { status, output } = await command.run("install", ...flags);
  await command.stop();
  if (status !== 0) throw new Error(output);
  const { items } = await cluster.client.list(CustomResourceDefinition);
  return items.map(({ metadata }) => metadata.name ?? "");
}

export interface Operator {
  readonly child: ChildProcess;
  log(): string;
  /** Ends it at once, as a machine that dies would. */
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** Starts `windlass operator` with more flags and variables; resolves when it leads. */
export async function startOperator(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Operator> {
  const child = spawn(process.execPath, [programFile, "operator", "--kubeconfig", kubeconfig, ...flags], {
    stdio: "pipe",
    env: { ...process.env, ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  const runs = () => child.exitCode !== null || text.includes("operator is running");
  await eventually(runs, "the operator runs", 60_000);
  if (child.exitCode !== null) throw new Error(text);
  return { child, log: () => text, kill: async () => void (await end("SIGKILL")), stop: () => end("SIGTERM") };
}
