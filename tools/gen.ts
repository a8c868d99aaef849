/**
 * `npm run gen`: writes what is generated from the code (definitions, the manifest's schema, reference pages). `--check` writes nothing
 * and exits 1, naming every file that is stale or missing.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { definitions } from "../src/api/definitions.ts";
import { generate as cliFiles } from "./gen-cli.ts";
import { generate as controllerFiles } from "./gen-controllers.ts";
import { generate as errorFiles } from "./gen-errors.ts";
import { generate as kindFiles } from "./gen-kinds.ts";
import { generate as manifestFiles } from "./gen-manifest.ts";
import { generate as rbacFiles } from "./gen-rbac.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** What `kubectl apply` can carry in its annotation. */
const maxDefinitionBytes = 262_144;

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

type Files = Readonly<Record<string, string>>;

function definitionFiles(): Files {
  const files: Record<string, string> = {};
  for (const crd of definitions()) {
    const { name } = crd.metadata;
    const bytes = JSON.stringify(crd).length;
    if (bytes >= maxDefinitionBytes)
      throw new Error(`${name} has ${bytes} bytes; kubectl apply takes less than ${maxDefinitionBytes}`);
    files[`config/crd/${name}.json`] = json(crd);
  }
  return files;
}

/** What is generated, one line each: path below the project's root → content. */
const generators: readonly (() => Promise<Files>)[] = [
  async () => definitionFiles(),
  async () => manifestFiles(),
  async () => kindFiles(),
  async () => errorFiles(),
  async () => controllerFiles(),
  async () => rbacFiles(),
  cliFiles,
];

export async function generate(): Promise<Files> {
  return Object.assign({}, ...(await Promise.all(generators.map((generator) => generator())))) as Files;
}

async function main(check: boolean): Promise<void> {
  const stale: string[] = [];
  for (const [path, content] of Object.entries(await generate())) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  if (check && stale.length > 0) {
    console.log(`stale, run \`npm run gen\`:\n  ${stale.join("\n  ")}`);
    process.exitCode = 1;
  } else if (!check) console.log(stale.length > 0 ? `wrote ${stale.join(", ")}` : "everything is up to date");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes("--check"));
