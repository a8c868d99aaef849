/** `windlass run [manifest]`: validate, submit, watch to the end; the exit status is the experiment's. */
import { randomUUID } from "node:crypto";
import { existsSync, globSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentIdLabel, experimentName } from "../../api/experiment/labels.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { apiVersionOf } from "../../api/meta/object.ts";
import { parseManifest, parseTimeout } from "../../manifest/index.ts";
import { checkPullable } from "../cluster-image.ts";
import { checkImage, preflight } from "../preflight.ts";
import { findExperiment, nameOf, requireNamespace } from "../experiments.ts";
import { onInterrupt } from "../interrupt.ts";
import { type Io, paint, writeJson } from "../io.ts";
import { jsonOption } from "../output/json-option.ts";
import { formatProblems } from "../output/problems.ts";
import { withoutLog } from "../ray-message.ts";
import { RunView } from "../run-view.ts";
import { readUserFile, type Target, type TargetFlags, withConnection, withTarget } from "../target.ts";
import { UserError } from "../user-error.ts";
import { vcsInfo } from "../vcs.ts";
import { watchExperiment } from "../watch-experiment.ts";

interface RunFlags extends TargetFlags {
  readonly message?: string;
  readonly source?: string;
  readonly image?: string;
  readonly env?: readonly string[];
  readonly startDeadline?: string;
  readonly detach?: boolean;
  readonly output?: string;
}

export const exitStatuses = { Succeeded: 0, Failed: 1, Timeout: 124, Cancelled: 130 } as const;

