/**
 * What a container sees of this machine, as steps in which the helper builds its root: the machine read-only, folders
 * of the container's own where programs write, and its volumes. Pure.
 */
import type { MachineRoot } from "./machine-root.ts";
import { isBelow } from "./paths.ts";
import type { ProcessSpec } from "./types.ts";

/** `at` is a path as the container sees it; mount points are made where there are none. */
export type MountStep =
  | {
      readonly do: "bind";
      readonly source: string;
      readonly at: string;
      readonly readOnly?: boolean;
      /** The source is a folder to be made when it is missing. */
      readonly makeSource?: boolean;
    }
  | {
      readonly do: "mount";
      readonly type: string;
      readonly at: string;
      readonly name?: string;
      readonly options?: string;
    }
  /** `source` with a layer over it that takes what is written. `instead`: where there are no overlays. */
  | {
      readonly do: "layer";
      readonly source: string;
      readonly at: string;
      readonly layer: string;
      readonly instead: "read-only" | "nothing" | "fail";
    }
  | { readonly do: "link"; readonly at: string; readonly to: string }
  | { readonly do: "folder"; readonly at: string; readonly mode?: number }
  /** Covers a folder, if it is there, with an empty one. */
  | { readonly do: "hide"; readonly at: string };

/** Where containers work that name no working directory. */
export const workplace = "/windlass/app";
/** Where files of the pod are that are not mounted over the machine's. */
export const podFiles = "/windlass/etc";

/** Folders that are the container's own, with what stands for them in its folder on this machine. */
const own: Readonly<Record<string, string>> = { "/tmp": "tmp", "/var/tmp": "var-tmp" };
/** Files of the kernel with which root would change the machine. */
export const kernelFiles: readonly string[] = ["sys", "sysrq-trigger", "irq", "bus", "fs"].map(
  (name) => `/proc/${name}`,
);

export interface Visibility {
  /** The home of whoever runs the cluster: each container has its own in its place. */
  readonly home: string;
  /** Folders of which containers see nothing. */
  readonly hidden: readonly string[];
  /** Folders that they see wherever they are. */
  readonly kept: readonly string[];
}

/** The folders that a container has of its own or does not see. */
export const privateFolders = ({ home, hidden }: Visibility): readonly string[] => [
  ...new Set(["/tmp", "/var/tmp", "/run", "/home", "/root", home, ...hidden]),
];

export interface MountRequest {
  readonly spec: ProcessSpec;
  readonly machine: MachineRoot;
  /** A folder with mount points for what is right below the machine's root. */
  readonly skeleton: string;
  readonly visibility: Visibility;
  /** Of the private folders, what programs need: see needed-folders.ts. */
  readonly needed: readonly string[];
  /** Control groups of the container: where they are seen, and their folders. */
  readonly groups: Readonly<Record<string, string>>;
}

const readOnly = (source: string, at = source): MountStep => ({ do: "bind", source, at, readOnly: true });
const mount = (type: string, at: string, options?: string, name = type): MountStep => ({
  do: "mount",
  type,
  at,
  name,
  ...(options && { options }),
});

function machineSteps({ machine, visibility, skeleton, spec }: MountRequest): readonly MountStep[] {
  const hidden = new Set([...privateFolders(visibility), "/proc", "/sys", "/dev"]);
  const { entries, links } = machine;
  const layer = `${spec.folder}/layers/root`;
  return [
    { do: "layer", source: skeleton, at: "/", layer, instead: "nothing" },
    ...links.map(({ at, to }): MountStep => ({ do: "link", at, to })),
    ...entries.filter((path) => !hidden.has(path)).map((path) => readOnly(path)),
  ];
}

function kernelSteps({ groups }: MountRequest): readonly MountStep[] {
  return [
    // Covered by the container's own, which the kernel lets users mount only where they see the machine's.
    { do: "bind", source: "/proc", at: "/proc" },
    readOnly("/sys"),
    ...Object.entries(groups).map(([at, source]) => readOnly(source, at)),
  ];
}

const deviceLinks = { ptmx: "pts/ptmx", fd: "/proc/self/fd", stdin: "fd/0", stdout: "fd/1", stderr: "fd/2" };

function deviceSteps({ machine, spec }: MountRequest): readonly MountStep[] {
  return [
    mount("tmpfs", "/dev", "mode=755"),
    ...machine.devices.map((path): MountStep => ({ do: "bind", source: path, at: path })),
    ...Object.entries(deviceLinks).map(([name, to]): MountStep => ({ do: "link", at: `/dev/${name}`, to })),
    mount("devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=620"),
    mount("mqueue", "/dev/mqueue"),
    mount("tmpfs", "/dev/shm", `mode=1777${spec.shmBytes === undefined ? "" : `,size=${spec.shmBytes}`}`, "shm"),
  ];
}

function privateSteps({ spec, visibility, machine }: MountRequest): readonly MountStep[] {
  const { home, hidden } = visibility;
  return [
    mount("tmpfs", "/run", "mode=755"),
    ...machine.ofRun.map((path) => readOnly(path)),
    ...Object.entries(own).map(([at, name]): MountStep => ({ do: "bind", source: `${spec.folder}/${name}`, at })),
    { do: "folder", at: "/home" },
    { do: "folder", at: "/root" },
    ...hidden.map((at): MountStep => ({ do: "hide", at })),
    { do: "bind", source: `${spec.folder}/home`, at: home },
  ];
}

/** Of what is needed, that which is in a folder that is kept may be written to: Python's packages, for as long as the container runs. */
function neededSteps({ spec, visibility, needed }: MountRequest): readonly MountStep[] {
  const { kept } = visibility;
  const isKept = (path: string) => kept.some((folder) => isBelow(path, folder) && path !== folder);
  const outermost = [...new Set([...kept, ...needed])]
    .filter((path, _, all) => isKept(path) || !all.some((other) => other !== path && isBelow(path, other)))
    .toSorted((a, b) => a.length - b.length);
  return outermost.map((source, number) =>
    isKept(source)
      ? { do: "layer", source, at: source, layer: `${spec.folder}/layers/needed${number}`, instead: "read-only" }
      : readOnly(source),
  );
}

function workSteps({ spec }: MountRequest): readonly MountStep[] {
  const { source, sourceTarget = workplace, folder } = spec;
  if (!source) return [{ do: "bind", source: `${folder}/app`, at: workplace }];
  return [{ do: "layer", source, at: sourceTarget, layer: `${folder}/layers/app`, instead: "fail" }];
}

/** Where the command starts. */
export const workingDirectory = ({ workingDir, sourceTarget }: ProcessSpec): string =>
  workingDir ?? sourceTarget ?? workplace;

/** In the order in which they are to be done. */
export function mountSteps(request: MountRequest): readonly MountStep[] {
  const volumes = request.spec.binds.map(({ target: at, ...bind }): MountStep => ({ do: "bind", at, ...bind }));
  return [
    ...machineSteps(request),
    ...kernelSteps(request),
    ...deviceSteps(request),
    ...privateSteps(request),
    ...neededSteps(request),
    ...workSteps(request),
    ...volumes,
  ];
}

/** Folders that the steps count on, with those writable for everybody first. */
export const containerFolders = (
  folder: string,
): { readonly forAll: readonly string[]; readonly plain: readonly string[] } => ({
  forAll: Object.values(own).map((name) => `${folder}/${name}`),
  plain: ["home", "app", "root", "layers"].map((name) => `${folder}/${name}`),
});
