/** Pods as plain process groups on the machine's own network: where namespaces are not to be had. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diesWithUs, execSession, exited, send } from "./processes.ts";
import { sharedScript } from "./shell.ts";
import type { ContainerProcess, ContainerRuntime, ProcessSpec, Sandbox, SandboxSpec } from "./types.ts";

async function createSandbox(spec: SandboxSpec): Promise<Sandbox> {
  mkdirSync(spec.folder, { recursive: true });
  for (const { folder } of spec.tmpfs) mkdirSync(folder, { recursive: true });
  let end = () => {};
  const gone = new Promise<void>((resolve) => (end = resolve));
  return { ip: "127.0.0.1", gone, destroy: async () => end() };
}

async function run(spec: ProcessSpec): Promise<ContainerProcess> {
  mkdirSync(spec.folder, { recursive: true });
  const script = join(spec.folder, "start.sh");
  writeFileSync(script, sharedScript(spec), { mode: 0o700 });
  const env = { ...spec.env, TMPDIR: join(spec.folder, "tmp") };
  const [file = "", ...args] = [...(await diesWithUs()), "sh", script];
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const pid = child.pid ?? 0;
  const ended = exited(child);
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    // What the main process left behind goes with it, as it would with a container.
    exited: ended.then((exit) => {
      send(-pid, "SIGKILL");
      return exit;
    }),
    signal: (name) => send(pid, name),
    kill: () => send(-pid, "SIGKILL"),
    exec: (argv, options) => execSession({ argv, env, cwd: spec.workingDir ?? join(spec.folder, "app"), ...options }),
  };
}

export function sharedRuntime(reason: string): ContainerRuntime {
  return { mode: "shared", reason, hostIp: "127.0.0.1", createSandbox, run, close: async () => {} };
}
