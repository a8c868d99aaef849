/** What a container is started with: its environment, command, mounts and limits, from the pod and what it refers to. */
import { join } from "node:path";
import type { Container, Pod, Quantity } from "../../api/core/pod.ts";
import type { Client } from "../../kube/client.ts";
import { parseQuantity, quantityCeil } from "../../machinery/quantity.ts";
import type { Environment } from "../contracts.ts";
import { sourceVariable } from "../images/environments/editable.ts";
import { readSources } from "./env-sources.ts";
import { ConfigError, containerCommand, containerEnv, type EnvSources } from "./env.ts";
import { etcBinds } from "./etc-files.ts";
import { capabilitiesOf } from "./runtime/capabilities.ts";
import { workplace } from "./runtime/mount-steps.ts";
import { plainFolder } from "./runtime/shell.ts";
import type { Bind, Limits, ProcessSpec, Sandbox, SandboxSpec } from "./runtime/types.ts";
import { containerBinds, memoryVolumes, serviceAccountBind, type VolumeContext } from "./volumes.ts";

/** What every container of this node gets. */
export interface NodeSettings {
  readonly client: Client;
  /** Folder of a PersistentVolumeClaim. Throws ConfigError for one that does not exist. */
  readonly claimFolder: (namespace: string, name: string, silent: readonly string[]) => string;
  /** Mounts of this machine that do not answer. */
  readonly silentMounts: () => Promise<readonly string[]>;
  readonly serviceAccount: { readonly token: string; readonly ca: string };
  readonly baseEnv: () => Readonly<Record<string, string>>;
  /** `NAME_SERVICE_HOST` and the like of the namespace's Services. */
  readonly serviceLinks: (namespace: string) => Readonly<Record<string, string>>;
  readonly hostIp: string;
  readonly allocatable: Readonly<Record<string, Quantity>>;
  /** Whether containers have mounts of their own. */
  readonly mounts: boolean;
  /** Names that pods find in their /etc/hosts where there is no name server. */
  readonly hostNames: (namespace: string) => readonly string[];
  /** Whether the pods' network has a name server at `hostIp`. */
  readonly hasNameServer: boolean;
}

/** The pod's place on this machine. */
export interface PodPlace {
  readonly pod: Pod;
  readonly folder: string;
}

export const hostnameOf = ({ spec, metadata }: Pod): string => (spec.hostname ?? metadata.name ?? "pod").slice(0, 63);

/** What the pod's sandbox is to prepare. */
export function sandboxSpec({ pod, folder }: PodPlace): SandboxSpec {
  const id = (pod.metadata.uid ?? "").replaceAll("-", "").slice(0, 8);
  return { id, folder, hostname: hostnameOf(pod), tmpfs: memoryVolumes(pod, folder) };
}

export interface StartRequest {
  readonly place: PodPlace;
  readonly container: Container;
  readonly environment: Environment;
  readonly sandbox: Sandbox;
  /** How often it was started before. */
  readonly run: number;
}

function limitsOf({ resources }: Container): Limits {
  const { memory, cpu } = resources?.limits ?? {};
  return {
    ...(memory !== undefined && { memoryBytes: quantityCeil(parseQuantity(memory)) }),
    ...(cpu !== undefined && { cpuMillis: Number(parseQuantity(cpu).nano / 1_000_000n) }),
  };
}

export const terminationFile = (folder: string): string => join(folder, "termination-log");

/** Folder of one run of a container. */
const runFolder = ({ folder }: PodPlace, container: string, run: number): string =>
  join(folder, "containers", container, String(run));

async function bindsOf(
  request: StartRequest,
  env: Readonly<Record<string, string>>,
  volumes: VolumeContext,
  node: NodeSettings,
): Promise<readonly Bind[]> {
  const { place, container, sandbox, run, environment } = request;
  const { pod } = place;
  const account = serviceAccountBind(pod, container, volumes);
  const message = container.terminationMessagePath || "/dev/termination-log";
  const etc = etcBinds(pod, place.folder, {
    ip: sandbox.ip,
    hostname: hostnameOf(pod),
    ...(node.hasNameServer && { nameserver: node.hostIp }),
    names: node.hostNames(pod.metadata.namespace ?? "default"),
  });
  return [
    ...etc,
    ...(environment.files ?? []).map((file) => ({ ...file, readOnly: true })),
    { source: terminationFile(runFolder(place, container.name, run)), target: message },
    ...(account ? [account] : []),
    ...containerBinds(pod, container, env, volumes),
  ];
}

/** Where the source is seen, for projects that are installed from it. */
function sourceEnv(
  { source, sourceTarget }: Environment,
  folder: string,
  { mounts }: NodeSettings,
): Record<string, string> {
  if (!source) return {};
  return { [sourceVariable]: mounts ? (sourceTarget ?? workplace) : plainFolder({ folder }) };
}

function argvOf({ container, environment }: StartRequest, env: Readonly<Record<string, string>>): readonly string[] {
  const argv = containerCommand(container, env, environment);
  if (argv) return argv;
  throw new ConfigError(
    `container ${container.name} names no command, and ${container.image} brings none here: give it \`command\``,
  );
}

/** What only some processes have. */
function extrasOf({ container, environment }: StartRequest, limits: Limits, { mounts }: NodeSettings) {
  // Without mounts an image's folders would be the machine's.
  const workingDir = container.workingDir || (mounts ? environment.workingDir : undefined);
  return {
    ...(environment.source && { source: environment.source }),
    ...(environment.sourceTarget && { sourceTarget: environment.sourceTarget }),
    ...(workingDir && { workingDir }),
    ...(limits.memoryBytes !== undefined && { shmBytes: limits.memoryBytes }),
  };
}

/** Throws ConfigError for what the pod asks and cannot be had. */
export async function processSpec(request: StartRequest, node: NodeSettings): Promise<ProcessSpec> {
  const { place, container, environment, sandbox, run } = request;
  const { pod } = place;
  const { client, hostIp, allocatable } = node;
  const known = await readSources(client, pod, container);
  const sources: EnvSources = { ...known, podIp: sandbox.ip, hostIp, allocatable };
  const links = pod.spec.enableServiceLinks === false ? {} : node.serviceLinks(pod.metadata.namespace ?? "default");
  const own = containerEnv(pod, container, sources, links);
  const argv = argvOf(request, own);
  const folder = runFolder(place, container.name, run);
  const volumes: VolumeContext = {
    folder: place.folder,
    claimFolder: node.claimFolder,
    silent: await node.silentMounts(),
    mounts: node.mounts,
    sources,
    serviceAccount: node.serviceAccount,
  };
  const limits = limitsOf(container);
  const binds = await bindsOf(request, own, volumes, node);
  return {
    sandbox,
    id: `${pod.metadata.uid}-${container.name}-${run}`,
    folder,
    argv,
    env: {
      ...node.baseEnv(),
      HOSTNAME: hostnameOf(pod),
      ...sourceEnv(environment, folder, node),
      ...environment.env,
      ...own,
    },
    binds: node.mounts ? binds : [],
    limits,
    capabilities: capabilitiesOf(container.securityContext),
    isPrivileged: container.securityContext?.["privileged"] === true,
    ...extrasOf(request, limits, node),
  };
}
