/**
 * `npm run build:wheel`: packs the bundle as a Python wheel into `dist-python/`, with the build tools of PyPI in an
 * environment of their own. Needs python3 with venv.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/runtime/package-root.ts";

function run(file: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(file, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} exited with ${status}`);
}

const environment = mkdtempSync(join(tmpdir(), "windlass-wheel-"));
try {
  run("python3", "-m", "venv", environment);
  const pip = join(environment, "bin", "pip");
  const out = join(packageRoot, "dist-python");
  rmSync(out, { recursive: true, force: true });
  run(pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", out, join(packageRoot, "python"));
} finally {
  rmSync(environment, { recursive: true, force: true });
}
