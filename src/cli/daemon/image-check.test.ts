/** What environments lack for the part that a manifest gives them, and what is said of it. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findLack, findMismatch, manifestOf } from "./image-check.ts";
import { type ImageFacts, imageFacts } from "./image-facts.ts";

interface Given {
  readonly operator?: string;
  readonly ray?: string;
  readonly more?: string;
}

function manifest({ operator = "kuberay", ray = 'rayVersion: "2.60.0",', more = "" }: Given = {}) {
  const resources = "{ resources: { cpus: 1, ramRatio: 1 } }";
  const types = operator === "kuberay" ? `{ Head: ${resources}, Workers: [] }` : `{ main: ${resources} }`;
  const found = manifestOf(`kind: AIchorManifest
apiVersion: "0.2.3"
spec: { operator: ${operator}, image: x, command: "true", ${operator === "kuberay" ? ray : ""} ${more} types: ${types} }
`);
  if (!found) throw new Error("the manifest is wrong");
  return found;
}

const facts = (programs: readonly string[], more: Partial<ImageFacts> = {}): ImageFacts => ({
  missingModules: [],
  has: (program) => programs.includes(program),
  ...more,
});

test.each<[string, Given, ImageFacts, RegExp | undefined, RegExp | undefined]>([
  ["everything there", {}, facts(["ray"]), undefined, undefined],
  [
    "no Ray",
    {},
    facts([]),
    /^operator kuberay needs Ray, but here has no `ray` program$/,
    /`ray\[default\]==2\.60\.0`/,
  ],
  ["another operator", { operator: "jobset" }, facts([]), undefined, undefined],
  [
    "Ray without its dashboard",
    {},
    facts(["ray"], { ray: "2.59.1", missingModules: ["aiohttp", "opencensus"] }),
    /Ray 2\.59\.1 without the dashboard's dependencies: aiohttp, opencensus$/,
    /add `ray\[default\]==2\.59\.1`/,
  ],
  [
    "an old Ray without wget",
    { ray: 'rayVersion: "2.52.1",' },
    facts(["ray"]),
    /2\.53 need wget/,
    /apt-get install wget/,
  ],
  ["an old Ray with wget", { ray: 'rayVersion: "2.52.1",' }, facts(["ray", "wget"]), undefined, undefined],
  ["no version of Ray", { ray: "" }, facts(["ray"]), /sets no rayVersion/, /rayVersion: "2\.53\.0"/],
  ["no Jupyter", { more: "debug: { jupyter: true }," }, facts(["ray"]), /no `jupyter` program$/, /add `notebook`/],
  [
    "half of Jupyter",
    { more: "debug: { jupyter: true }," },
    facts(["ray", "jupyter"]),
    /no `jupyter-notebook` program$/,
    /`notebook`/,
  ],
  [
    "a Jupyter of its own that is not there",
    { more: "debug: { jupyter: { enabled: true, path: /opt/j } }," },
    facts(["ray"]),
    /runs `\/opt\/j notebook`/,
    /fix debug\.jupyter\.path/,
  ],
  ["Jupyter switched off", { more: "debug: { jupyter: false }," }, facts(["ray"]), undefined, undefined],
  [
    "no TensorBoard",
    { operator: "jobset", more: "tensorboard: { enabled: true }," },
    facts([]),
    /tensorboard\.enabled is set, but here has no/,
    /add `tensorboard`/,
  ],
])("%s", (_name, given, found, message, remedy) => {
  const lack = findLack(manifest(given), found, "here");
  if (!message) expect(lack).toBeUndefined();
  expect(lack?.message ?? "").toMatch(message ?? /^$/);
  expect(lack?.remedy ?? "").toMatch(remedy ?? /^$/);
});

test.each([
  ["2.60.0", undefined],
  ["2.9.0", /rayVersion 2\.60\.0, but the environment has Ray 2\.9\.0/],
  [undefined, undefined],
])("Ray %s where the manifest says 2.60.0", (ray, wanted) => {
  const told = findMismatch(manifest(), facts(["ray"], { ray }));
  if (!wanted) expect(told).toBeUndefined();
  else expect(told).toMatch(wanted);
});

const folder = mkdtempSync(join(tmpdir(), "windlass-facts-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("an environment is asked for what its own Ray lists", async () => {
  mkdirSync(join(folder, "site", "ray", "dashboard"), { recursive: true });
  mkdirSync(join(folder, "site", "have", "part"), { recursive: true });
  writeFileSync(join(folder, "site", "ray", "__init__.py"), "raise Exception('never imported')");
  writeFileSync(
    join(folder, "site", "ray", "dashboard", "optional_deps.py"),
    "import json\nimport have.part\nimport have.none\nimport windlass_no_such.x\nfrom have import part\n",
  );
  mkdirSync(join(folder, "bin"));
  for (const [name, text] of [
    ["ray", "#!/bin/sh\n"],
    [
      "python3",
      `#!/bin/sh\nPYTHONPATH='${join(folder, "site")}' exec /usr/bin/env -S PATH='${process.env["PATH"]}' python3 "$@"\n`,
    ],
  ] as const) {
    writeFileSync(join(folder, "bin", name), text);
    chmodSync(join(folder, "bin", name), 0o755);
  }
  const found = await imageFacts(join(folder, "bin"), folder);
  expect(found.missingModules).toEqual(["have.none", "windlass_no_such.x"]);
  expect(found.has("ray") && !found.has("tensorboard")).toBe(true);
});

test("a path without Python has nothing", async () => {
  expect(await imageFacts(join(folder, "none"), undefined)).toMatchObject({ missingModules: [] });
});
