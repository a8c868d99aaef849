/** `windlass rerun NAME`: the same experiment once more, with fields of its manifest and arguments changed. */
import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { Experiment } from "../../api/experiment/types.ts";
import { createImageStore } from "../../local/images/image-store.ts";
import {
  appendArguments,
  type Assignment,
  EditError,
  parseAssignment,
  parseManifest,
  setFields,
} from "../../manifest/index.ts";
import { steerErrors } from "../errors/steer.ts";
import { findExperiment, nameOf, requireNamespace } from "../experiments/find.ts";
import { isFolder } from "../submit/find-manifest.ts";
import type { Io } from "../program/io.ts";
import { operandsOf } from "../program/operands.ts";
import { collect } from "../program/collect.ts";
import { secretsOf } from "../secrets/create-experiment.ts";
import { type SecretFlags, takeSecrets } from "../secrets/read-secrets.ts";
import { jsonOption } from "../display/json-option.ts";
import { formatProblems, summarize } from "../display/problems.ts";
import { type Repetition, repeatExperiment, type Source } from "../submit/repeat-experiment.ts";
import { type StartFlags, startExperiment } from "../submit/start-experiment.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { vcsInfo } from "../submit/vcs.ts";
import { givenSource, parseEnv } from "./run.ts";

interface RerunFlags extends TargetFlags, StartFlags, SecretFlags {
  readonly set?: readonly string[];
  readonly source?: string;
  readonly fresh?: boolean;
  readonly image?: string;
  readonly message?: string;
  readonly env?: readonly string[];
}

/** Throws UserError for what is no assignment, or cannot be made in this text. */
export function applySets(manifest: string, texts: readonly string[]): string {
  return texts.reduce((text, given) => {
    const assignment = parseAssignment(given);
    if ("problem" in assignment) throw steerErrors.BAD_SET(given, assignment.problem);
    try {
      return setFields(text, [assignment]);
    } catch (error) {
      if (error instanceof EditError) throw steerErrors.BAD_SET(given, error.message).because(error);
      throw error;
    }
  }, manifest);
}

/** The manifest with the changes, judged as any other. */
function changedManifest(io: Io, earlier: Experiment, sets: readonly string[], extra: readonly string[]): string {
  const text = appendArguments(applySets(earlier.spec.manifest, sets), extra);
  const { manifest, problems } = parseManifest(text, { file: `manifest of ${nameOf(earlier)}` });
  if (manifest) return text;
  io.stderr.write(`${formatProblems(io, problems)}\n`);
  throw steerErrors.SET_INVALID(nameOf(earlier), summarize(problems));
}

const changesBuild = (text: string): boolean => {
  const { path: [first] = [] } = parseAssignment(text) as Partial<Assignment>;
  return first !== undefined && "key" in first && first.key === "builder";
};

async function folderSource(directory: string): Promise<Source> {
  return { from: "folder", directory, vcs: await vcsInfo(directory) };
}

/** The snapshot of the earlier run where there is one; a run whose image was never made is built from its folder. */
async function earlierSource(io: Io, target: Target, earlier: Experiment, flags: RerunFlags): Promise<Source> {
  const { spec, status } = earlier;
  if (!target.local || !spec.sourceDirectory) return { from: "image", image: spec.image };
  if (status?.image && !flags.fresh) {
    const buildFlag = flags.set?.find(changesBuild);
    if (buildFlag !== undefined) throw steerErrors.SET_NEEDS_BUILD(buildFlag);
    const images = createImageStore({ cacheDir: target.local.cache, env: io.env });
    if ((await images.pathsOf(status.image)).length === 0) throw steerErrors.SNAPSHOT_GONE(nameOf(earlier));
    return { from: "snapshot", image: status.image };
  }
  if (!isFolder(spec.sourceDirectory)) throw steerErrors.SOURCE_GONE(nameOf(earlier), spec.sourceDirectory);
  return folderSource(spec.sourceDirectory);
}

async function sourceFor(io: Io, target: Target, earlier: Experiment, flags: RerunFlags): Promise<Source> {
  if (flags.image) return { from: "image", image: flags.image };
  if (flags.source && target.local) return folderSource(givenSource(io, flags.source));
  return earlierSource(io, target, earlier, flags);
}

interface RerunRequest {
  readonly name: string;
  readonly extra: readonly string[];
  readonly flags: RerunFlags;
}

async function rerun(io: Io, { name, extra, flags }: RerunRequest): Promise<number> {
  return withConnection(io, { ...flags, start: true }, async (target) => {
    await requireNamespace(target);
    const earlier = await findExperiment(target, name);
    const env = parseEnv(flags.env ?? []);
    const given = takeSecrets(io, flags, env);
    const { secrets, envFrom } = await secretsOf(target, earlier);
    const repetition: Repetition = {
      id: randomUUID(),
      manifest: changedManifest(io, earlier, flags.set ?? [], extra),
      source: await sourceFor(io, target, earlier, flags),
      message: flags.message,
      envFrom,
      env,
    };
    const experiment = repeatExperiment(earlier, repetition);
    return startExperiment(io, target, { experiment, secrets: { ...secrets, ...given } }, flags);
  });
}

export function registerRerun(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("rerun"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .usage("[options] <name> [-- arguments for the command]")
    .allowExcessArguments()
    .description("rerun an experiment from the same source snapshot, optionally with changes")
    .option(
      "--set <PATH=VALUE>",
      "change a field of the manifest: types.Workers[0].count=4, spec.timeout=2h (repeatable)",
      collect,
    )
    .option("--fresh", "use the source folder as it is now, and rebuild")
    .option("--source <folder>", "use this source folder as it is now, and rebuild")
    .option("--image <reference>", "run this image instead of building one")
    .option("-m, --message <text>", "description of the run (default: that of the earlier run)")
    .option("-e, --env <NAME=VALUE>", "additional environment variable for every container (repeatable)", collect)
    .option("--secret <name>", "pass this environment variable, too, as a Secret (repeatable)", collect)
    .option("--secret-file <file>", "pass the NAME=VALUE lines of this file as a Secret (repeatable)", collect)
    .option("-d, --detach", "submit the experiment, print its name and return")
    .addOption(jsonOption("print the finished experiment as JSON on stdout"))
    .action(async (name: string, flags: RerunFlags, command: Command) => {
      const { behind } = operandsOf(command, 1);
      exit(await rerun(io, { name, extra: behind, flags }));
    });
}
