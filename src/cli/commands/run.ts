/** `windlass run [manifest]`: validate, submit, watch to the end; the exit status is the experiment's. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { Command } from "commander";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentIdLabel, experimentName } from "../../api/experiment/labels.ts";
import type { Experiment, FolderMount } from "../../api/experiment/types.ts";
import { apiVersionOf } from "../../api/meta/object.ts";
import { parseTimeout } from "../../manifest/index.ts";
import { attend } from "../attend.ts";
import { checkDockerfile, formatCheck, sourceOfManifest } from "../check-dockerfile.ts";
import { checkPullable } from "../cluster-image.ts";
import { collect } from "../collect.ts";
import { checkImage, preflight } from "../preflight.ts";
import { findExperiment, nameOf, requireNamespace } from "../experiments.ts";
import { createExperiment } from "../secrets/create-experiment.ts";
import { type SecretFlags, takeSecrets } from "../secrets/read-secrets.ts";
import { findManifest, isFolder } from "../find-manifest.ts";
import { parseLabels } from "../labels.ts";
import { type Io, paint, writeJson } from "../io.ts";
import { jsonOption } from "../output/json-option.ts";
import { checkMounts, parseMounts } from "../mounts.ts";
import { headline } from "../output/experiment-table.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../target.ts";
import { UserError } from "../user-error.ts";
import { vcsInfo } from "../vcs.ts";
import { loadManifest } from "./validate.ts";

interface RunFlags extends TargetFlags, SecretFlags {
  readonly message?: string;
  readonly source?: string;
  readonly image?: string;
  readonly env?: readonly string[];
  readonly mount?: readonly string[];
  readonly resume?: string;
  readonly label?: readonly string[];
  readonly startDeadline?: string;
  readonly detach?: boolean;
  readonly output?: string;
}

function parseDeadline(text: string): number {
  const seconds = parseTimeout(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new UserError("BAD_DURATION", `--start-deadline ${text}: expected a duration such as 90s or "1h 30m"`, {
    exitStatus: 2,
  });
}

function parseEnv(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at <= 0) throw new UserError("BAD_ENV", `--env ${pair}: expected NAME=VALUE`, { exitStatus: 2 });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The folder whose files the experiment runs: --source, else that of the manifest (above `aichor_manifests/`). */
function sourceOf(io: Io, file: string, flags: RunFlags): string {
  if (flags.source) {
    const source = resolve(io.cwd, flags.source);
    if (isFolder(source)) return source;
    throw new UserError("FILE_NOT_FOUND", `--source ${flags.source}: there is no such folder`, {
      remedy: "name the folder with the program, or leave --source out for the manifest's own",
    });
  }
  return sourceOfManifest(io.cwd, file);
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

async function makeExperiment({ source, manifest, mounts, flags }: Submission, target: Target): Promise<Experiment> {
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

async function run(io: Io, given: string | undefined, flags: RunFlags): Promise<number> {
  const file = findManifest(io.cwd, given);
  const { text: manifest, manifest: parsed } = loadManifest(io, file);
  const source = sourceOf(io, file, flags);
  const mounts = parseMounts(flags.mount ?? [], io.cwd);
  const secrets = takeSecrets(io, flags, parseEnv(flags.env ?? []));
  const isBuilt = flags.context === undefined && flags.kubeconfig === undefined && !flags.image;
  const dockerfile = isBuilt ? formatCheck(io, await checkDockerfile(io, source, parsed)) : undefined;
  if (dockerfile) io.stderr.write(`${dockerfile}\n`);
  return withConnection(io, { ...flags, start: true }, async (target) => {
    await requireNamespace(target);
    const experiment = await makeExperiment({ source, manifest, mounts, flags }, target);
    if (target.local) await Promise.all([preflight(target, manifest), checkMounts(target, manifest, mounts)]);
    else checkPullable(manifest, flags.image);
    if (target.local && flags.image) checkImage(manifest, flags.image, io.env["PATH"] ?? "");
    const created = await createExperiment(target, experiment, secrets);
    const json = flags.output === "json";
    if (flags.detach) {
      if (json) writeJson(io, created);
      else io.stdout.write(`${nameOf(created)}\n`);
      return 0;
    }
    if (!json) {
      io.stdout.write(`${[paint(io, "bold", nameOf(created)), headline(created)].filter(Boolean).join(" ")}\n`);
      return attend(io, { target, name: nameOf(created), as: "owner" });
    }
    const quiet: Io = { ...io, stdout: io.stderr, isTTY: false };
    const status = await attend(quiet, { target, name: nameOf(created), as: "owner" });
    writeJson(io, await findExperiment(target, nameOf(created)));
    return status;
  });
}

export function registerRun(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("run"))
    .argument("[manifest]", "manifest file, or a folder with a manifest.yaml (default: the one here)")
    .description("run an experiment and watch it to the end")
    .option("-m, --message <text>", "what the run is about (default: the last commit's subject)")
    .option("--source <folder>", "folder whose files the experiment runs (default: the manifest's)")
    .option("--image <reference>", "run this image instead of making one from the source")
    .option("-e, --env <NAME=VALUE...>", "variables for every container")
    .option("--resume <name>", "continue from the checkpoints of this earlier experiment")
    .option("-l, --label <key=value>", "label of the experiment, to find it by (repeatable)", collect)
    .option("--secret <name>", "a variable of this environment, handed on as a Secret (repeatable)", collect)
    .option("--secret-file <file>", "NAME=VALUE lines, handed on as a Secret (repeatable)", collect)
    .option("--mount <folder>", "FOLDER:PATH[:rw]: let the pods read this folder of the machine (repeatable)", collect)
    .option("--start-deadline <duration>", "how long ranks wait for each other (default: 15m)")
    .option("-d, --detach", "submit, print the name and return")
    .addOption(jsonOption("print the finished experiment as JSON on stdout"))
    .action(async (manifest: string | undefined, flags: RunFlags) => exit(await run(io, manifest, flags)));
}
