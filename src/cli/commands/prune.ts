/**
 * `windlass prune`: gives back the disk of what nothing needs: environments and sources that nobody has used lately, what
 * deleted objects left behind and, when asked, experiments that ended long ago.
 */
import type { Command } from "commander";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { keyOf } from "../../meta/object.ts";
import { listCache, removeEntry, sizeOf, unusedEntries } from "../../local/images/cache.ts";
import { createImageStore } from "../../local/images/image-store.ts";
import { removeTree } from "../../local/kubelet/folders.ts";
import { isOver } from "../../local/kubelet/plan-pod.ts";
import { formatAge } from "../../machinery/duration.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { confirmed } from "../terminal/confirm.ts";
import { leftClaims, leftLogs, logsOfExperiment, type Present } from "../daemon/leftovers.ts";
import { readRecord } from "../daemon/record.ts";
import { nameOf } from "../experiments/find.ts";
import { timeBefore } from "../experiments/filter.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { formatColumns } from "../display/columns.ts";
import { jsonOption } from "../display/json-option.ts";
import { outputsOfNobody } from "../outputs/remove-outputs.ts";
import { localPaths } from "../program/paths.ts";
import { removeExperiments } from "../experiments/remove.ts";
import { type Target, withConnection } from "../connect/target.ts";

interface PruneFlags {
  readonly olderThan: string;
  readonly experiments?: string;
  readonly outputs?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output?: string;
}

/** Something that takes up disk and is to go. */
interface Item {
  readonly kind: string;
  readonly name: string;
  readonly path?: string;
  readonly bytes: number;
  readonly usedAt: Date;
  remove(): Promise<void>;
}

interface Contents {
  readonly pods: readonly Pod[];
  readonly experiments: readonly Experiment[];
}

async function contentsOf({ client }: Target): Promise<Contents> {
  const [pods, experiments] = await Promise.all([client.list<Pod>(PodKind), client.list<Experiment>(ExperimentKind)]);
  return { pods: pods.items, experiments: experiments.items };
}

const presentIn = ({ pods, experiments }: Contents): Present => ({
  podUids: new Set(pods.map(({ metadata }) => metadata.uid ?? "")),
  experiments: new Set(experiments.map(keyOf)),
});

/** Images of pods that run or may start again, and of experiments that go on. */
function imagesInUse({ pods, experiments }: Contents): ReadonlySet<string> {
  const ofPods = pods
    .filter((pod) => !isOver(pod))
    .flatMap(({ spec }) => [...spec.containers, ...(spec.initContainers ?? [])].map(({ image }) => image ?? ""));
  const going = experiments.filter((experiment) => !isExperimentFinished(experiment));
  return new Set([...ofPods, ...going.map(({ status, spec }) => status?.image ?? spec.image ?? "")].filter(Boolean));
}

async function unusedImages(io: Io, contents: Contents, before: Date): Promise<readonly Item[]> {
  const { cache } = localPaths(io.env);
  const images = createImageStore({ cacheDir: cache, env: io.env });
  const used = imagesInUse(contents);
  const needed = new Set((await Promise.all([...used].map((reference) => images.pathsOf(reference)))).flat());
  return unusedEntries(listCache(cache), needed, before).map((entry) => ({
    ...entry,
    bytes: sizeOf(entry.path),
    remove: () => removeEntry(entry),
  }));
}

function leftovers(state: string, contents: Contents, before: Date): readonly Item[] {
  const logs = leftLogs(state, presentIn(contents)).map((log) => ({ kind: "log", ...log }));
  const claims = leftClaims(state).map((claim) => ({ kind: "claim", ...claim }));
  return [...logs, ...claims]
    .filter(({ changedAt }) => changedAt < before)
    .map(({ kind, name, path, changedAt }) => ({
      kind,
      name,
      path,
      bytes: sizeOf(path),
      usedAt: changedAt,
      remove: () => removeTree(path),
    }));
}

