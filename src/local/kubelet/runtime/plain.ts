/**
 * Pods as plain process groups on the machine's own network and file system: where no namespaces are to be had (macOS,
 * hardened machines). Volumes cannot be mounted here; what a pod started is found again by a mark in its environment.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownSockets } from "../network/sockets.ts";
import { type Cgroups, inGroups } from "./cgroups.ts";
import { spawnSession } from "./exec.ts";
import { PipeStock } from "./pipes.ts";
import { exited, send, tool } from "./processes.ts";
import { plainFolder, plainScript } from "./shell.ts";
import type { ContainerProcess, ContainerRuntime, Exit, ProcessSpec, Sandbox, SandboxSpec } from "./types.ts";

const mark = "WINDLASS_CONTAINER";

/** Every process whose environment holds `NAME=value…`, with what follows the name. */
function marked(): readonly (readonly [pid: number, value: string])[] {
  if (process.platform === "darwin") {
    const lines = execFileSync("/bin/ps", ["-axEwwo", "pid=,command="], { encoding: "utf8", maxBuffer: 1 << 26 });
    return lines.split("\n").flatMap((line) => {
      const value = new RegExp(`\\s${mark}=(\\S+)`).exec(line)?.[1];
      return value ? [[Number.parseInt(line, 10), value] as const] : [];
    });
  }
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const value = environmentOf(pid).find((entry) => entry.startsWith(`${mark}=`));
    return value ? [[Number(pid), value.slice(mark.length + 1)] as const] : [];
  });
}

function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    // Another user's, or gone.
    return [];
  }
}

/** Ends every process that carries a mark beginning with `prefix`, those that left their process group included. */
function sweep(prefix: string): void {
  for (const [pid, value] of marked()) {
    if (pid !== process.pid && value.startsWith(prefix)) send(pid, "SIGKILL");
  }
}

async function createSandbox(spec: SandboxSpec): Promise<Sandbox> {
  mkdirSync(spec.folder, { recursive: true });
  for (const { folder } of spec.tmpfs) mkdirSync(folder, { recursive: true });
  let end = () => {};
  const gone = new Promise<void>((resolve) => (end = resolve));
  return { ip: "127.0.0.1", gone, destroy: async () => end() };
}

export interface PlainOptions {
  /** The kubelet's folder, which tells its processes from those of other clusters. */
  readonly root: string;
  readonly reason: string;
  readonly cgroups: Cgroups;
}

async function run(
  options: PlainOptions & { readonly stock: PipeStock },
  spec: ProcessSpec,
): Promise<ContainerProcess> {
  mkdirSync(spec.folder, { recursive: true });
  // Short, for the paths of sockets made in it may not be longer than about 100 characters.
  const temporary = mkdtempSync(join(tmpdir(), "wl-"));
  const script = join(spec.folder, "start.sh");
  writeFileSync(script, plainScript(spec, temporary), { mode: 0o700 });
  const value = `${options.root}#${spec.id}`;
  const env = { ...spec.env, TMPDIR: temporary, [mark]: value };
  const pipes = await options.stock.take();
  const group = options.cgroups.create(spec.id, spec.limits);
  const [file = "", ...args] = [...(group ? inGroups(group.folders) : []), tool("sh"), script];
  const child = spawn(file, args, { env, stdio: ["ignore", ...pipes.writers, "pipe"], detached: true });
  pipes.release();
  child.stdio[3]?.on("error", () => {});
  const pid = child.pid ?? 0;
  const kill = () => {
    send(-pid, "SIGKILL");
    sweep(value);
  };
  const ended = exited(child).then((exit): Exit => {
    // What the main process left behind goes with it, as it would with a container.
    kill();
    rmSync(temporary, { recursive: true, force: true });
    return { ...exit, ...group?.finish() };
  });
  return {
    stdout: pipes.stdout,
    stderr: pipes.stderr,
    exited: ended,
    usage: () => group?.usage(),
    memoryKills: () => group?.memoryKills() ?? 0,
    signal: (name) => send(pid, name),
    kill,
    exec: async (argv, streams) => {
      const inGroup = [...(group ? inGroups(group.folders) : []), ...argv];
      return spawnSession({ argv: inGroup, env, cwd: plainFolder(spec), ...streams });
    },
  };
}

export function plainRuntime(options: PlainOptions): ContainerRuntime {
  const { root, reason, cgroups } = options;
  // What a predecessor that was killed may have left running.
  sweep(`${root}#`);
  const stock = new PipeStock();
  return {
    mode: "shared",
    reason,
    mounts: false,
    limits: { enforced: cgroups.enforced, reason: cgroups.reason },
    hostIp: "127.0.0.1",
    dial: ownSockets.dial,
    createSandbox,
    run: (spec) => run({ ...options, stock }, spec),
    async close() {
      stock.close();
      cgroups.close();
    },
  };
}
