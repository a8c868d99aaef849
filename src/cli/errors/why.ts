/** Errors of `windlass why KIND/NAME`. */
import { defineErrors, makersOf } from "./define.ts";

const quote = (name: string) => `"${name}"`;

export const whyArea = defineErrors("Explaining workloads", {
  UNKNOWN_KIND: {
    when: "`windlass why KIND/NAME` does not support this kind",
    message: (kind: string, _known: readonly string[]) => `unsupported kind ${quote(kind)}`,
    remedy: (_kind: string, known: readonly string[]) => `supported kinds: ${known.join(", ")}`,
    exitStatus: 2,
  },
  WORKLOAD_NOT_FOUND: {
    when: "the workload that `windlass why KIND/NAME` names does not exist",
    message: (kind: string, name: string, namespace: string, _remedy: string) =>
      `${kind} ${quote(name)} not found in namespace ${namespace}`,
    remedy: (_kind: string, _name: string, _namespace: string, remedy: string) => remedy,
  },
});

export const whyErrors = makersOf(whyArea);
