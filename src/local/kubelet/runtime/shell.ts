/** Shell words and scripts for the container runtimes. Pure. */
import { type Mount, mountAll } from "./mount-table.ts";
import { quote, words } from "../../../machinery/shell-words.ts";
import type { RootFolder } from "./root-folder.ts";
import type { Bind, ProcessSpec, SandboxSpec } from "./types.ts";

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** Where a pod's own folder is visible in its containers, whatever is mounted over /tmp. */
export const stage = "/windlass/pod";
/** Where the machine's root goes before it is let go. */
export const oldRoot = "/windlass/old";
/** Where containers work that name no working directory. */
export const workplace = "/windlass/app";

/** Programs are taken from the system while a script prepares; the command gets the PATH it was to have. */
const ownPath = "wanted_path=$PATH; PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin";

/**
 * Runs the command as a child and passes TERM on to it: process 1 of a namespace gets no signal it has no handler for,
 * and reaps the orphans of its namespace.
 */
const init = (argv: readonly string[], closing = ""): string => `PATH=$wanted_path
unset wanted_path
${words(argv)} <&0 ${closing}&
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
while :; do
  wait "$child"; code=$?
  kill -0 "$child" 2>/dev/null || exit "$code"
done
`;

/** The pod's own layer over the skeleton, or a copy of it where overlays are not to be had. */
function coverRoot({ folder, skeleton, upper, work, topFolders }: RootFolder): string {
  const [root, lower] = [quote(folder), quote(skeleton)];
  const own = topFolders.map((path) => quote(folder + path));
  return [
    `mount -t overlay root -o lowerdir=${lower},upperdir=${quote(upper)},workdir=${quote(work)} ${root} 2>/dev/null ||
  { cp -a ${lower}/. ${root}/ && mount --bind ${root} ${root}; } || exit 125`,
    ...(own.length > 0 ? [`mkdir -p ${own.join(" ")} || exit 125`] : []),
  ].join("\n");
}

/** What the pause process of a pod does: the pod's mounts, then nothing until it is killed. */
export function sandboxScript({ hostname, tmpfs, folder }: SandboxSpec, root: RootFolder): string {
  const memory = tmpfs.map(({ folder: volume, bytes }) => ({
    source: "tmpfs",
    target: volume,
    type: "tmpfs",
    options: `mode=1777${bytes === undefined ? "" : `,size=${bytes}`}`,
  }));
  const table: readonly Mount[] = [...memory, ...root.binds, { source: folder, target: root.folder + stage }];
  return [
    `hostname ${quote(hostname)}`,
    coverRoot(root),
    mountAll(table, quote(`${folder}/mounts`)),
    `cd ${quote(root.folder)} && pivot_root . .${oldRoot} && cd / && umount -l ${oldRoot} || exit 125`,
    "echo ready",
    "exec sleep infinity",
  ].join("\n");
}

/**
 * Makes a mount point. What does not exist is made in a layer over the nearest folder that does, not on the machine.
 * Nothing here starts a process unless it has to: a pod starts as quickly as its mounts are few.
 */
const functions = `
layer() { # layer FOLDER: what is made in FOLDER from now on is the container's own
  n=$((n + 1)); mkdir -p "$scratch/upper$n" "$scratch/work$n" "$scratch/lower$n"
  mount --rbind "$1" "$scratch/lower$n" || return 1
  mount -t overlay overlay -o "lowerdir=$scratch/lower$n,upperdir=$scratch/upper$n,workdir=$scratch/work$n" "$1" 2>/dev/null || return 1
  while read -r _ _ _ _ point _; do
    case $point in "$scratch/lower$n"/*) mount --rbind "$point" "$1\${point#"$scratch/lower$n"}" ;; esac
  done </proc/self/mountinfo
}
point() { # point TARGET file|dir ours|
  [ -e "$1" ] && return 0
  near=\${1%/*}
  while [ ! -d "$near/" ]; do near=\${near%/*}; done
  case $3$near/ in
    ours*|/|/dev/*|/tmp/*|/windlass/*) ;;
    *) layer "$near" || { echo "cannot make the mount point $1 without changing $near of this machine" >&2; exit 125; } ;;
  esac
  [ "$2" = dir ] && { mkdir -p "$1"; return; }
  [ -d "\${1%/*}/" ] || mkdir -p "\${1%/*}"
  : >"$1"
}
point_for() { # point_for SOURCE TARGET ours|
  if [ -d "$1" ]; then point "$2" dir "$3"; else point "$2" file "$3"; fi
}
read_only() { # In a user namespace what the machine forbids on a mount must be said again.
  for more in "" ,nosuid,nodev ,nosuid,nodev,relatime ,nosuid,nodev,noexec,relatime; do
    mount -o "remount,ro,bind$more" "$1" 2>/dev/null && return 0
  done
  echo "cannot make $1 read-only" >&2; exit 125
}
`;

export interface Stage {
  /** The pod's folder on the host: sources below it are reached through the stage. */
  readonly podFolder: string;
}

const aside = (path: string, name: string) =>
  `if [ -d ${quote(path)} ]; then mkdir -p /windlass/${name}; else : >/windlass/${name}; fi; mount --rbind ${quote(path)} /windlass/${name} || exit 125`;

/** Binds that can be mounted at one go: none is inside another of its group. */
function bindGroups(binds: readonly Bind[]): readonly (readonly Bind[])[] {
  const groups: Bind[][] = [];
  for (const bind of binds) {
    const group = groups.at(-1);
    if (group?.every(({ target }) => !isBelow(bind.target, target))) group.push(bind);
    else groups.push([bind]);
  }
  return groups;
}

