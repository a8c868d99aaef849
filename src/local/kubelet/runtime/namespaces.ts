/**
 * Pods as Linux namespaces, which the helper makes: network (with a bridge), host name and interprocess communication
 * of a pod; each container adds its own mounts and process ids. Everything dies with this process.
 */
import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Bridge } from "../network/bridge.ts";
import { ownSockets } from "../network/sockets.ts";
import type { Cgroup, Cgroups } from "./cgroups.ts";
import { helperSession, withTerminal } from "./exec.ts";
import { type Helper, NoOverlay, type Started } from "./helper.ts";
import { machineRoot, skeletons } from "./machine-root.ts";
import {
  containerFolders,
  kernelFiles,
  type MountRequest,
  mountSteps,
  privateFolders,
  type Visibility,
  workingDirectory,
  workplace,
} from "./mount-steps.ts";
import { neededFolders, neededKey } from "./needed-folders.ts";
import { send } from "./processes.ts";
import { remembering } from "./remember.ts";
import type { SilentMounts } from "./silent-mounts.ts";
import type { ContainerProcess, ContainerRuntime, Exit, ProcessSpec, Sandbox, SandboxSpec } from "./types.ts";

interface NamespaceSandbox extends Sandbox {
  readonly id: string;
}

const isRoot = () => process.getuid?.() === 0;

export interface NamespaceOptions {
  readonly helper: Helper;
  /** Absent: pods share the machine's network. */
  readonly bridge?: Bridge;
  readonly reason: string;
  readonly cgroups: Cgroups;
  readonly visibility: Visibility;
  readonly silentMounts: SilentMounts;
  /** The kubelet's folder. */
  readonly root: string;
}

type Seen = Pick<MountRequest, "machine" | "skeleton" | "needed"> & { readonly silent: readonly string[] };

/** Looked up for many containers at once. */
function looking({ visibility, root, silentMounts }: NamespaceOptions): RunningOptions["look"] {
  const skeleton = skeletons(join(root, "roots"));
  const remember = remembering<Seen>(() => performance.now());
  const homes = ["/root", visibility.home];
  return async (env) => {
    const silent = await silentMounts.find();
    return remember(JSON.stringify([neededKey(env), silent]), () => {
      const machine = machineRoot(silent);
      const needed = neededFolders(env, { hidden: privateFolders(visibility), homes, silent });
      return { machine, skeleton: skeleton(machine), needed, silent };
    });
  };
}

interface RunningOptions extends NamespaceOptions {
  /** The machine as containers with these variables are to see it. */
  readonly look: (env: ProcessSpec["env"]) => Promise<Seen>;
}

async function createSandbox({ helper, bridge }: NamespaceOptions, spec: SandboxSpec): Promise<NamespaceSandbox> {
  mkdirSync(spec.folder, { recursive: true });
  const { id: sandbox, hostname, tmpfs } = spec;
  const address = bridge?.takeAddress(sandbox);
  try {
    await helper.ask("open_sandbox", { sandbox, hostname, tmpfs, ...address?.link });
  } catch (error) {
    address?.release();
    throw error;
  }
  return {
    id: sandbox,
    ip: address?.ip ?? "127.0.0.1",
    gone: helper.gone,
    async destroy() {
      // The namespaces go with the last that has them open; those of a helper that died are gone.
      await helper.ask("close_sandbox", { sandbox }).catch(() => {});
      address?.release();
    },
  };
}

function prepareFolders(folder: string): void {
  const { forAll, plain } = containerFolders(folder);
  for (const path of [...plain, ...forAll]) mkdirSync(path, { recursive: true });
  for (const path of forAll) chmodSync(path, 0o1777);
}

