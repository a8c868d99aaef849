/** `windlass validate [paths…]`: everything that is wrong with manifests, before anything is started. */
import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import { type Manifest, parseManifest, type Problem } from "../../manifest/index.ts";
import { asCalled } from "../program/called-as.ts";
import { checkDockerfile, type DockerfileCheck, formatCheck, sourceOfManifest } from "../submit/check-dockerfile.ts";
import { manifestErrors } from "../errors/manifests.ts";
import { isFolder, manifestsIn } from "../submit/find-manifest.ts";
import { type Io, paint, writeJson, writeLine } from "../program/io.ts";
import { formatProblems, summarize } from "../display/problems.ts";
import { readUserFile } from "../connect/target.ts";
import { UserError } from "../errors/user-error.ts";

/** Far beyond any manifest: such a file is not even read. */
const hugeBytes = 16 << 20;

/** How a file is called in messages: below where the user stands, or in full. */
export function shownName(io: Io, file: string): string {
  const below = relative(io.cwd, file);
  return below === "" || below.startsWith("..") ? file : below;
}

/** Text of a manifest file; UserError for what is no readable file of a sane size. */
export function readManifest(io: Io, path: string): string {
  const file = resolve(io.cwd, path);
  if (isFolder(file)) throw manifestErrors.NO_MANIFEST(shownName(io, file), []);
  if (file.endsWith(".py")) throw manifestErrors.PROGRAM_AS_MANIFEST(shownName(io, file));
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > hugeBytes) throw manifestErrors.MANIFEST_TOO_LARGE(shownName(io, file), size >> 20);
  return readUserFile(file);
}

interface Loaded {
  readonly text: string;
  readonly manifest: Manifest;
}

/** A valid manifest and its text, warnings told on stderr; errors end the command. */
export function loadManifest(io: Io, path: string): Loaded {
  const file = shownName(io, resolve(io.cwd, path));
  const text = readManifest(io, path);
  const { manifest, problems } = parseManifest(text, { file });
  if (problems.length > 0) io.stderr.write(`${formatProblems(io, problems)}\n`);
  if (manifest) return { text, manifest };
  throw manifestErrors.MANIFEST_INVALID(file, summarize(problems));
}

interface Verdict {
  readonly file: string;
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  readonly dockerfile?: DockerfileCheck;
  /** Why the file, or its Dockerfile, could not be read at all. */
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
}

async function judge(io: Io, path: string): Promise<Verdict> {
  const file = shownName(io, resolve(io.cwd, path));
  let problems: readonly Problem[] = [];
  try {
    const parsed = parseManifest(readManifest(io, path), { file });
    problems = parsed.problems;
    if (!parsed.manifest) return { file, valid: false, problems };
    const dockerfile = await checkDockerfile(io, sourceOfManifest(io.cwd, path), parsed.manifest);
    return { file, valid: true, problems, ...(dockerfile && { dockerfile }) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message, remedy } = error;
    return { file, valid: false, problems, error: { code, message, remedy } };
  }
}

function formatVerdict(io: Io, { file, valid, problems, dockerfile, error }: Verdict): string {
  if (error) {
    const told = `${paint(io, "red", "error:")} ${error.message} [${error.code}]`;
    return error.remedy ? asCalled(io, `${told}\n  ${error.remedy}`) : told;
  }
  const summary = summarize(problems);
  const mark = valid ? paint(io, "green", "✓") : paint(io, "red", "✗");
  const end = `${mark} ${file}: ${valid ? "valid" : "not valid"}${summary ? `, ${summary}` : ""}`;
  return [formatProblems(io, problems), end, formatCheck(io, dockerfile)].filter(Boolean).join("\n");
}

/** A folder stands for all manifests in it; one without any is judged itself, and refused. */
function expand(io: Io, path: string): readonly string[] {
  const file = resolve(io.cwd, path);
  const found = isFolder(file) ? manifestsIn(file) : [file];
  return found.length > 0 ? found : [file];
}

async function validate(io: Io, paths: readonly string[], flags: { readonly output?: string }): Promise<number> {
  if (paths.length === 0 && manifestsIn(io.cwd).length === 0) throw manifestErrors.NO_MANIFEST(io.cwd, []);
  const files = (paths.length > 0 ? paths : ["."]).flatMap((path) => expand(io, path));
  const verdicts = await Promise.all(files.map((path) => judge(io, path)));
  const valid = verdicts.every((verdict) => verdict.valid);
  if (flags.output === "json") writeJson(io, { valid, files: verdicts });
  else for (const verdict of verdicts) writeLine(io, formatVerdict(io, verdict));
  return valid ? 0 : 1;
}

export function registerValidate(program: Command, io: Io, exit: (status: number) => void): void {
  program
    .command("validate")
    .argument("[paths...]", "manifest files or folders (default: manifest.yaml and aichor_manifests/ in this folder)")
    .description("check manifests without starting anything")
    .addOption(new Option("-o, --output <format>", "output format").choices(["text", "json"]))
    .action(async (paths: string[], flags: { readonly output?: string }) => exit(await validate(io, paths, flags)));
}
