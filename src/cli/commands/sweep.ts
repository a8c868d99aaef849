/** `windlass sweep`: one manifest with many sets of parameters, a few at a time; its status, and its end. */
import { asCalled } from "../program/called-as.ts";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { experimentIdLabel } from "../../api/experiment/labels.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import { isSweepFinished, type Sweep } from "../../api/sweep/types.ts";
import { appendArguments, applyParameters } from "../../manifest/index.ts";
import { collect } from "../program/collect.ts";
import { nameOf, requireNamespace } from "../experiments/find.ts";
import { findManifest } from "../submit/find-manifest.ts";
import { type Io, paint, writeJson, writeLine } from "../program/io.ts";
import { parseMounts } from "../submit/mounts.ts";
import { operandsOf } from "../program/operands.ts";
import { jsonOption } from "../display/json-option.ts";
import { createSweep } from "../secrets/create-experiment.ts";
import { takeSecrets } from "../secrets/read-secrets.ts";
import { checkFit } from "../submit/start-experiment.ts";
import { attendSweep } from "../sweep/attend-sweep.ts";
import { drawSweeps, headOf, progressOf, trialLine } from "../sweep/draw-sweep.ts";
import { findSweep, listSweeps, trialsOf } from "../sweep/find-sweep.ts";
import { makeSweep, planSweep, type SweepChoices } from "../sweep/plan-sweep.ts";
import { parseSweepFile, type SweepFile } from "../sweep/sweep-file.ts";
import { readUserFile, type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { applySets } from "./rerun.ts";
import { checkBuild, makeExperiment, parseEnv, type RunFlags, sourceOf } from "./run.ts";
import { loadManifest } from "./validate.ts";

interface SweepFlags extends RunFlags, SweepChoices {
  readonly file?: string;
  readonly set?: readonly string[];
}

interface SweepCall {
  readonly given: string | undefined;
  readonly extra: readonly string[];
  readonly flags: SweepFlags;
}

/** The manifest named, else that of the sweep's file, else the one beside that file or here. */
function manifestOf(io: Io, given: string | undefined, path: string | undefined, file: SweepFile | undefined): string {
  const named = file?.manifest === undefined ? undefined : resolve(dirname(path ?? ""), file.manifest);
  return findManifest(io.cwd, given ?? named ?? (path && dirname(path)));
}

/** Tells of the sweep that was made, and stays with it as the flags say. */
async function attend(io: Io, target: Target, sweep: Sweep, flags: SweepFlags): Promise<number> {
  const isJson = flags.output === "json";
  if (flags.detach) {
    if (isJson) writeJson(io, sweep);
    else writeLine(io, nameOf(sweep));
    return 0;
  }
  const shown: Io = isJson ? { ...io, stdout: io.stderr, isTTY: false } : io;
  const { trials, parallelism } = sweep.spec;
  writeLine(shown, `${paint(io, "bold", nameOf(sweep))} ${trials.length} experiments, ${parallelism ?? 1} at a time`);
  const status = await attendSweep(shown, target, nameOf(sweep));
  if (isJson) writeJson(io, await findSweep(target, nameOf(sweep)));
  return status;
}

async function start(io: Io, { given, extra, flags }: SweepCall): Promise<number> {
  const path = flags.file === undefined ? undefined : resolve(io.cwd, flags.file);
  const file = path === undefined ? undefined : parseSweepFile(readUserFile(path), flags.file ?? "");
  const plan = planSweep(flags, file, Math.random);
  const manifestFile = manifestOf(io, given, path, file);
  const { text, manifest: parsed } = loadManifest(io, manifestFile);
  const manifest = appendArguments(applySets(text, flags.set ?? []), [...(file?.arguments ?? []), ...extra]);
  const source = sourceOf(io, manifestFile, flags);
  const mounts = parseMounts(flags.mount ?? [], io.cwd);
  const secrets = takeSecrets(io, flags, parseEnv(flags.env ?? []));
  await checkBuild(io, source, parsed, flags);
  return withConnection(io, { ...flags, start: true }, async (target) => {
    await requireNamespace(target);
    const message = flags.message ?? file?.message;
    const about = { ...flags, ...(message && { message }) };
    const { spec: template, metadata } = await makeExperiment({ source, manifest, mounts, flags: about }, target);
    const first = applyParameters(manifest, plan.trials[0] ?? {}, plan.passing === "Arguments");
    await checkFit(io, target, { spec: { ...template, manifest: first } });
    const name = `sweep-${(template.id ?? "").slice(0, 8)}`;
    const { [experimentIdLabel]: _, ...labels } = metadata.labels ?? {};
    const made = makeSweep({ ...plan, name, namespace: target.namespace, labels, template });
    return attend(io, target, await createSweep(target, made, secrets), flags);
  });
}

interface Flags extends TargetFlags {
  readonly output?: string;
}

async function list(io: Io, flags: Flags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const sweeps = await listSweeps(target);
    if (flags.output === "json") return writeJson(io, sweeps);
    if (sweeps.length === 0) return writeLine(io, asCalled(io, "no sweeps yet; `windlass sweep` starts one"));
    writeLine(io, drawSweeps(io, sweeps, new Date()));
  });
}