async function runRequest({ visibility, look }: RunningOptions, spec: ProcessSpec, group: Cgroup | undefined) {
  const { silent, ...seen } = await look(spec.env);
  return {
    sandbox: (spec.sandbox as NamespaceSandbox).id,
    argv: spec.argv,
    env: spec.env,
    cwd: workingDirectory(spec),
    groups: group?.folders ?? [],
    capabilities: spec.capabilities,
    root: join(spec.folder, "root"),
    scratch: join(spec.folder, "layers"),
    readOnly: spec.isPrivileged || !isRoot() ? [] : kernelFiles.filter((path) => existsSync(path)),
    mounts: mountSteps({ spec, visibility, ...seen, groups: group?.views ?? {} }),
    silent,
  };
}

type RunRequest = Awaited<ReturnType<typeof runRequest>>;

/** A command in the namespaces of a container that was started so. */
async function startBeside(
  helper: Helper,
  started: Started,
  { env, cwd, groups, capabilities }: RunRequest,
  [argv, { tty, stdin }]: Parameters<ContainerProcess["exec"]>,
) {
  const command = tty ? withTerminal(argv) : argv;
  const request = { first: started.pid, argv: command, env, cwd, groups, capabilities, stdin: stdin || tty };
  return helperSession(await helper.start("exec", request), tty);
}

/** With a copy of its source where the machine has no overlays. */
async function withCopy(spec: ProcessSpec): Promise<ProcessSpec> {
  const { source, sourceTarget = workplace, ...rest } = spec;
  const copy = join(spec.folder, "copy");
  if (source) await cp(source, copy, { recursive: true, verbatimSymlinks: true });
  return { ...rest, sourceTarget, binds: [{ source: copy, target: sourceTarget }, ...spec.binds] };
}

async function startFirst(options: RunningOptions, spec: ProcessSpec, group: Cgroup | undefined) {
  const request = await runRequest(options, spec, group);
  try {
    return { request, started: await options.helper.start("run", request) };
  } catch (error) {
    if (!(error instanceof NoOverlay)) throw error;
    const copied = await runRequest(options, await withCopy(spec), group);
    return { request: copied, started: await options.helper.start("run", copied) };
  }
}

async function run(options: RunningOptions, spec: ProcessSpec): Promise<ContainerProcess> {
  const { helper, cgroups } = options;
  prepareFolders(spec.folder);
  const group = cgroups.create(spec.id, spec.limits);
  const { request, started } = await startFirst(options, spec, group).catch((error: unknown) => {
    group?.finish();
    throw error;
  });
  const { pid, stdout, stderr } = started;
  return {
    stdout,
    stderr,
    exited: started.exited.then((code): Exit => ({ code, ...group?.finish() })),
    usage: () => group?.usage(),
    memoryKills: () => group?.memoryKills() ?? 0,
    signal: (signal) => send(pid, signal),
    kill: () => send(pid, "SIGKILL"),
    exec: (...call) => startBeside(helper, started, request, call),
  };
}

export function namespaceRuntime(options: NamespaceOptions): ContainerRuntime {
  const { bridge, cgroups, reason, helper } = options;
  // Of a predecessor, whose pods are gone with it.
  rmSync(join(options.root, "roots"), { recursive: true, force: true });
  const running = { ...options, look: looking(options) };
  return {
    mode: bridge ? "namespaces" : "shared",
    reason,
    mounts: true,
    limits: { enforced: cgroups.enforced, reason: cgroups.reason },
    hostIp: bridge?.gateway ?? "127.0.0.1",
    dial: (bridge ?? ownSockets).dial,
    createSandbox: (spec) => createSandbox(options, spec),
    run: (spec) => run(running, spec),
    async close() {
      await bridge?.close();
      await helper.close();
      cgroups.close();
    },
  };
}

/** Rejects, saying why, where this machine or this user cannot make the namespaces asked for. */
export async function checkNamespaces(helper: Helper, network: boolean): Promise<void> {
  try {
    await helper.ask("check", { network });
  } catch (error) {
    // What the kernel says when a limit is reached sounds like a full disk.
    if (!(error as Error).message.includes("No space left on device")) throw error;
    throw new Error("the kernel's namespace limit is reached: raise user.max_*_namespaces with sysctl", {
      cause: error,
    });
  }
}
