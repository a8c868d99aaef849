/** Shell words and scripts for the container runtimes. Pure. */
import type { ProcessSpec, SandboxSpec } from "./types.ts";

/** One word of a POSIX shell, quoted. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export const words = (list: readonly string[]): string => list.map(quote).join(" ");

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** Where a pod's own folder is visible in its containers, whatever is mounted over /tmp. */
export const stage = "/windlass/pod";
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

/** A root of our own that shows the machine's: new folders right below it are not made on the machine. */
const newRoot = (folder: string, topFolders: readonly string[]) => `
root=${quote(folder)}/root
mkdir -p "$root" && mount -t tmpfs -o mode=755 tmpfs "$root" || exit 125
for entry in /* /.[!.]*; do
  if [ -L "$entry" ]; then ln -s "$(readlink "$entry")" "$root$entry"
  elif [ "$entry" = /dev ]; then mkdir "$root/dev"
  elif [ -d "$entry" ]; then mkdir -p "$root$entry" && mount --rbind "$entry" "$root$entry" || exit 125
  elif [ -f "$entry" ]; then : >"$root$entry" && mount --bind "$entry" "$root$entry"
  fi
done
mount -t tmpfs -o mode=755 tmpfs "$root/dev" || exit 125
for entry in null zero full random urandom tty fuse kvm kfd dri infiniband pts mqueue hugepages nvidiactl nvidia-uvm nvidia-uvm-tools nvidia-modeset nvidia-caps nvidia[0-9]*; do
  [ -e "/dev/$entry" ] || continue
  if [ -d "/dev/$entry" ]; then mkdir "$root/dev/$entry"; else : >"$root/dev/$entry"; fi
  mount --rbind "/dev/$entry" "$root/dev/$entry" || exit 125
done
mkdir -m 1777 "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
mkdir -p "$root/tmp" "$root${stage}" "$root${workplace}" ${topFolders.map((top) => `"$root"${quote(top)}`).join(" ")}
mount --rbind ${quote(folder)} "$root${stage}" || exit 125
mkdir "$root/.old" && cd "$root" && pivot_root . .old && cd / && umount -l /.old && rmdir /.old || exit 125
`;

/** What the pause process of a pod does: the pod's mounts, then nothing until it is killed. */
export function sandboxScript({ hostname, tmpfs, folder, topFolders }: SandboxSpec): string {
  const mounts = tmpfs.map(({ folder: volume, bytes }) => {
    const options = `mode=1777${bytes === undefined ? "" : `,size=${bytes}`}`;
    return `mkdir -p ${quote(volume)} && mount -t tmpfs -o ${options} tmpfs ${quote(volume)} || exit 125`;
  });
  return [
    `hostname ${quote(hostname)}`,
    ...mounts,
    newRoot(folder, topFolders),
    "echo ready",
    "exec sleep infinity",
  ].join("\n");
}

/** Makes a mount point. What does not exist is made in a layer over the nearest folder that does, not on the machine. */
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
  near=$(dirname "$1")
  while [ ! -d "$near" ]; do near=$(dirname "$near"); done
  case $3$near/ in
    ours*|//|/dev/*|/tmp/*|/windlass/*) ;;
    *) layer "$near" || { echo "cannot make the mount point $1 without changing $near of this machine" >&2; exit 125; } ;;
  esac
  if [ "$2" = file ]; then mkdir -p "$(dirname "$1")" && : >"$1"; else mkdir -p "$1"; fi
}
bind() { # bind SOURCE TARGET ro|rw ours|
  if [ -d "$1" ]; then point "$2" dir "$4"; else point "$2" file "$4"; fi
  mount --rbind "$1" "$2" || exit 125
  [ "$3" = rw ] && return 0
  # In a user namespace what the machine forbids on a mount must be said again.
  for more in "" ,nosuid,nodev ,nosuid,nodev,relatime ,nosuid,nodev,noexec,relatime; do
    mount -o "remount,ro,bind$more" "$2" 2>/dev/null && return 0
  done
  echo "cannot make $2 read-only" >&2; exit 125
}
`;

export interface Stage {
  /** The pod's folder on the host: sources below it are reached through the stage. */
  readonly podFolder: string;
}

const aside = (path: string, name: string) =>
  `if [ -d ${quote(path)} ]; then mkdir -p /windlass/${name}; else : >/windlass/${name}; fi; mount --rbind ${quote(path)} /windlass/${name} || exit 125`;

/** The script that a container's first process runs inside its fresh mount namespace. */
export function containerScript(spec: ProcessSpec, { podFolder }: Stage): string {
  const staged = (path: string) => (isBelow(path, podFolder) ? stage + path.slice(podFolder.length) : path);
  const folder = staged(spec.folder);
  const kept = spec.keep.filter((path) => isBelow(path, "/tmp"));
  const outside = spec.binds.filter(({ source }) => isBelow(source, "/tmp") && !isBelow(source, podFolder));
  const sourceOf = (source: string, at: number) => (at < 0 ? staged(source) : `/windlass/outside${at}`);
  return [
    "set -u",
    ownPath,
    "n=0",
    `scratch=${quote(folder)}/scratch`,
    'mkdir -p "$scratch"',
    functions,
    // Folders below /tmp are seen from elsewhere first, for they are hidden once the container has its own /tmp.
    ...kept.map((path, at) => aside(path, `keep${at}`)),
    ...outside.map(
      ({ source, makeSource }, at) =>
        `${makeSource ? `mkdir -p ${quote(source)}; ` : ""}${aside(source, `outside${at}`)}`,
    ),
    `mkdir -p ${quote(folder)}/tmp && chmod 1777 ${quote(folder)}/tmp && mount --bind ${quote(folder)}/tmp /tmp || exit 125`,
    ...kept.map(
      (path, at) => `mkdir -p ${quote(path)} && mount --rbind /windlass/keep${at} ${quote(path)} || exit 125`,
    ),
    `mount -t tmpfs -o mode=1777${spec.shmBytes === undefined ? "" : `,size=${spec.shmBytes}`} tmpfs /dev/shm || exit 125`,
    ...sourceMount(spec),
    ...spec.binds.map((bind, at) => {
      const source = sourceOf(bind.source, outside.indexOf(bind));
      const earlier = [
        ...(spec.sourceTarget ? [spec.sourceTarget] : []),
        ...spec.binds.slice(0, at).map((b) => b.target),
      ];
      const isOurs = earlier.some((target) => isBelow(bind.target, target));
      const make = bind.makeSource ? `mkdir -p ${quote(source)}; ` : "";
      return `${make}bind ${quote(source)} ${quote(bind.target)} ${bind.readOnly ? "ro" : "rw"} ${isOurs ? "ours" : '""'}`;
    }),
    ...workingDirectory(spec),
    init(spec.argv),
  ].join("\n");
}

/** An overlay over the source, or a copy where overlays are not to be had: what a container writes stays its own. */
function sourceMount({ source, sourceTarget = workplace }: ProcessSpec): readonly string[] {
  const target = quote(sourceTarget);
  if (!source) return [`mkdir -p "$scratch/app" && mount --bind "$scratch/app" ${workplace} || exit 125`];
  return [
    `point ${target} dir ""; mkdir -p "$scratch/app" "$scratch/appwork"`,
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
