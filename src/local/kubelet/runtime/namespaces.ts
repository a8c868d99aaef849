/**
 * Pods as Linux namespaces, made with util-linux: a pause process holds ipc, host name, mounts and (with a bridge) the
 * network of the pod; each container adds its own mounts and process ids. Everything dies with this process.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bridge, PodAddress } from "../network/bridge.ts";
import { ownSockets } from "../network/sockets.ts";
import type { Cgroups } from "./cgroups.ts";
import { execSession, onTerminal } from "./exec.ts";
import { PipeStock } from "./pipes.ts";
import { childrenOf, command, diesWithUs, exited, send, systemPath, tool, untilReady } from "./processes.ts";
import { makeRootFolder, type Skeleton, skeletons } from "./root-folder.ts";
import { containerFolders, containerScript, oldRoot, sandboxScript, stage, workplace } from "./shell.ts";
import type { ContainerProcess, ContainerRuntime, Exit, ProcessSpec, Sandbox, SandboxSpec } from "./types.ts";

interface NamespaceSandbox extends Sandbox {
  readonly pid: number;
  readonly folder: string;
}

export interface NamespaceOptions {
  /** The kubelet's folder. */
  readonly root: string;
  /** Absent: pods share the machine's network. */
  readonly bridge?: Bridge;
  /** Namespaces inside a user namespace, as an ordinary user may make them: the bridge's, or one for each pod. */
  readonly asUser: boolean;
  readonly reason: string;
  readonly cgroups: Cgroups;
}

interface RunningOptions extends NamespaceOptions {
  readonly stock: PipeStock;
  readonly skeleton: () => Skeleton;
}

const isolated = ["--ipc", "--uts", "--mount"];

/** The start of a command that makes the namespaces of a pod, in the order in which they may be made. */
const sandboxPrefix = ({ bridge, asUser }: Pick<NamespaceOptions, "bridge" | "asUser">): readonly string[] => [
  ...(bridge?.enter ?? []),
  tool("unshare"),
  ...(asUser && !bridge ? ["--user", "--map-root-user"] : []),
  ...(bridge ? ["--net"] : []),
  ...isolated,
];

const toolEnv = { PATH: systemPath, LC_ALL: "C" };

async function createSandbox(options: RunningOptions, spec: SandboxSpec): Promise<NamespaceSandbox> {
  const root = makeRootFolder(spec.folder, options.skeleton(), spec.topFolders);
  for (const { folder } of spec.tmpfs) mkdirSync(folder, { recursive: true });
  const script = sandboxScript(spec, root);
  const [file = "", ...args] = [...sandboxPrefix(options), ...(await diesWithUs()), tool("sh"), "-c", script];
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, env: toolEnv });
  await untilReady(child, once(child.stdout, "data"), "cannot make the pod's namespaces");
  const pid = child.pid ?? 0;
  const gone = exited(child).then(() => undefined);
  const address: PodAddress = options.bridge
    ? await options.bridge.attach(spec.id, pid).catch((error: unknown) => {
        send(pid, "SIGKILL");
        throw error;
      })
    : { ip: "127.0.0.1", release: async () => {} };
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

/** The start of a command inside the namespaces of `pid`. */
const enter = (options: NamespaceOptions, pid: number, more: readonly string[] = []): readonly string[] => [
  tool("nsenter"),
  `--target=${pid}`,
  ...(options.asUser ? ["--user", "--preserve-credentials"] : []),
  ...(options.bridge ? ["--net"] : []),
  ...isolated,
  ...more,
];

const fresh = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

async function run(options: RunningOptions, spec: ProcessSpec): Promise<ContainerProcess> {
  const sandbox = spec.sandbox as NamespaceSandbox;
  const [temporary, ...others] = containerFolders(spec);
  for (const folder of [temporary, ...others]) mkdirSync(folder, { recursive: true });
  chmodSync(temporary, 0o1777);
  const script = containerScript(spec, { podFolder: sandbox.folder });
  writeFileSync(join(spec.folder, "start.sh"), script, { mode: 0o700 });
  const seen = `${stage}${spec.folder.slice(sandbox.folder.length)}/start.sh`;
  const pipes = await options.stock.take();
  const group = options.cgroups.create(spec.id, spec.limits);
  const prefix = [...(group?.prefix ?? []), ...enter(options, sandbox.pid), ...(await diesWithUs())];
  const [file = "", ...args] = [...prefix, tool("unshare"), ...fresh, tool("sh"), seen];
  const child = spawn(file, args, { env: spec.env, stdio: ["ignore", ...pipes.writers], detached: true, cwd: "/" });
  pipes.release();
  const pid = child.pid ?? 0;
  const ended = exited(child).then((exit): Exit => ({ ...exit, ...group?.finish() }));
  /** Process 1 of the container. */
  const first = () => childrenOf(pid)[0];
  const toFirst = (signal: NodeJS.Signals) => {
    const target = first();
    if (target !== undefined) send(target, signal);
  };
  return {
    stdout: pipes.stdout,
    stderr: pipes.stderr,
    exited: ended,
    usage: () => group?.usage(),
    signal: toFirst,
    kill: () => {
      toFirst("SIGKILL");
      send(pid, "SIGKILL");
    },
    exec: (argv, streams) => {
      const way = [...(group?.prefix ?? []), ...enter(options, first() ?? pid, ["--pid", "--wd"])];
      const inside = streams.tty ? onTerminal(way, argv) : [...way, ...argv];
      return execSession({ argv: inside, env: spec.env, ...streams });
    },
  };
}

export function namespaceRuntime(options: NamespaceOptions): ContainerRuntime {
  const { bridge, cgroups, reason } = options;
  const stock = new PipeStock();
  const roots = join(options.root, "roots");
  // Of a predecessor, whose pods are gone with it.
  rmSync(roots, { recursive: true, force: true });
  const running = { ...options, stock, skeleton: skeletons(roots, ["/tmp", stage, workplace, oldRoot]) };
  return {
    mode: bridge ? "namespaces" : "shared",
    reason,
    mounts: true,
    limits: { enforced: cgroups.enforced, reason: cgroups.reason },
    hostIp: bridge?.gateway ?? "127.0.0.1",
    dial: (bridge ?? ownSockets).dial,
    createSandbox: (spec) => createSandbox(running, spec),
    run: (spec) => run(running, spec),
    async close() {
      stock.close();
      await bridge?.close();
      cgroups.close();
    },
  };
}

/** Rejects, saying why, where this machine or this user cannot make the namespaces asked for. */
export async function checkNamespaces(wanted: { readonly network: boolean; readonly asUser: boolean }): Promise<void> {
  if (process.platform !== "linux") throw new Error(`${process.platform} has no namespaces`);
  const [, ...flags] = sandboxPrefix({ asUser: wanted.asUser });
  const network = wanted.network ? ["--net"] : [];
  const mounts = "mount -t tmpfs tmpfs /tmp && mount --rbind /dev /tmp && hostname check";
  try {
    await command("unshare", ...flags, ...network, "--pid", "--fork", "--mount-proc", "sh", "-c", mounts);
  } catch (error) {
    // What the kernel says when a limit is reached sounds like a full disk.
    if (!(error as Error).message.includes("No space left on device")) throw error;
    throw new Error("the kernel allows no more namespaces: raise user.max_*_namespaces with sysctl", { cause: error });
  }
  if (wanted.network) await command("ip", "-V");
}
