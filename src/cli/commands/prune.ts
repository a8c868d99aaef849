/** `windlass prune`: gives back the disk of environments and sources that nothing needs and nobody has used lately. */
import type { Command } from "commander";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { type CacheEntry, listCache, removeEntry, sizeOf, unusedEntries } from "../../local/images/cache.ts";
import { createImageStore } from "../../local/images/image-store.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { formatAge, parseGoDuration } from "../../machinery/duration.ts";
import { type Io, writeJson, writeLine } from "../io.ts";
import { jsonOption } from "../output/json-option.ts";
import { formatColumns } from "../output/columns.ts";
import { localPaths } from "../paths.ts";
import { type Target, withConnection } from "../target.ts";
import { UserError } from "../user-error.ts";

interface PruneFlags {
  readonly olderThan: string;
  readonly dryRun?: boolean;
  readonly output?: string;
}

const isOver = ({ status }: Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";

/** Images of pods that run or may start again, and of experiments that go on. */
async function imagesInUse(target: Target): Promise<ReadonlySet<string>> {
  const [{ items }, experiments] = await Promise.all([
    target.client.list<Pod>(PodKind),
    target.client.list<Experiment>(ExperimentKind),
  ]);
  const ofPods = items
    .filter((pod) => !isOver(pod))
    .flatMap(({ spec }) => [...spec.containers, ...(spec.initContainers ?? [])].map(({ image }) => image ?? ""));
  const going = experiments.items.filter((experiment) => !isExperimentFinished(experiment));
  return new Set([...ofPods, ...going.map(({ status, spec }) => status?.image ?? spec.image ?? "")].filter(Boolean));
}

interface Sized extends CacheEntry {
  readonly bytes: number;
}

function report(io: Io, entries: readonly Sized[], { dryRun, output }: PruneFlags): void {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (output === "json") return writeJson(io, { removed: !dryRun, bytes, entries });
  const rows = entries.map(({ kind, name, bytes: size, usedAt }) => [
    kind,
    name.slice(0, 40),
    formatHumanBytes(size),
    `${formatAge(Date.now() - usedAt.getTime())} ago`,
  ]);
  if (rows.length > 0) writeLine(io, `${formatColumns(["KIND", "NAME", "SIZE", "LAST USED"], rows)}\n`);
  writeLine(io, `${dryRun ? "would give back" : "gave back"} ${formatHumanBytes(bytes)}`);
}

function olderThan(text: string): Date {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms >= 0) return new Date(Date.now() - ms);
  throw new UserError("BAD_FLAG", `--older-than ${text}: expected a duration such as 30m, 24h or 720h`, {
    exitStatus: 2,
  });
}

async function prune(io: Io, flags: PruneFlags): Promise<void> {
  const before = olderThan(flags.olderThan);
  const { cache } = localPaths(io.env);
  const images = createImageStore({ cacheDir: cache, env: io.env });
  const used = await withConnection(io, { start: true }, imagesInUse);
  const needed = new Set((await Promise.all([...used].map((reference) => images.pathsOf(reference)))).flat());
  const unused = unusedEntries(listCache(cache), needed, before);
  const entries = unused.map((entry) => ({ ...entry, bytes: sizeOf(entry.path) }));
  if (!flags.dryRun) for (const entry of entries) await removeEntry(entry);
  report(io, entries, flags);
}

export function registerPrune(program: Command, io: Io): void {
  program
    .command("prune")
    .description("remove environments and sources that no pod or unfinished experiment on this machine needs")
    .option("--older-than <duration>", "only what was last used before that", "24h")
    .option("--dry-run", "only say what would go")
    .addOption(jsonOption())
    .action((flags: PruneFlags) => prune(io, flags));
}
