/** COPY and ADD: files of the context, of other stages and of other images. Pure. */
import { posix } from "node:path";
import type { InstallStep } from "../environments/request.ts";
import { programOf } from "./base-image.ts";
import { type Context, expandAll, note } from "./context.ts";
import { contextTree, copyFiles, type Tree } from "./files.ts";
import type { Instruction } from "./instructions.ts";
import type { Stage } from "./stage.ts";
import { expandWord } from "./substitute.ts";

const isRemote = (source: string) => /^(https?|ftp|git|ssh):\/\/|^git@/.test(source);

/** Folders whose packages are those of the one environment that there is here. */
const isPackageFolder = (path: string) =>
  /(^|\/)(\.?venv|env|site-packages|dist-packages|\.local|wheels|install)(\/|$)/.test(path) ||
  /^\/(usr\/local|opt\/(conda|venv)|root\/\.local)(\/|$)/.test(path);

/** Whether what is copied has packages in it, or lies in them. */
function takesPackages(sources: readonly string[], { environments }: Stage): boolean {
  const isRelated = (a: string, b: string) => a === b || a.startsWith(`${b}/`) || b.startsWith(a === "/" ? a : `${a}/`);
  return sources
    .map((source) => posix.resolve("/", source))
    .some((path) => isPackageFolder(path) || [...environments].some((folder) => isRelated(path, folder)));
}

function copyFromStage(stage: Stage, from: Stage, sources: readonly string[]): boolean {
  if (!takesPackages(sources, from)) return false;
  const isNew = (step: InstallStep) => !stage.installs.some((one) => JSON.stringify(one) === JSON.stringify(step));
  stage.installs.push(...from.installs.filter(isNew));
  for (const wanted of from.python)
    if (!stage.python.some(({ version }) => version === wanted.version)) stage.python.push(wanted);
  stage.isWhole &&= from.isWhole;
  return true;
}

const flagOf = ({ flags }: Instruction, name: string) => flags.find((flag) => flag.name === name)?.value;
/** Where COPY reads from; undefined where nothing is to be had from there. */
function originOf(context: Context, from: string | undefined, sources: readonly string[]): Tree | undefined {
  const { stage, build } = context;
  if (from === undefined) return contextTree(build.options.files);
  const other = build.stage(from);
  if (other) {
    const hasPackages = copyFromStage(stage, other, sources);
    const isElsewhere =
      !hasPackages &&
      sources.every(
        (source) => copyFiles(other.tree, new Map(), { sources: [source], target: "/" }).missing.length > 0,
      );
    if (isElsewhere) note(context, "created by a command that is not run here");
    return other.tree;
  }
  const program = programOf(from);
  if (program) stage.installs.push({ tool: "pip", arguments: [program], folder: "." });
  else note(context, "files of other images are not available here");
  return undefined;
}

/** Names that no copy of a source has: Docker would have them, so their absence is no error. */
const neverCopied = /(^|\/)(\.git|\.venv|venv|node_modules|__pycache__|\.windlass)(\/|$)/;

export function copy(context: Context): void {
  const { stage, build, instruction, syntax } = context;
  const words = expandAll(context);
  if (instruction.documents.length > 0) return note(context, "files written inline are not created");
  const remote = words.slice(0, -1).filter(isRemote);
  if (remote.length > 0) note(context, "nothing is downloaded");
  const sources = words.slice(0, -1).filter((source) => !isRemote(source));
  const last = words.at(-1) ?? "";
  if (sources.length === 0) return;
  const flag = flagOf(instruction, "from");
  const from = flag === undefined ? undefined : expandWord(flag, syntax);
  const tree = originOf(context, from, sources);
  if (!tree) return;
  const target = posix.resolve(stage.workdir, last) + (/(^|\/)\.?$/.test(last) ? "/" : "");
  const excludes = instruction.flags.filter(({ name }) => name === "exclude").map(({ value }) => value);
  const keepsParents = instruction.flags.some(({ name, value }) => name === "parents" && value !== "false");
  const known = new Map([...stage.tree, [posix.join(stage.workdir, ".keep"), ""] as const]);
  const { placed, missing } = copyFiles(tree, known, { sources, target, excludes, keepsParents });
  for (const [path, file] of placed) stage.tree.set(path, file);
  for (const source of from === undefined ? missing : []) {
    if (neverCopied.test(source)) note(context, `${source} is never copied`);
    else if (!/[*?[]/.test(source))
      build.problem({
        line: instruction.line,
        message: `${instruction.keyword} ${source}: no such file or folder in the build context, or it is ignored`,
      });
  }
}