async function status(io: Io, name: string, flags: Flags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const sweep = await findSweep(target, name);
    const trials = await trialsOf(target, nameOf(sweep));
    if (flags.output === "json") return writeJson(io, { ...sweep, experiments: trials });
    writeLine(io, headOf(io, sweep));
    writeLine(io, progressOf(sweep));
    for (const trial of trials) writeLine(io, trialLine(io, trial, new Date()));
  });
}

async function cancel(io: Io, name: string, flags: Flags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const sweep = await findSweep(target, name);
    const ref = { kind: SweepKind, namespace: target.namespace, name: nameOf(sweep) };
    if (isSweepFinished(sweep)) return writeLine(io, `${ref.name} has already ended: ${sweep.status?.state}`);
    await target.client.patch(ref, { spec: { cancelled: true } }, { type: "merge" });
    writeLine(io, `${ref.name} is being cancelled`);
  });
}

function registerParts(sweep: Command, io: Io): void {
  withTarget(sweep.command("list"))
    .description("list sweeps, newest first")
    .addOption(jsonOption())
    .action((flags: Flags) => list(io, flags));
  withTarget(sweep.command("status"))
    .argument("<name>", "sweep: name, prefix of the name, or `latest`")
    .description("show the progress of a sweep and its experiments")
    .addOption(jsonOption())
    .action((name: string, flags: Flags) => status(io, name, flags));
  withTarget(sweep.command("cancel"))
    .argument("<name>", "sweep")
    .description("cancel a sweep: its running experiments, and those not started yet")
    .action((name: string, flags: Flags) => cancel(io, name, flags));
}

/** What is swept, and how. */
const withSweepOptions = (command: Command): Command =>
  command
    .option("-f, --file <file>", "file that describes the sweep (sweep.yaml); options override it")
    .option(
      "--param <NAME=VALUES>",
      "lr=1e-3,1e-4 or seed=0..4; with --samples also lr=1e-5..1e-1:log (repeatable)",
      collect,
    )
    .option("--samples <n>", "run this many random samples instead of every combination")
    .option("--seed <n>", "random seed, to repeat the same samples")
    .option("--parallel <n>", "how many experiments run at once (default: 1)")
    .option(
      "--pass <how>",
      "arguments: append --NAME=VALUE to the command (default); environment: only set WINDLASS_PARAM_NAME",
    )
    .option(
      "--set <PATH=VALUE>",
      "change a field of the manifest for all experiments: types.Workers[0].count=4 (repeatable)",
      collect,
    );

/** Of every experiment of the sweep. */
const withExperimentOptions = (command: Command): Command =>
  command
    .option("-m, --message <text>", "description of the sweep")
    .option("--source <folder>", "source folder of the experiments (default: the manifest's folder)")
    .option("--image <reference>", "run this image instead of building one from the source")
    .option("-e, --env <NAME=VALUE>", "environment variable for every container (repeatable)", collect)
    .option(
      "--mount <folder>",
      "FOLDER:PATH[:rw]: mount this folder of the machine into the pods (repeatable)",
      collect,
    )
    .option("-l, --label <key=value>", "label the sweep and its experiments (repeatable)", collect)
    .option("--secret <name>", "pass this environment variable as a Secret (repeatable)", collect)
    .option("--secret-file <file>", "pass the NAME=VALUE lines of this file as a Secret (repeatable)", collect)
    .option("-d, --detach", "submit the experiment, print its name and return")
    .addOption(jsonOption("print the finished sweep as JSON on stdout"));

export function registerSweep(program: Command, io: Io, exit: (status: number) => void): void {
  const sweep = withTarget(program.command("sweep"))
    .enablePositionalOptions()
    .argument("[manifest]", "manifest file, or a folder with a manifest.yaml (default: this folder)")
    .usage("[options] [manifest] [-- arguments for the command]")
    .allowExcessArguments()
    .description("run a manifest with every combination of parameters, a few at a time");
  withExperimentOptions(withSweepOptions(sweep)).action(
    async (_manifest: string | undefined, flags: SweepFlags, command: Command) => {
      const { own, behind } = operandsOf(command, 1);
      exit(await start(io, { given: own[0], extra: behind, flags }));
    },
  );
  registerParts(sweep, io);
}
