/** Shell words and scripts for the container runtime. Pure. */
import type { ProcessSpec } from "./types.ts";

/** One word of a POSIX shell, quoted. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export const words = (list: readonly string[]): string => list.map(quote).join(" ");

/** Where a pod's own folder is visible in its containers, whatever is mounted over /tmp. */
export const stage = "/run/windlass/pod";

/**
 * Runs the command as a child and passes TERM on to it: process 1 of a namespace gets no signal it has no handler for,
 * and reaps the orphans of its namespace.
 */
const init = (argv: readonly string[]): string => `
${words(argv)} <&0 &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
while :; do
  wait "$child"; code=$?
  kill -0 "$child" 2>/dev/null || exit "$code"
done
`;

/** Makes a mount point. What does not exist is made in a layer over the nearest folder that does, not on the machine. */
const functions = `
point() { # point TARGET file|dir
  [ -e "$1" ] && return 0
  near=$(dirname "$1")
  while [ ! -d "$near" ]; do near=$(dirname "$near"); done
  case $near in
    /|/run|/run/*|/dev|/dev/*|/tmp|/tmp/*|${stage}/*) ;;
    *) n=$((n + 1)); mkdir -p "$scratch/upper$n" "$scratch/work$n"
       mount -t overlay overlay -o "lowerdir=$near,upperdir=$scratch/upper$n,workdir=$scratch/work$n" "$near" 2>/dev/null || true ;;
  esac
  if [ "$2" = file ]; then mkdir -p "$(dirname "$1")" && : >"$1"; else mkdir -p "$1"; fi
}
bind() { # bind SOURCE TARGET ro|rw
  if [ -d "$1" ]; then point "$2" dir; else point "$2" file; fi
  mount --bind "$1" "$2" || exit 125
  if [ "$3" = ro ]; then mount -o remount,ro,bind "$2" || exit 125; fi
}
`;

export interface MountPlan {
  /** The pod's folder on the host: sources below it are reached through the stage. */
  readonly podFolder: string;
}

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** The script that a container's first process runs inside its fresh mount namespace. */
export function containerScript(spec: ProcessSpec, { podFolder }: MountPlan): string {
  const staged = (path: string) => (isBelow(path, podFolder) ? stage + path.slice(podFolder.length) : path);
  const kept = spec.keep.filter((path) => isBelow(path, "/tmp"));
  const outside = spec.binds.filter(({ source }) => isBelow(source, "/tmp") && !isBelow(source, podFolder));
  const lines = [
    "set -u",
    "n=0",
    `scratch=${quote(staged(spec.folder))}/scratch`,
    `mkdir -p ${stage}`,
    `mount --bind ${quote(podFolder)} ${stage} || exit 125`,
    functions,
    // Folders below /tmp are held open, for they are hidden once the container has its own /tmp.
    ...kept.map((path, at) => `exec ${at + 3}<${quote(path)}`),
    ...outside.map(
      (_, at) =>
        `mkdir -p ${stage}/.outside${at} && mount --bind ${quote(outside[at]?.source ?? "")} ${stage}/.outside${at}`,
    ),
    `mkdir -p ${quote(staged(spec.folder))}/tmp && chmod 1777 ${quote(staged(spec.folder))}/tmp && mount --bind ${quote(staged(spec.folder))}/tmp /tmp || exit 125`,
    ...kept.map(
      (path, at) =>
        `mkdir -p ${quote(path)} && mount --bind /proc/self/fd/${at + 3} ${quote(path)} && exec ${at + 3}<&-`,
    ),
    `mount -t tmpfs -o mode=1777,size=${spec.shmBytes ?? 67_108_864} tmpfs /dev/shm || exit 125`,
    ...spec.binds.map((bind) => {
      const at = outside.indexOf(bind);
      const source = at < 0 ? staged(bind.source) : `${stage}/.outside${at}`;
      return `bind ${quote(source)} ${quote(bind.target)} ${bind.readOnly ? "ro" : "rw"}`;
    }),
    ...workingDirectory(spec, staged(spec.folder)),
    init(spec.argv),
  ];
  return lines.join("\n");
}

/** An overlay over the source, or a copy where overlays are not to be had: what a container writes stays its own. */
function workingDirectory(spec: ProcessSpec, folder: string): readonly string[] {
  if (spec.workingDir) return [`point ${quote(spec.workingDir)} dir`, `cd ${quote(spec.workingDir)} || exit 125`];
  const work = `${folder}/app`;
  const make = spec.source
    ? `mkdir -p ${quote(work)} "$scratch/app" "$scratch/appwork"
mount -t overlay overlay -o lowerdir=${quote(spec.source)},upperdir="$scratch/app",workdir="$scratch/appwork" ${quote(work)} 2>/dev/null || cp -a ${quote(spec.source)}/. ${quote(work)}/ || exit 125`
    : `mkdir -p ${quote(work)}`;
  return [make, `cd ${quote(work)} || exit 125`];
}

/** Without namespaces: a folder of its own to work in, nothing mounted. */
export function sharedScript(spec: ProcessSpec): string {
  const work = spec.workingDir ?? `${spec.folder}/app`;
  const copy = spec.source && !spec.workingDir ? [`cp -a ${quote(spec.source)}/. ${quote(work)}/ || exit 125`] : [];
  return [
    "set -u",
    `mkdir -p ${quote(work)} ${quote(spec.folder)}/tmp`,
    ...copy,
    `cd ${quote(work)} || exit 125`,
    init(spec.argv),
  ].join("\n");
}
