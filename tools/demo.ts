/**
 * `npm run demo`: runs examples/kuberay on real Ray on this machine, and leaves nothing running that it started.
 * The first run makes a Python environment (a few minutes at most); later ones start at once.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const windlass = join(root, "bin", "windlass.mjs");

function run(args: readonly string[], quiet = false): Promise<number> {
  if (!quiet) console.log(`$ npx windlass ${args.join(" ")}`);
  const child = spawn(process.execPath, [windlass, ...args], {
    cwd: root,
    // Advice is to name the command as a reader of the README types it.
    env: { ...process.env, npm_command: "exec" },
    stdio: ["inherit", quiet ? "ignore" : "inherit", "inherit"],
  });
  // The child gets Ctrl-C too and decides; this process only waits for it.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 1);
    });
  });
}

const wasRunning = (await run(["status"], true)) === 0;
const status = await run(["run", "examples/kuberay", "--message", "windlass demo"]);
if (status === 0) await run(["get", "latest"]);
if (!wasRunning) await run(["down"]);
process.exitCode = status;
