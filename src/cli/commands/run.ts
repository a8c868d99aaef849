/** `windlass run [manifest]`: validate, submit, watch to the end; the exit status is the experiment's. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { Command } from "commander";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentIdLabel, experimentName } from "../../api/experiment/labels.ts";
import type { Experiment, FolderMount } from "../../api/experiment/types.ts";
import { apiVersionOf } from "../../meta/object.ts";
import { appendArguments, type Manifest, parseTimeout } from "../../manifest/index.ts";
import { checkDockerfile, formatCheck, sourceOfManifest } from "../submit/check-dockerfile.ts";
import { collect } from "../program/collect.ts";
import { fileErrors } from "../errors/files.ts";
import { flagErrors } from "../errors/flags.ts";
import { findExperiment, requireNamespace } from "../experiments/find.ts";
import { findManifest, isFolder } from "../submit/find-manifest.ts";
import type { Io } from "../program/io.ts";
import { parseLabels } from "../experiments/labels.ts";
import { operandsOf } from "../program/operands.ts";
import { type SecretFlags, takeSecrets } from "../secrets/read-secrets.ts";
import { jsonOption } from "../display/json-option.ts";
import { parseMounts } from "../submit/mounts.ts";
import { type StartFlags, startExperiment } from "../submit/start-experiment.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { vcsInfo } from "../submit/vcs.ts";
import { loadManifest } from "./validate.ts";

export interface RunFlags extends TargetFlags, StartFlags, SecretFlags {
  readonly message?: string;
  readonly source?: string;
  readonly image?: string;
  readonly env?: readonly string[];
  readonly mount?: readonly string[];
  readonly resume?: string;
  readonly label?: readonly string[];
  readonly startDeadline?: string;
}

function parseDeadline(text: string): number {
  const seconds = parseTimeout(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw flagErrors.BAD_DURATION(text);
}

export function parseEnv(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at <= 0) throw flagErrors.BAD_ENV(pair);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The folder that --source names. */
export function givenSource(io: Io, given: string): string {
  const source = resolve(io.cwd, given);
  if (isFolder(source)) return source;
  throw fileErrors.FILE_NOT_FOUND(
    `--source ${given}`,
    undefined,
    "name the folder with the program, or leave --source out to run the manifest's own",
  );
}

/** The folder whose files the experiment runs: --source, else that of the manifest (above `aichor_manifests/`). */
export function sourceOf(io: Io, file: string, flags: RunFlags): string {
  return flags.source ? givenSource(io, flags.source) : sourceOfManifest(io.cwd, file);
}

interface Submission {
  readonly source: string;
  readonly manifest: string;
  readonly mounts: readonly FolderMount[];
  readonly flags: RunFlags;
}

/** Id of the experiment whose checkpoints are to go on: that of the first, where one resumes another that did. */
async function resumedId(target: Target, name: string): Promise<string | undefined> {
  const { spec, metadata } = await findExperiment(target, name);
  return spec.resumeFrom ?? spec.id ?? metadata.uid;
}

export async function makeExperiment(
  { source, manifest, mounts, flags }: Submission,
  target: Target,
): Promise<Experiment> {
  const resumeFrom = flags.resume === undefined ? undefined : await resumedId(target, flags.resume);
  const vcs = await vcsInfo(source);
  const id = randomUUID();
  const message = flags.message ?? vcs?.commitMessage?.split("\n", 1)[0];
  return {
    apiVersion: apiVersionOf(ExperimentKind),
    kind: ExperimentKind.kind,
    metadata: {
      name: experimentName(id),
      namespace: target.namespace,
      labels: { ...parseLabels(flags.label ?? []), [experimentIdLabel]: id },
    },
    spec: {
      manifest,
      id,
      ...(message && { message }),
      ...(target.local && !flags.image && { sourceDirectory: source }),
      ...(flags.image && { image: flags.image }),
      ...(vcs && { vcs }),
      ...(mounts.length > 0 && { mounts }),
      ...(resumeFrom && { resumeFrom }),
      ...(flags.startDeadline && { startDeadlineSeconds: parseDeadline(flags.startDeadline) }),
      ...(flags.env?.length && { env: parseEnv(flags.env) }),
    },
  };
}

/** Tells what of a Dockerfile is not followed, where the image is to be built here. Throws UserError for what cannot be. */
export async function checkBuild(io: Io, source: string, manifest: Manifest, flags: RunFlags): Promise<void> {
  if (flags.context !== undefined || flags.kubeconfig !== undefined || flags.image) return;
  const told = formatCheck(io, await checkDockerfile(io, source, manifest));
  if (told) io.stderr.write(`${told}\n`);
}

/** Before a cluster is started for them. Throws UserError. */
function checkFlags({ label, startDeadline }: RunFlags): void {
  parseLabels(label ?? []);
  if (startDeadline !== undefined) parseDeadline(startDeadline);
}

interface RunRequest {
  readonly given: string | undefined;
  /** For the end of the manifest's command. */
  readonly extra: readonly string[];
  readonly flags: RunFlags;
}

async function run(io: Io, { given, extra, flags }: RunRequest): Promise<number> {
  const file = findManifest(io.cwd, given);
  const { text, manifest: parsed } = loadManifest(io, file);
  const manifest = appendArguments(text, extra);
  const source = sourceOf(io, file, flags);
  const mounts = parseMounts(flags.mount ?? [], io.cwd);
  const secrets = takeSecrets(io, flags, parseEnv(flags.env ?? []));
  checkFlags(flags);
  await checkBuild(io, source, parsed, flags);
  return withConnection(io, { ...flags, start: true }, async (target) => {
    const made = makeExperiment({ source, manifest, mounts, flags }, target);
    const [experiment] = await Promise.all([made, requireNamespace(target)]);
    return startExperiment(io, target, { experiment, secrets }, flags);
  });
}

export function registerRun(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("run"))
    .argument("[manifest]", "manifest file, or a folder with a manifest.yaml (default: this folder)")
    .usage("[options] [manifest] [-- arguments for the command]")
    .allowExcessArguments()
    .description("run an experiment and follow it until it ends")
    .option("-m, --message <text>", "description of the run (default: the subject of the last commit)")
    .option("--source <folder>", "source folder of the experiment (default: the manifest's folder)")
    .option("--image <reference>", "run this image instead of building one from the source")
    .option("-e, --env <NAME=VALUE>", "environment variable for every container (repeatable)", collect)
    .option("--resume <name>", "resume from the checkpoints of this earlier experiment")
    .option("-l, --label <key=value>", "label the experiment (repeatable)", collect)
    .option("--secret <name>", "pass this environment variable as a Secret (repeatable)", collect)
    .option("--secret-file <file>", "pass the NAME=VALUE lines of this file as a Secret (repeatable)", collect)
    .option(
      "--mount <folder>",
      "FOLDER:PATH[:rw]: mount this folder of the machine into the pods (repeatable)",
      collect,
    )
    .option("--start-deadline <duration>", "how long ranks wait for each other to start (default: 15m)")
    .option("-d, --detach", "submit the experiment, print its name and return")
    .addOption(jsonOption("print the finished experiment as JSON on stdout"))
    .action(async (_manifest: string | undefined, flags: RunFlags, command: Command) => {
      const { own, behind } = operandsOf(command, 1);
      exit(await run(io, { given: own[0], extra: behind, flags }));
    });
}
