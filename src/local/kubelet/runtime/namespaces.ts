/**
 * Pods as Linux namespaces, made with util-linux and iproute2: a pause process holds network, ipc, host name and mounts
 * of the pod; each container adds its own mounts and process ids. Everything dies with this process.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bridge } from "../network/bridge.ts";
import { childrenOf, command, diesWithUs, execSession, exited, send } from "./processes.ts";
import { containerScript, quote } from "./shell.ts";
import type { ContainerProcess, ContainerRuntime, ProcessSpec, Sandbox, SandboxSpec } from "./types.ts";

interface NamespaceSandbox extends Sandbox {
  readonly pid: number;
  readonly folder: string;
}

const sandboxFlags = ["--net", "--ipc", "--uts", "--mount"];

function pauseScript(spec: SandboxSpec): string {
  const tmpfs = spec.tmpfs.map(
    ({ folder, bytes }) =>
      `mkdir -p ${quote(folder)} && mount -t tmpfs -o mode=1777${bytes ? `,size=${bytes}` : ""} tmpfs ${quote(folder)} || exit 125`,
  );
  return [`hostname ${quote(spec.hostname)}`, ...tmpfs, "echo ready", "exec sleep infinity"].join("\n");
}

/** Waits for the pause process to have set itself up; rejects with what it printed if it ends instead. */
function untilReady(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    child.stdout?.once("data", () => resolve());
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`cannot make the pod's namespaces: ${complaint.trim() || `exit code ${code}`}`)),
    );
  });
}

async function createSandbox(bridge: Bridge, spec: SandboxSpec): Promise<NamespaceSandbox> {
  mkdirSync(spec.folder, { recursive: true });
  const prefix = await diesWithUs();
  const [file = "", ...args] = [...prefix, "unshare", ...sandboxFlags, "sh", "-c", pauseScript(spec)];
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  await untilReady(child);
  const pid = child.pid ?? 0;
  const gone = exited(child).then(() => undefined);
  const address = await bridge.connect(spec.id, pid).catch((error: unknown) => {
    send(pid, "SIGKILL");
    throw error;
  });
  return {
    ip: address.ip,
    pid,
    folder: spec.folder,
    gone,
    async destroy() {
      send(pid, "SIGKILL");
      await gone;
      await address.release();
    },
  };
}

const enter = (pid: number, flags: readonly string[]): readonly string[] => [
  "nsenter",
  "--target",
  String(pid),
  ...flags,
];

async function run(spec: ProcessSpec): Promise<ContainerProcess> {
  const sandbox = spec.sandbox as NamespaceSandbox;
  mkdirSync(spec.folder, { recursive: true });
  const script = join(spec.folder, "start.sh");
  writeFileSync(script, containerScript(spec, { podFolder: sandbox.folder }), { mode: 0o700 });
  const prefix = await diesWithUs();
  const argv = [
    ...prefix,
    ...enter(sandbox.pid, sandboxFlags),
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "sh",
    script,
  ];
  const [file = "", ...args] = argv;
  const child = spawn(file, args, {
    env: spec.env as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    cwd: dirname(script),
  });
  const pid = child.pid ?? 0;
  const ended = exited(child);
  /** Process 1 of the container. */
  const first = () => childrenOf(pid)[0];
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    exited: ended,
    signal: (name) => {
      const target = first();
      if (target !== undefined) send(target, name);
    },
    kill: () => {
      const target = first();
      if (target !== undefined) send(target, "SIGKILL");
      send(pid, "SIGKILL");
    },
    exec: (argv, options) => {
      const target = first() ?? pid;
      const inside = [...enter(target, [...sandboxFlags, "--pid", "--wd"]), ...argv];
      return execSession({ argv: inside, env: spec.env as NodeJS.ProcessEnv, ...options });
    },
  };
}

export function namespaceRuntime(bridge: Bridge): ContainerRuntime {
  return {
    mode: "namespaces",
    reason: "each pod has its own network, mounts and processes",
    hostIp: bridge.gateway,
    createSandbox: (spec) => createSandbox(bridge, spec),
    run,
    close: () => bridge.close(),
  };
}

/** Rejects, saying why, where this machine or this user cannot make namespaces. */
export async function checkNamespaces(): Promise<void> {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no namespaces`);
  await command("unshare", ...sandboxFlags, "--pid", "--fork", "--mount-proc", "true");
  await command("ip", "-V");
}
