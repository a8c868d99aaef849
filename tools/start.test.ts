/** What every start of the command line loads: no client of an API, no parser of manifests. */
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { packageRoot } from "../src/runtime/package-root.ts";

/** The packages that a program imports before it knows which command it is. */
async function packagesAtStart(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: { main: join(packageRoot, entry) },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outdir: join(packageRoot, "dist"),
    write: false,
    metafile: true,
  });
  const seen = new Set(["dist/main.js"]);
  for (const file of seen) {
    for (const { path, kind } of metafile.outputs[file]?.imports ?? []) if (kind === "import-statement") seen.add(path);
  }
  return [...seen].filter((path) => !path.startsWith("dist/") && !path.startsWith("node:"));
}

test("the command line starts with its parser of arguments alone", async () => {
  expect(await packagesAtStart("src/cli/main.ts")).toEqual(["commander"]);
});