/** The manifest to run: the one named, `manifest.yaml`, or the only one in `aichor_manifests/`. */
export function findManifest(cwd: string, given: string | undefined): string {
  if (given !== undefined) {
    const path = resolve(cwd, given);
    const inFolder = existsSync(path) && statSync(path).isDirectory() ? join(path, "manifest.yaml") : undefined;
    return inFolder && existsSync(inFolder) ? inFolder : path;
  }
  const found = ["manifest.yaml", "manifest.yml"].map((name) => join(cwd, name)).filter((path) => existsSync(path));
  if (found[0]) return found[0];
  const others = globSync("aichor_manifests/*.{yaml,yml}", { cwd });
  if (others.length === 1 && others[0]) return join(cwd, others[0]);
  throw new UserError("NO_MANIFEST", `there is no manifest.yaml in ${cwd}`, {
    remedy: others.length > 1 ? `name one: ${others.join(", ")}` : "name one: windlass run PATH",
    exitStatus: 2,
  });
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

/** Reads and validates; warnings go to stderr, errors end the command. */
function loadManifest(io: Io, file: string): string {
  const text = readUserFile(file);
  const shown = isAbsolute(file) ? relative(io.cwd, file) || file : file;
  const { problems } = parseManifest(text, { file: shown });
  if (problems.length > 0) io.stderr.write(`${formatProblems(io, problems)}\n`);
  const errors = problems.filter((problem) => problem.severity === "error").length;
  if (errors > 0) {
    throw new UserError(
      "MANIFEST_INVALID",
      `${shown}: ${errors} ${errors === 1 ? "error" : "errors"}; nothing was started`,
    );
  }
  return text;
}

/** The folder whose files the experiment runs: --source, else that of the manifest (above `aichor_manifests/`). */
function sourceOf(io: Io, file: string, flags: RunFlags): string {
  if (flags.source) return resolve(io.cwd, flags.source);
  const folder = dirname(resolve(io.cwd, file));
  return folder.endsWith("/aichor_manifests") ? dirname(folder) : folder;
}

interface Submission {
  readonly file: string;
  readonly manifest: string;
  readonly flags: RunFlags;
}

async function makeExperiment(io: Io, { file, manifest, flags }: Submission, target: Target): Promise<Experiment> {
  const source = sourceOf(io, file, flags);
  const vcs = await vcsInfo(source);
  const id = randomUUID();
  const message = flags.message ?? vcs?.commitMessage?.split("\n", 1)[0];
  return {
    apiVersion: apiVersionOf(ExperimentKind),
    kind: ExperimentKind.kind,
    metadata: { name: experimentName(id), namespace: target.namespace, labels: { [experimentIdLabel]: id } },
    spec: {
      manifest,
      id,
      ...(message && { message }),
      ...(target.local && !flags.image && { sourceDirectory: source }),
      ...(flags.image && { image: flags.image }),
      ...(vcs && { vcs }),
      ...(flags.startDeadline && { startDeadlineSeconds: parseDeadline(flags.startDeadline) }),
      ...(flags.env?.length && { env: parseEnv(flags.env) }),
    },
  };
}

/** Of an experiment that has ended. */
export function exitStatusOf({ status }: Experiment): number {
  if (status?.state === "Succeeded") return exitStatuses.Succeeded;
  if (status?.state === "Cancelled") return exitStatuses.Cancelled;
  return status?.reason === "Timeout" ? exitStatuses.Timeout : exitStatuses.Failed;
}

/** What the user sees at the end, and the exit status. */
export function conclude(io: Io, view: RunView, experiment: Experiment): number {
  const { state = "Failed", reason = "", message = "", startTime, endTime } = experiment.status ?? {};
  const seconds =
    startTime && endTime ? ` after ${Math.round((Date.parse(endTime) - Date.parse(startTime)) / 1000)} s` : "";
  if (state === "Succeeded") {
    view.line(`${paint(io, "green", "✓ Succeeded")}${seconds}`);
    return exitStatusOf(experiment);
  }
  const style = state === "Cancelled" ? "yellow" : "red";
  view.line(`${paint(io, style, `✗ ${state}`)}${seconds}: ${reason}${message ? `: ${withoutLog(message)}` : ""}`);
  if (state === "Cancelled") return exitStatusOf(experiment);
  view.line(`  windlass why ${nameOf(experiment)} · windlass logs ${nameOf(experiment)}`);
  return exitStatusOf(experiment);
}

export async function requestCancel(target: Target, name: string): Promise<void> {
  const ref = { kind: ExperimentKind, namespace: target.namespace, name };
  await target.client.patch(ref, { spec: { cancelled: true } }, { type: "merge" });
}

/** Watches to the end or until the user lets go; resolves with the exit status. */
export async function attend(io: Io, target: Target, name: string): Promise<number> {
  const view = new RunView(io);
  const stop = new AbortController();
  let left: number | undefined;
  const remove = onInterrupt(io, view, {
    cancel: () =>
      void requestCancel(target, name).catch((error: Error) => view.line(`cannot cancel: ${error.message}`)),
    detach: () => {
      left = 0;
      stop.abort();
    },
    leave: () => {
      left = exitStatuses.Cancelled;
      stop.abort();
    },
  });
  try {
    const experiment = await watchExperiment({ target, name, view, signal: stop.signal });
    if (experiment) return conclude(io, view, experiment);
    view.line(`${name} goes on; \`windlass logs -f ${name}\` shows it again, \`windlass cancel ${name}\` ends it`);
    return left ?? 0;
  } finally {
    remove();
    view.close();
  }
}

async function run(io: Io, given: string | undefined, flags: RunFlags): Promise<number> {
  const file = findManifest(io.cwd, given);
  const manifest = loadManifest(io, file);
  return withConnection(io, { ...flags, start: true }, async (target) => {
    await requireNamespace(target);
    const experiment = await makeExperiment(io, { file, manifest, flags }, target);
    if (target.local) await preflight(target, manifest);
    else checkPullable(manifest, flags.image);
    if (target.local && flags.image) checkImage(manifest, flags.image, io.env["PATH"] ?? "");
    const created = await target.client.create(ExperimentKind, experiment);
    const json = flags.output === "json";
    if (flags.detach) {
      if (json) writeJson(io, created);
      else io.stdout.write(`${nameOf(created)}\n`);
      return 0;
    }
    if (!json) {
      io.stdout.write(
        `${paint(io, "bold", nameOf(created))}${created.spec.message ? ` ${created.spec.message}` : ""}\n`,
      );
      return attend(io, target, nameOf(created));
    }
    const quiet: Io = { ...io, stdout: io.stderr, isTTY: false };
    const status = await attend(quiet, target, nameOf(created));
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
    .option("--start-deadline <duration>", "how long ranks wait for each other (default: 15m)")
    .option("-d, --detach", "submit, print the name and return")
    .addOption(jsonOption("print the finished experiment as JSON on stdout"))
    .action(async (manifest: string | undefined, flags: RunFlags) => exit(await run(io, manifest, flags)));
}
