/** `windlass get`, `cancel` and `events`: looking at experiments and ending them. */
import type { Command } from "commander";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { rerunOfLabel } from "../../api/experiment/labels.ts";
import { type Experiment, type ExperimentStatus, isExperimentFinished } from "../../api/experiment/types.ts";
import { JobSet as JobSetKind } from "../../api/jobset/kinds.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import type { Kind, KubeObject } from "../../meta/object.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import { formatAge } from "../../machinery/duration.ts";
import { eventsOf, eventTime, findExperiment, ifThere, nameOf, podsOf, requestCancel } from "../experiments/find.ts";
import { type Io, paint, writeJson, writeLine } from "../program/io.ts";
import { jsonOption } from "../display/json-option.ts";
import { formatColumns } from "../display/columns.ts";
import { headline, labelsText, stateText } from "../display/experiment-table.ts";
import { drawJobSet } from "../display/job-set-array.ts";
import { drawPodTable } from "../display/pod-table.ts";
import { drawRayCluster } from "../display/ray-groups.ts";
import { withoutLog } from "../watch/ray-message.ts";
import { type TargetFlags, type Target, withConnection, withTarget } from "../connect/target.ts";

interface Flags extends TargetFlags {
  readonly output?: string;
}

/** Time since `from`, or until `to`, as kubectl prints ages. */
function age(from: string | undefined, to?: string): string {
  return from ? formatAge((to ? Date.parse(to) : Date.now()) - Date.parse(from)) : "";
}

/** Lines are as long as the terminal is wide; in a file or a pipe a little longer than a common one. */
const widthOf = ({ stdout }: Io): number => (stdout as Partial<NodeJS.WriteStream>).columns ?? 100;

interface Shown {
  readonly experiment: Experiment;
  readonly pods: readonly Pod[];
}

/** The array of a JobSet, or the groups of a Ray cluster; empty when neither is there (any more). */
async function drawWorkload(io: Io, target: Target, { experiment, pods }: Shown): Promise<string> {
  const { workload, rayClusterName } = experiment.status ?? {};
  const get = <T extends KubeObject>(kind: Kind, name: string) =>
    ifThere(target.client.get<T>({ kind, namespace: target.namespace, name }));
  const canvas = { io, width: widthOf(io) };
  const population = { pods, isOver: isExperimentFinished(experiment) };
  if (workload?.kind === "JobSet") {
    const jobSet = await get<JobSet>(JobSetKind, workload.name);
    return jobSet ? drawJobSet(canvas, jobSet, population) : "";
  }
  const cluster = rayClusterName ? await get<RayCluster>(RayClusterKind, rayClusterName) : undefined;
  return cluster ? drawRayCluster(canvas, cluster, population) : "";
}

/** Absent where the manifest asks for one attempt only. */
function attemptText({ attempt = 1, maxAttempts, lastFailure }: ExperimentStatus): string | undefined {
  if (maxAttempts === undefined) return undefined;
  const earlier = attempt > 1 && lastFailure ? `; attempt ${attempt - 1} failed: ${withoutLog(lastFailure)}` : "";
  return `${attempt} of ${maxAttempts}${earlier}`;
}

async function describe(io: Io, target: Target, experiment: Experiment): Promise<void> {
  const { status = {}, spec } = experiment;
  const pods = await podsOf(target, experiment);
  const title = [paint(io, "bold", nameOf(experiment)), stateText(io, experiment), headline(experiment)];
  writeLine(io, title.filter(Boolean).join("  "));
  const about: readonly (readonly [string, string | undefined])[] = [
    ["id", spec.id],
    ["labels", labelsText(experiment)],
    [
      "secrets",
      spec.envFrom
        ?.map(({ secretRef }) => secretRef?.name ?? "")
        .filter(Boolean)
        .join(", "),
    ],
    ["rerun of", experiment.metadata.labels?.[rerunOfLabel]],
    ["operator", status.operator],
    ["image", status.image],
    ["workload", status.workload && `${status.workload.kind}/${status.workload.name}`],
    ["ray cluster", status.rayClusterName],
    ["started", status.startTime && `${status.startTime} (${age(status.startTime)} ago)`],
    ["attempt", attemptText(status)],
    ["took", status.endTime && age(status.startTime, status.endTime)],
    ["reason", status.reason && `${status.reason}${status.message ? `: ${withoutLog(status.message)}` : ""}`],
  ];
  for (const [name, value] of about) if (value) writeLine(io, `${`${name}:`.padEnd(13)}${value}`);
  const steps = (status.steps ?? []).map((step) => [
    step.name,
    step.state,
    age(step.startTime, step.endTime),
    withoutLog(step.message ?? "").split("\n")[0] ?? "",
  ]);
  if (steps.length > 0) writeLine(io, `\n${formatColumns(["STEP", "STATE", "TOOK", "MESSAGE"], steps)}`);
  for (const part of [await drawWorkload(io, target, { experiment, pods }), drawPodTable(io, pods)])
    if (part) writeLine(io, `\n${part}`);
}

async function get(io: Io, name: string, flags: Flags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    if (flags.output === "json") return writeJson(io, { ...experiment, pods: await podsOf(target, experiment) });
    await describe(io, target, experiment);
  });
}

async function cancel(io: Io, name: string, flags: Flags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    if (!isExperimentFinished(experiment)) await requestCancel(target, nameOf(experiment));
    const now = await target.client.get<Experiment>({
      kind: ExperimentKind,
      namespace: target.namespace,
      name: nameOf(experiment),
    });
    if (flags.output === "json") return writeJson(io, now);
    writeLine(
      io,
      isExperimentFinished(experiment)
        ? `${nameOf(now)} has already ended: ${now.status?.state}`
        : `${nameOf(now)} is being cancelled`,
    );
  });
}

async function events(io: Io, name: string, flags: Flags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const found = await eventsOf(target, await findExperiment(target, name));
    if (flags.output === "json") return writeJson(io, found);
    const rows = found.map((event) => [
      age(eventTime(event)),
      event.type === "Warning" ? paint(io, "yellow", "Warning") : (event.type ?? ""),
      event.reason ?? "",
      `${event.involvedObject.kind ?? ""}/${event.involvedObject.name ?? ""}`,
      (event.message ?? "").replaceAll(/\s*\n\s*/g, " | "),
    ]);
    writeLine(io, formatColumns(["AGE", "TYPE", "REASON", "OBJECT", "MESSAGE"], rows));
  });
}

export function registerExperiments(program: Command, io: Io): void {
  withTarget(program.command("get"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .description("show an experiment: its steps, Ray groups or array, pods, and what they wait for")
    .addOption(jsonOption())
    .action((name: string, flags: Flags) => get(io, name, flags));
  withTarget(program.command("cancel"))
    .argument("<name>", "experiment")
    .description("cancel an experiment; its pods keep their grace period")
    .addOption(jsonOption())
    .action((name: string, flags: Flags) => cancel(io, name, flags));
  withTarget(program.command("events"))
    .argument("<name>", "experiment")
    .description("show the events of an experiment and everything it created")
    .addOption(jsonOption())
    .action((name: string, flags: Flags) => events(io, name, flags));
}
