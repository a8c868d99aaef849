/** The life of an operator: caches, leadership, controllers; and the way back when it is told to stop or is replaced. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { pino } from "pino";
import { type ControllerName, controllerNames, controllers } from "../../controllers/index.ts";
import { type PodDefaults, rayOperatorOptions } from "../../controllers/raycluster/options.ts";
import type { Storage } from "../../controllers/experiment/compile/storage.ts";
import type { Client } from "../../kube/client.ts";
import { createClient } from "../../kube/create-client.ts";
import { createHttpsTransport } from "../../kube/https-transport.ts";
import type { Transport } from "../../kube/transport.ts";
import { directRayClient, proxiedRayClient } from "../../ray/http.ts";
import { systemClock } from "../../runtime/clock.ts";
import { LeaderElector } from "../../runtime/leader-election.ts";
import { type Logger, pinoLogger } from "../../runtime/log.ts";
import { createManager, type Manager } from "../../runtime/manager.ts";
import { createMetrics, type Metrics } from "../../runtime/runtime-metrics.ts";
import type { Io } from "../program/io.ts";
import { operatorErrors } from "../errors/operator.ts";
import { version } from "../program/version.ts";
import { type Connection, findCluster } from "./connection.ts";
import { podReader } from "../pods/pod-reader.ts";
import { type Endpoint, plainAnswer, serve } from "./endpoints.ts";
import type { FeatureGates } from "./feature-gates.ts";

export interface OperatorOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The one to watch; all when absent. */
  readonly namespace?: string;
  readonly controllers: readonly ControllerName[];
  readonly gates: FeatureGates;
  readonly podDefaults: PodDefaults;
  readonly storage: Storage;
  /** Whether experiments may mount folders of the nodes. */
  readonly allowHostPaths?: boolean;
  readonly leaderElect: boolean;
  readonly leaderElectionNamespace?: string;
  readonly metricsBindAddress?: string;
  readonly healthProbeBindAddress?: string;
}

interface Parts {
  readonly connection: Connection;
  readonly client: Client;
  readonly transport: Transport;
  readonly metrics: Metrics;
  readonly log: Logger;
}

async function makeParts(io: Io, connection: Connection, metrics: Metrics): Promise<Parts> {
  const { transport: settings } = connection.config;
  const https = createHttpsTransport({ ...settings, userAgent: `windlass/${version}` });
  const transport = metrics.observe(https, new URL(settings.server).host);
  const log = pinoLogger(pino({ level: io.env["WINDLASS_LOG_LEVEL"] ?? "info", base: null }, pino.destination(1)));
  return { connection, transport, client: createClient(transport, { fieldManager: "windlass" }), metrics, log };
}

/** Operators of different controllers, or of different namespaces, lead side by side. */
const leaseName = ({ controllers: names, namespace }: OperatorOptions) =>
  [
    "windlass-operator",
    ...(names.length === controllerNames.length ? [] : controllerNames.filter((name) => names.includes(name))),
    ...(namespace === undefined ? [] : ["in", namespace]),
  ].join("-");

const makeElector = ({ client, log, metrics, connection }: Parts, options: OperatorOptions) =>
  new LeaderElector({
    client,
    clock: systemClock,
    random: Math.random,
    log,
    metrics,
    namespace: options.leaderElectionNamespace ?? connection.config.namespace,
    name: leaseName(options),
    identity: `${hostname()}_${randomUUID()}`,
  });

function makeSpecs(io: Io, { connection, client, transport }: Parts, options: OperatorOptions) {
  return controllers(
    {
      ray: {
        ...rayOperatorOptions(`windlass-${version}`, io.env, options.gates.ray),
        podDefaults: options.podDefaults,
      },
      // Outside the cluster its names do not resolve: Services are reached through the API server.
      rayClient: connection.inCluster ? directRayClient(transport) : proxiedRayClient(transport),
      jobSetGates: options.gates.jobSet,
      experiment: {
        platform: { storage: options.storage, hostPaths: options.allowHostPaths },
        pods: podReader(client),
      },
    },
    options.controllers,
  );
}

/** In a pod the ports are the peer's; on somebody's machine nothing is opened unless asked for. */
async function openEndpoints(
  { connection, metrics }: Parts,
  options: OperatorOptions,
  isReady: () => boolean,
): Promise<readonly Endpoint[]> {
  const measured = options.metricsBindAddress ?? (connection.inCluster ? ":8080" : "0");
  const probed = options.healthProbeBindAddress ?? (connection.inCluster ? ":8082" : "0");
  const endpoints = [
    await serve("--metrics-bind-address", measured, {
      "/metrics": async () => ({ status: 200, type: metrics.contentType, text: await metrics.text() }),
    }),
    await serve("--health-probe-bind-address", probed, {
      "/healthz": () => plainAnswer(200, "ok"),
      "/readyz": () => (isReady() ? plainAnswer(200, "ok") : plainAnswer(503, "the caches are not synced yet")),
    }),
  ];
  return endpoints.filter((endpoint) => endpoint !== undefined);
}

const signalled = () =>
  new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** Resolves when it is told to stop or has lost its lease; rejects when the caches cannot be filled. */
async function work(manager: Manager, stop: Promise<void>, running: () => void): Promise<void> {
  const started = manager.start().then(running);
  await Promise.race([started, stop]);
  await stop;
}

/** Runs until a signal. Throws when leadership is lost, when the API cannot be read, or a port is taken. */
export async function operate(io: Io, options: OperatorOptions): Promise<void> {
  const connection = await findCluster(io, options);
  const parts = await makeParts(io, connection, await createMetrics());
  const { client, transport, metrics, log } = parts;
  const elector = makeElector(parts, options);
  let synced = false;
  const lead = async () => {
    synced = true;
    return !options.leaderElect || elector.acquire();
  };
  const { namespace } = options;
  const specs = makeSpecs(io, parts, options);
  const manager = createManager({ client, log, namespace, metrics, instance: hostname(), lead, trims: true }, specs);
  const endpoints = await openEndpoints(parts, options, () => synced);
  const names = specs.map(({ name }) => name);
  const told = { controllers: names, context: connection.config.context, namespace: namespace ?? "(all)" };
  try {
    await work(manager, Promise.race([signalled(), aborted(elector.lost)]), () =>
      log.info("operator is running", told),
    );
  } finally {
    await manager.stop();
    await elector.release();
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    await transport.close?.();
  }
  if (!elector.lost.aborted) return;
  throw operatorErrors.LEADERSHIP_LOST((elector.lost.reason as Error).message);
}
