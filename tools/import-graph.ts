/**
 * Holds the layer table of ARCHITECTURE.md: who may import whom, file by file, and that the pure files of a
 * controller stay pure. `node tools/import-graph.ts` prints every violation, and every circle of imports, and exits 1; the test calls `violations`.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { circles } from "./import-circles.ts";
import { importsOf } from "./imports.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Path prefixes below `src/` that each layer may import, its own folder apart. */
const floor = ["meta", "machinery", "api"] as const;
const allowed: Readonly<Record<string, readonly string[]>> = {
  meta: [],
  machinery: ["meta"],
  api: ["meta", "machinery"],
  manifest: floor,
  kube: ["meta", "machinery"],
  runtime: ["kube", "meta", "machinery", "api/core"],
  ray: ["kube", ...floor],
  controllers: ["runtime", "manifest", "ray", ...floor],
  local: ["kube", "runtime", ...floor],
  testing: ["manifest", "kube", "runtime", "controllers", "ray", "local", ...floor],
  cli: ["manifest", "kube", "runtime", "controllers", "ray", "local", "testing", ...floor],
};
/** Packages that a layer may import; layers not named may import any. */
const packages: Readonly<Record<string, readonly string[]>> = {
  meta: [],
  api: [],
  machinery: ["@marcbachmann/cel-js", "rfc6902", "safe-stable-stringify"],
  manifest: ["yaml"],
};
/** Within a controller folder these may do I/O by interface; every other file is pure. */
const impure = new Set(["controller.ts", "observe.ts"]);
const pureRuntime = [
  "action.ts",
  "event-kind.ts",
  "event-record.ts",
  "metric.ts",
  "noun.ts",
  "plan.ts",
  "policy-rule.ts",
  "spec.ts",
  "steps.ts",
].map((file) => `runtime/${file}`);
const pureLayers = [...floor, ...pureRuntime, "manifest"];

/** What `npm ci --omit=dev` installs for the sources, and the bundle holds. */
const { dependencies } = JSON.parse(readFileSync(join(root, "src/package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

function checkLocal(file: string, target: string): string | undefined {
  const [layer = "", second = ""] = file.split(sep);
  const to = target.split(sep).join("/");
  if (to === "../package.json") return undefined;
  if (to.startsWith("..")) return `${file} imports ${to}, outside src/`;
  if (layer === "controllers") return checkController(file, second, to);
  if (to.startsWith(`${layer}/`)) return undefined;
  if ((allowed[layer] ?? []).some((prefix) => to === prefix || to.startsWith(`${prefix}/`))) return undefined;
  return `${file} imports ${to}: layer ${layer} may import ${["itself", ...(allowed[layer] ?? [])].join(", ")}`;
}

function checkController(file: string, folder: string, to: string): string | undefined {
  const name = file.split(sep).at(-1) ?? "";
  if (to.startsWith("manifest/") && folder !== "experiment" && folder !== "sweep")
    return `${file} imports ${to}: only controllers/experiment and controllers/sweep may`;
  if (to.startsWith("controllers/")) return undefined;
  const list = impure.has(name) || name === "index.ts" ? (allowed["controllers"] ?? []) : pureLayers;
  return list.some((prefix) => to === prefix || to.startsWith(`${prefix}/`))
    ? undefined
    : `${file} imports ${to}: not allowed in a ${impure.has(name) ? "controller" : "pure"} file`;
}

function checkPackage(file: string, name: string): string | undefined {
  const layer = file.split(sep)[0] ?? "";
  const pureController = layer === "controllers" && !impure.has(file.split(sep).at(-1) ?? "");
  if (name.startsWith("node:")) {
    return packages[layer] || pureController ? `${file} imports ${name}: ${layer} is pure` : undefined;
  }
  const [first = "", second = ""] = name.split("/");
  if (!((name.startsWith("@") ? `${first}/${second}` : first) in dependencies))
    return `${file} imports ${name}: src/package.json does not list it`;
  const list = packages[layer];
  return !list || list.some((entry) => name === entry || name.startsWith(`${entry}/`))
    ? undefined
    : `${file} imports ${name}: ${layer} may use ${list.join(", ")}`;
}

/** Every import below `src/` (tests and what only they use apart) that the layer table forbids. */
export function violations(): string[] {
  const src = join(root, "src");
  const found: string[] = [];
  for (const path of globSync("**/*.ts", { cwd: src })) {
    if (path.endsWith(".test.ts") || path.endsWith(".test-support.ts")) continue;
    for (const specifier of importsOf(join(src, path))) {
      const local = specifier.startsWith(".");
      const target = local ? relative(src, normalize(join(src, dirname(path), specifier))) : specifier;
      const problem = local ? checkLocal(path, target) : checkPackage(path, specifier);
      if (problem) found.push(problem);
    }
  }
  return found;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = [...violations(), ...circles(root)];
  for (const line of found) console.log(line);
  process.exitCode = found.length ? 1 : 0;
}