const scratchTable = '"$scratch/mounts"';

function bindAll(spec: ProcessSpec, sourceOf: (bind: Bind) => string): readonly string[] {
  const before: string[] = spec.sourceTarget ? [spec.sourceTarget] : [];
  return bindGroups(spec.binds).flatMap((group) => {
    const points = group.map((bind) => {
      const isOurs = before.some((target) => isBelow(bind.target, target));
      const make = bind.makeSource ? `mkdir -p ${quote(sourceOf(bind))}; ` : "";
      return `${make}point_for ${quote(sourceOf(bind))} ${quote(bind.target)} ${isOurs ? "ours" : '""'}`;
    });
    before.push(...group.map(({ target }) => target));
    const table = group.map((bind) => ({ source: sourceOf(bind), target: bind.target }));
    const locked = group.filter(({ readOnly }) => readOnly).map(({ target }) => `read_only ${quote(target)}`);
    return [...points, mountAll(table, scratchTable), ...locked];
  });
}

/** The script that a container's first process runs inside its fresh mount namespace. `containerFolders` are there. */
export function containerScript(spec: ProcessSpec, { podFolder }: Stage): string {
  const staged = (path: string) => (isBelow(path, podFolder) ? stage + path.slice(podFolder.length) : path);
  const folder = staged(spec.folder);
  const kept = spec.keep.filter((path) => isBelow(path, "/tmp"));
  const outside = spec.binds.filter(({ source }) => isBelow(source, "/tmp") && !isBelow(source, podFolder));
  const sourceOf = (bind: Bind) => {
    const at = outside.indexOf(bind);
    return at < 0 ? staged(bind.source) : `/windlass/outside${at}`;
  };
  const shm = `mode=1777${spec.shmBytes === undefined ? "" : `,size=${spec.shmBytes}`}`;
  return [
    "set -u",
    ownPath,
    "n=0",
    `scratch=${quote(folder)}/scratch`,
    functions,
    // Folders below /tmp are seen from elsewhere first, for they are hidden once the container has its own /tmp.
    ...kept.map((path, at) => aside(path, `keep${at}`)),
    ...outside.map(
      ({ source, makeSource }, at) =>
        `${makeSource ? `mkdir -p ${quote(source)}; ` : ""}${aside(source, `outside${at}`)}`,
    ),
    mountAll(
      [
        { source: `${folder}/tmp`, target: "/tmp" },
        { source: "shm", target: "/dev/shm", type: "tmpfs", options: shm },
        ...(spec.source ? [] : [{ source: `${folder}/scratch/app`, target: workplace }]),
      ],
      scratchTable,
    ),
    ...kept.map(
      (path, at) => `mkdir -p ${quote(path)} && mount --rbind /windlass/keep${at} ${quote(path)} || exit 125`,
    ),
    ...sourceMount(spec),
    ...bindAll(spec, sourceOf),
    ...workingDirectory(spec),
    init(spec.argv),
  ].join("\n");
}

/** What of `spec.folder` the script counts on; the first is writable for everybody. */
export const containerFolders = ({ folder }: Pick<ProcessSpec, "folder">): readonly [string, ...string[]] => [
  `${folder}/tmp`,
  `${folder}/scratch/app`,
  `${folder}/scratch/appwork`,
];

/** An overlay over the source, or a copy where overlays are not to be had: what a container writes stays its own. */
function sourceMount({ source, sourceTarget = workplace }: ProcessSpec): readonly string[] {
  if (!source) return [];
  const target = quote(sourceTarget);
  return [
    `point ${target} dir ""`,
    `mount -t overlay overlay -o lowerdir=${quote(source)},upperdir="$scratch/app",workdir="$scratch/appwork" ${target} 2>/dev/null ||
  { cp -a ${quote(source)}/. "$scratch/app/" && mount --bind "$scratch/app" ${target}; } || exit 125`,
  ];
}

function workingDirectory({ workingDir, source, sourceTarget, binds }: ProcessSpec): readonly string[] {
  const folder = workingDir ?? (source && sourceTarget) ?? workplace;
  const isOurs = binds.some(({ target }) => isBelow(folder, target));
  return [`point ${quote(folder)} dir ${isOurs ? "ours" : '""'}`, `cd ${quote(folder)} || exit 125`];
}

/** Where the working directory of a container without mounts is. */
export const plainFolder = ({ folder, workingDir }: Pick<ProcessSpec, "folder" | "workingDir">): string =>
  workingDir ?? `${folder}/app`;

/**
 * Without mounts: a folder of its own to work in. The machine's end of descriptor 3 closes when the kubelet dies,
 * whereupon the whole process group goes.
 */
export function plainScript(spec: ProcessSpec, temporary: string): string {
  const work = quote(plainFolder(spec));
  const copy = spec.source && !spec.workingDir ? [`cp -a ${quote(spec.source)}/. ${work}/ || exit 125`] : [];
  return [
    "set -u",
    ownPath,
    `mkdir -p ${quote(temporary)}`,
    // A working directory that an image would have and this machine has not is the container's own folder.
    `mkdir -p ${work} 2>/dev/null && cd ${work} || { mkdir -p ${quote(spec.folder)}/app && cd ${quote(spec.folder)}/app; } || exit 125`,
    ...copy,
    "(read -r _ <&3; kill -KILL 0) &",
    init(spec.argv, "3<&- "),
  ].join("\n");
}
