/** `windlass init [folder]`: a first manifest for what is there, or a small example where nothing is. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { machineCapacity } from "../../local/kubelet/capacity.ts";
import { makeFolder } from "../../runtime/make-folder.ts";
import { parseQuantity } from "../../machinery/quantity.ts";
import { editorSchema, type Operator, operators } from "../../manifest/index.ts";
import { asCalled } from "../program/called-as.ts";
import { initErrors } from "../errors/init.ts";
import { ask } from "../init/ask.ts";
import { choose, type InitFlags, type Machine } from "../init/choose.ts";
import { inspectFolder } from "../init/inspect.ts";
import { exampleFiles, manifestText } from "../init/texts.ts";
import { type Io, paint, writeLine } from "../program/io.ts";
import { isFolder } from "../submit/find-manifest.ts";
import { translateDockerfileErrors } from "../submit/check-dockerfile.ts";

interface Flags extends InitFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
}

async function machineOf(folder: string): Promise<Machine> {
  const { cpu, memory, gpus } = await machineCapacity(folder);
  const amount = (text: string) => Number(parseQuantity(text).nano / 1_000_000n) / 1000;
  return { cpus: amount(cpu), memory: amount(memory) / 1e9, gpus };
}

/** `manifest.yaml`, or where the folder keeps several. */
function manifestFile(folder: string, name: string): string {
  const several = join(folder, "aichor_manifests");
  return isFolder(several) ? join(several, `${name}.yaml`) : join(folder, "manifest.yaml");
}

/** Makes the folder and does the work in it. Throws UserError where that cannot be. */
function intoFolder(folder: string, work: () => void): void {
  try {
    makeFolder(folder, 0o777);
    work();
  } catch (cause) {
    throw initErrors.FOLDER_UNWRITABLE(folder, (cause as Error).message).because(cause);
  }
}

/** Beside the manifests, so that the hint in them is true wherever the project is cloned. */
const schemaFile = (folder: string) => join(folder, ".windlass", "manifest.schema.json");

function write(file: string, text: string): void {
  intoFolder(dirname(file), () => writeFileSync(file, text));
}

async function init(io: Io, given: string | undefined, flags: Flags): Promise<void> {
  const folder = resolve(io.cwd, given ?? ".");
  intoFolder(folder, () => {});
  const facts = await translateDockerfileErrors(() => inspectFolder(folder));
  const machine = await machineOf(folder);
  const found = choose(facts, flags, machine);
  const file = manifestFile(folder, found.name);
  const shown = (path: string) => relative(io.cwd, path) || path;
  if (existsSync(file) && !flags.force) throw initErrors.MANIFEST_EXISTS(shown(file));
  const isAsking = io.isTTY && process.stdin.isTTY && !flags.yes;
  const choice = isAsking ? choose(facts, await ask(found, flags), machine) : found;
  const { command } = choice;
  if (command === undefined) throw initErrors.NO_PROGRAM_FOUND(folder);
  const examples = facts.isEmpty ? exampleFiles(choice) : {};
  const needsRay = choice.operator === "kuberay" && !facts.hasRequirements && !facts.hasDockerfile;
  const more = needsRay ? { "requirements.txt": `ray[default]==${choice.rayVersion}\n` } : {};
  const files = Object.entries({ ...more, ...examples }).filter(([name]) => !existsSync(join(folder, name)));
  const schema = schemaFile(folder);
  const manifest = manifestText(choice, command, relative(dirname(file), schema));
  const own = [
    [schema, `${JSON.stringify(editorSchema(), null, 2)}\n`],
    [file, manifest],
  ] as const;
  for (const [path, text] of [...files.map(([name, text]) => [join(folder, name), text] as const), ...own]) {
    write(path, text);
    writeLine(io, `${paint(io, "green", "✓")} ${shown(path)}`);
  }
  for (const reason of choice.reasons) writeLine(io, `  ${reason}`);
  writeLine(io, asCalled(io, `\`windlass run${given ? ` ${given}` : ""}\` runs it`));
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("Expected a number above 0.");
}

function whole(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a number from 1 to 9999.");
}

export function registerInit(program: Command, io: Io): void {
  program
    .command("init")
    .argument("[folder]", "folder of the program (default: this one)")
    .description("write a manifest for the program in a folder, or a small example into an empty folder")
    .addOption(
      new Option("--operator <name>", "operator that runs it (default: chosen by the code's imports)").choices(
        operators,
      ),
    )
    .option("--command <text>", "command to run (default: main.py, train.py or a package's __main__)")
    .option("--workers <number>", "number of workers", whole)
    .option("--cpus <number>", "CPUs of each pod", positive)
    .option("--memory <gb>", "memory of each pod, in GB", positive)
    .option("-y, --yes", "do not ask questions")
    .option("--force", "overwrite an existing manifest")
    .action((folder: string | undefined, flags: Flags & { readonly operator?: Operator }) => init(io, folder, flags));
}
