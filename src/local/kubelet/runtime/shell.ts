/** Scripts for containers without mounts. Pure. */
import { quote, words } from "../../../machinery/shell-words.ts";
import type { ProcessSpec } from "./types.ts";

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
