/**
 * `npm run check`: format, lint, types, import graph and generated files, one after the other.
 * Prints a line a step; stops with status 1 after the last step if any failed.
 */
import { spawnSync } from "node:child_process";

const steps: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ["format", "biome", ["format", "."]],
  ["lint", "oxlint", ["--deny-warnings", "--type-aware", "src", "test", "tools", "bench"]],
  ["types", "tsc", ["-p", "."]],
  ["imports", "node", ["tools/import-graph.ts"]],
  ["generated", "node", ["tools/gen.ts", "--check"]],
];

let failed = 0;
for (const [name, command, args] of steps) {
  const started = performance.now();
  const run = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 << 20 });
  const ok = run.status === 0;
  console.log(`${ok ? "ok  " : "FAIL"} ${name.padEnd(10)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
  if (ok) continue;
  failed++;
  console.log(run.error ? String(run.error) : `${run.stdout}${run.stderr}`);
}
process.exitCode = failed ? 1 : 0;