/** Results are never lost in passing: without being asked, only folders without a file go. */
async function leftOutputs(io: Io, { experiments }: Contents, isAsked: boolean): Promise<readonly Item[]> {
  const root = readRecord(localPaths(io.env).server)?.outputs ?? "";
  const found = await outputsOfNobody(root, experiments);
  return found
    .filter(({ isEmpty }) => isAsked || isEmpty)
    .map((folder) => ({ kind: "outputs", ...folder, remove: () => removeTree(folder.path) }));
}

/** Finished ones that ended before `before`; their logs are counted as theirs. */
function oldExperiments(target: Target, { experiments }: Contents, before: Date): readonly Item[] {
  const state = target.local?.state ?? "";
  return experiments
    .filter((experiment) => isExperimentFinished(experiment) && new Date(experiment.status?.endTime ?? 0) <= before)
    .map((experiment) => ({
      kind: "experiment",
      name: nameOf(experiment),
      bytes: logsOfExperiment(state, experiment.metadata).reduce((sum, path) => sum + sizeOf(path), 0),
      usedAt: new Date(experiment.status?.endTime ?? 0),
      remove: () => removeExperiments(target, [experiment]),
    }));
}

function report(io: Io, items: readonly Item[], { dryRun, output }: PruneFlags): void {
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  const entries = items.map(({ remove: _, ...entry }) => entry);
  if (output === "json") return writeJson(io, { removed: !dryRun, bytes, entries });
  const rows = items.map(({ kind, name, bytes: size, usedAt }) => [
    kind,
    name.slice(0, 40),
    formatHumanBytes(size),
    `${formatAge(Date.now() - usedAt.getTime())} ago`,
  ]);
  if (rows.length > 0) writeLine(io, `${formatColumns(["KIND", "NAME", "SIZE", "LAST USED"], rows)}\n`);
  writeLine(io, `${dryRun ? "would free" : "freed"} ${formatHumanBytes(bytes)}`);
}

/** Asks before what somebody may miss goes: experiments and results. */
async function mayRemove(io: Io, items: readonly Item[], { yes, dryRun }: PruneFlags): Promise<boolean> {
  const experiments = items.filter(({ kind }) => kind === "experiment").length;
  const results = items.filter(({ kind, bytes }) => kind === "outputs" && bytes > 0);
  const size = formatHumanBytes(results.reduce((sum, { bytes }) => sum + bytes, 0));
  const parts = [
    ...(experiments > 0 ? [`${experiments} finished experiments with all logs`] : []),
    ...(results.length > 0 ? [`outputs of ${results.length} deleted experiments (${size})`] : []),
  ];
  return parts.length === 0 || yes === true || dryRun === true || confirmed(io, `Delete ${parts.join(" and ")}?`);
}

async function prune(io: Io, flags: PruneFlags): Promise<void> {
  const now = new Date();
  const before = timeBefore("--older-than", flags.olderThan, now);
  const ended = flags.experiments === undefined ? undefined : timeBefore("--experiments", flags.experiments, now);
  const { state } = localPaths(io.env);
  await withConnection(io, { start: true }, async (target) => {
    const contents = await contentsOf(target);
    const items = [
      ...(ended ? oldExperiments(target, contents, ended) : []),
      ...(await leftOutputs(io, contents, flags.outputs === true)),
      ...leftovers(state, contents, before),
      ...(await unusedImages(io, contents, before)),
    ];
    if (!(await mayRemove(io, items, flags))) return;
    if (!flags.dryRun) for (const item of items) await item.remove();
    report(io, items, flags);
  });
}

export function registerPrune(program: Command, io: Io): void {
  program
    .command("prune")
    .description("free disk space: unused environments and sources, leftovers of deleted objects, old experiments")
    .option("--older-than <duration>", "only what was last used longer ago than this", "24h")
    .option(
      "--experiments <duration>",
      "also delete experiments that ended longer ago than this, such as 7d; outputs stay",
    )
    .option("--outputs", "also delete outputs of experiments that no longer exist")
    .option("--dry-run", "print what would be removed, and remove nothing")
    .option("-y, --yes", "do not ask before deleting experiments or outputs")
    .addOption(jsonOption())
    .action((flags: PruneFlags) => prune(io, flags));
}
