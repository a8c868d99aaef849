/** `windlass up`, `down`, `status` and `kubeconfig`: the background local cluster. */
import { asCalled } from "../program/called-as.ts";
import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { Node, Pod } from "../../api/core/kinds.ts";
import type { Pod as PodObject } from "../../api/core/pod.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import { parseQuantity } from "../../machinery/quantity.ts";
import { formatHumanQuantity } from "../../machinery/human-quantity.ts";
import { formatAge } from "../../machinery/duration.ts";
import { down, up, type UpOptions } from "../daemon/control.ts";
import { localGates } from "../daemon/gates.ts";
import { localStorage } from "../daemon/platform.ts";
import { readRecord, type ServerRecord } from "../daemon/record.ts";
import { clusterErrors } from "../errors/cluster.ts";
import { listExperiments } from "../experiments/find.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { jsonOption } from "../display/json-option.ts";
import { localPaths } from "../program/paths.ts";
import { gateNames } from "../operator/feature-gates.ts";
import { checkBuckets, placesOf } from "../storage/places.ts";
import { type Target, withConnection } from "../connect/target.ts";

interface NodeObject extends KubeObject {
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

interface OutputFlag {
  readonly output?: string;
}

const wholeNumber =
  (most: number) =>
  (text: string): string => {
    if (/^\d+$/.test(text) && Number(text) <= most) return text;
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${most}.`);
  };

/** Kubernetes' quantities end where 64 bits do. */
const mostNano = (2n ** 63n - 1n) * 10n ** 9n;

function quantity(text: string): string {
  try {
    const { nano } = parseQuantity(text);
    if (nano > 0n && nano <= mostNano) return text;
  } catch {
    // Told below.
  }
  throw new InvalidArgumentError("Expected a quantity like 4, 500m or 64Gi.");
}

async function start(io: Io, flags: UpOptions & OutputFlag): Promise<void> {
  const paths = localPaths(io.env);
  const { output, ...given } = flags;
  const options = { ...given, ...placesOf(given, {}, io.cwd) };
  localGates(given.featureGates, io.env);
  if (!readRecord(paths.server)) await checkBuckets(localStorage(paths, io.env, options));
  const { record, started } = await up(paths, options, io.env);
  if (output === "json") return writeJson(io, { started, ...record });
  writeLine(
    io,
    started
      ? `the local cluster is up: ${record.url} (process ${record.pid})`
      : `the local cluster is already up: ${record.url} (process ${record.pid})`,
  );
  if (!started && Object.keys(options).length > 0) {
    io.stderr.write(
      asCalled(io, "warning: options apply only at start: run `windlass down`, then `windlass up` with them\n"),
    );
  }
}

async function stop(io: Io, flags: OutputFlag): Promise<void> {
  const stopped = await down(localPaths(io.env));
  if (flags.output === "json") return writeJson(io, { running: false, stopped });
  writeLine(
    io,
    stopped ? "the local cluster is down; experiments and logs are kept" : "the local cluster was not running",
  );
}

interface ClusterState {
  readonly node: NodeObject | undefined;
  readonly pods: readonly PodObject[];
  readonly experiments: readonly Experiment[];
}

async function stateOf(target: Target): Promise<ClusterState> {
  const [nodes, pods, experiments] = await Promise.all([
    target.client.list<NodeObject>(Node),
    target.client.list<PodObject>(Pod),
    listExperiments(target),
  ]);
  return { node: nodes.items[0], pods: pods.items, experiments };
}

const statusJson = (record: ServerRecord, { node, pods, experiments }: ClusterState) => ({
  running: true,
  ...record,
  allocatable: node?.status?.allocatable,
  conditions: node?.status?.conditions,
  pods: pods.length,
  experiments: experiments.length,
});

function nodeLines(node: NodeObject | undefined): readonly string[] {
  const { allocatable = {}, conditions = [] } = node?.status ?? {};
  const cpu = formatHumanQuantity("cpu", allocatable["cpu"] ?? 0);
  const memory = formatHumanQuantity("memory", allocatable["memory"] ?? 0);
  const told = conditions.filter(({ type }) => type.startsWith("Windlass"));
  return [
    `node         ${node?.metadata.name ?? "none"}: ${cpu}, ${memory}`,
    ...told.map(({ type, reason, message = "" }) => {
      const what = type.slice("Windlass".length).toLowerCase();
      return `${what.padEnd(12)} ${reason}: ${message}`;
    }),
  ];
}

function statusLines({ url, pid, startedAt, version }: ServerRecord, state: ClusterState): readonly string[] {
  const { node, pods, experiments } = state;
  const age = formatAge(Date.now() - Date.parse(startedAt));
  const running = experiments.filter((e) => (e.status?.state ?? "Processing") === "Processing").length;
  const runningPods = pods.filter((pod) => pod.status?.phase === "Running").length;
  const lines = [
    ...nodeLines(node),
    `experiments  ${experiments.length}, ${running} running; pods ${runningPods} running`,
  ];
  return [
    `the local cluster is up for ${age}: ${url} (process ${pid}, version ${version})`,
    ...lines.map((line) => `  ${line}`),
  ];
}

async function status(io: Io, flags: OutputFlag): Promise<number> {
  const paths = localPaths(io.env);
  const record = readRecord(paths.server);
  if (!record) {
    if (flags.output === "json") writeJson(io, { running: false });
    else writeLine(io, asCalled(io, "the local cluster is not running; `windlass up` starts it"));
    return 3;
  }
  const state = await withConnection(io, {}, stateOf);
  if (flags.output === "json") {
    writeJson(io, statusJson(record, state));
    return 0;
  }
  for (const line of statusLines(record, state)) writeLine(io, line);
  writeLine(io, `  kubeconfig   ${paths.kubeconfig}`);
  writeLine(io, `  state        ${paths.state}`);
  return 0;
}

function kubeconfig(io: Io, flags: OutputFlag): void {
  const { kubeconfig: path, server } = localPaths(io.env);
  if (!existsSync(path)) throw clusterErrors.LOCAL_CLUSTER_DOWN();
  if (flags.output === "json") return writeJson(io, { path, running: readRecord(server) !== undefined });
  writeLine(io, path);
}

export function registerCluster(program: Command, io: Io, exit: (status: number) => void): void {
  program
    .command("up")
    .description("start the local cluster in the background; it keeps running when the terminal closes")
    .option("--cpus <number>", "CPUs of the node (default: the machine's)", quantity)
    .option("--memory <quantity>", "memory of the node, such as 64Gi (default: the machine's)", quantity)
    .option("--gpus <number>", "GPUs of the node (default: those that nvidia-smi lists)", wholeNumber(1024))
    .addOption(
      new Option("--network <mode>", "network mode of pods").choices(["auto", "namespaces", "shared"]).default("auto"),
    )
    .option("--port <number>", "port of the API server (default: any free port)", wholeNumber(65_535))
    .option("--outputs <place>", "folder or s3://BUCKET/PREFIX for the outputs of experiments")
    .option("--inputs <place>", "folder or s3://BUCKET/PREFIX for the inputs of experiments")
    .option("--feature-gates <gates>", `NAME=true,NAME=false: ${gateNames.join(", ")}`)
    .addOption(jsonOption())
    .action(({ network, ...flags }: UpOptions & OutputFlag) =>
      start(io, network === "auto" ? flags : { ...flags, network }),
    );
  program
    .command("down")
    .description("stop the local cluster and every pod; objects and logs are kept")
    .addOption(jsonOption())
    .action((flags: OutputFlag) => stop(io, flags));
  program
    .command("status")
    .description("show whether the local cluster is running, and its resources (exit status 3 if it is not)")
    .addOption(jsonOption())
    .action(async (flags: OutputFlag) => exit(await status(io, flags)));
  program
    .command("kubeconfig")
    .description('print the path of the local cluster\'s kubeconfig: export KUBECONFIG="$(windlass kubeconfig)"')
    .addOption(jsonOption())
    .action((flags: OutputFlag) => kubeconfig(io, flags));
}
