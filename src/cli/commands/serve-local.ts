/** `windlass serve-local`: the local cluster in this process, which `windlass up` starts in the background. */
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import type { Command } from "commander";
import { pino } from "pino";
import { definitions } from "../../api/definitions.ts";
import { controllers } from "../../controllers/index.ts";
import { rayOperatorOptions } from "../../controllers/raycluster/options.ts";
import { proxiedRayClient } from "../../ray/http.ts";
import { systemClock } from "../../runtime/clock.ts";
import { makeFolder } from "../../runtime/make-folder.ts";
import { pinoLogger } from "../../runtime/log.ts";
import { apiAddresses, type ClusterOptions, startCluster } from "../../local/cluster.ts";
import { type Credentials, formatKubeconfig, loadCredentials } from "../../local/credentials.ts";
import { createImageStore, type Images } from "../../local/images/image-store.ts";
import type { NetworkMode } from "../../local/kubelet/kubelet.ts";
import { JournalLockedError } from "../../local/store/index.ts";
import { sourceBuilder } from "../daemon/builder.ts";
import type { UpOptions } from "../daemon/control.ts";
import { Janitor } from "../daemon/janitor.ts";
import { localGates } from "../daemon/gates.ts";
import { logDestination } from "../daemon/log-destination.ts";
import { localPlatform, localStorage } from "../daemon/platform.ts";
import { publishStorage } from "../daemon/storage-service.ts";
import { removeRecord, startTicks, writeRecord } from "../daemon/record.ts";
import { clusterErrors } from "../errors/cluster.ts";
import { flagErrors } from "../errors/flags.ts";
import type { Io } from "../program/io.ts";
import { podReader } from "../pods/pod-reader.ts";
import { localPaths, type Paths } from "../program/paths.ts";
import { version } from "../program/version.ts";

/** A day: by then nobody looks at a pod with kubectl any longer, and a month of use leaves no heap of them. Logs stay. */
const keepWorkloadSeconds = 86_400;

const networkModes = ["auto", "namespaces", "shared"];

/** Of this process's environment, what pods may have: where programs are, the language, proxies. */
const passedOn = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LC_ALL",
  "TZ",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "PIP_INDEX_URL",
  "SSL_CERT_FILE",
];

function baseEnv(env: Io["env"]): Record<string, string> {
  return Object.fromEntries(passedOn.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function networkOf(io: Io, flags: UpOptions): NetworkMode {
  const network = flags.network ?? io.env["WINDLASS_NETWORK"] ?? "auto";
  if (networkModes.includes(network)) return network as NetworkMode;
  throw flagErrors.BAD_FLAG(`--network ${network}: expected ${networkModes.join(", ")}`);
}

const capacityOf = ({ cpus, memory, gpus }: UpOptions) => ({
  ...(cpus && { cpu: cpus }),
  ...(memory && { memory }),
  ...(gpus && { gpus: Number(gpus) }),
});

/** What the cluster is made of, besides what every cluster needs. */
interface Parts {
  readonly paths: Paths;
  readonly storage: ReturnType<typeof localStorage>;
  readonly images: Images;
}

function controlPlane(io: Io, flags: UpOptions, { paths, storage, images }: Parts) {
  const gates = localGates(flags.featureGates, io.env);
  return {
    definitions: definitions(gates.jobSet),
    controllers: ({ client, transport }: Parameters<ClusterOptions["controllers"]>[0]) =>
      controllers({
        ray: rayOperatorOptions(`windlass-${version}`, io.env, gates.ray),
        jobSetGates: gates.jobSet,
        rayClient: proxiedRayClient(transport),
        experiment: {
          platform: localPlatform(storage, io.env),
          builder: sourceBuilder(images, paths.state),
          pods: podReader(client),
          keepWorkloadSeconds,
        },
      }),
  };
}

function publish(url: string, { paths, storage }: Parts, credentials: Credentials): void {
  writeFileSync(paths.kubeconfig, formatKubeconfig(url, credentials), { mode: 0o600 });
  writeRecord(paths.server, {
    pid: process.pid,
    startTicks: startTicks(process.pid),
    url,
    startedAt: new Date().toISOString(),
    version,
    outputs: storage.outputs,
  });
}

async function serve(io: Io, flags: UpOptions): Promise<void> {
  const paths = localPaths(io.env);
  const network = networkOf(io, flags);
  for (const folder of [paths.state, paths.cache]) makeFolder(folder, 0o700);
  const log = pinoLogger(pino({ level: io.env["WINDLASS_LOG_LEVEL"] ?? "info", base: null }, logDestination(1)));
  const credentials = await loadCredentials(paths.state, apiAddresses, new Date());
  const storage = localStorage(paths, io.env, flags);
  const images = createImageStore({ cacheDir: paths.cache, env: io.env });
  const parts = { paths, storage, images };
  const cluster = await startCluster({
    dataDir: paths.state,
    credentials,
    port: Number(flags.port ?? 0),
    log,
    version,
    network,
    capacity: capacityOf(flags),
    images,
    visibility: { home: io.env["HOME"] || homedir(), hidden: [paths.state], kept: [paths.cache] },
    baseEnv: baseEnv(io.env),
    ...controlPlane(io, flags, parts),
  }).catch((error: unknown) => {
    throw explained(error, flags);
  });
  const janitor = new Janitor({ cache: cluster.cache, clock: systemClock, log, paths, images });
  janitor.start();
  await publishStorage(cluster.client, storage);
  publish(cluster.url, parts, credentials);
  log.info("local cluster is up", { url: cluster.url, network: cluster.network.mode, reason: cluster.network.reason });
  await untilSignal();
  log.info("stopping");
  removeRecord(paths.server);
  await janitor.stop();
  await cluster.stop();
  process.exit(0);
}

/** What keeps a local cluster from starting, in words. */
function explained(cause: unknown, { port = "" }: UpOptions): unknown {
  if (cause instanceof JournalLockedError) return clusterErrors.LOCAL_CLUSTER_RUNNING(cause.message).because(cause);
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE" || code === "EACCES")
    return clusterErrors.PORT_UNAVAILABLE(port, code === "EACCES").because(cause);
  return cause;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

export function registerServeLocal(program: Command, io: Io): void {
  program
    .command("serve-local", { hidden: true })
    .description("run the local cluster in this process")
    .option("--cpus <number>")
    .option("--memory <quantity>")
    .option("--gpus <number>")
    .option("--network <mode>")
    .option("--port <number>")
    .option("--outputs <place>")
    .option("--inputs <place>")
    .option("--feature-gates <gates>")
    .action((flags: UpOptions) => serve(io, flags));
}
