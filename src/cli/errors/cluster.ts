/** Errors of the local cluster: it is not there. */
import { defineErrors, makersOf } from "./define.ts";

export const clusterArea = defineErrors("The local cluster", {
  LOCAL_CLUSTER_DOWN: {
    when: "a command needs the local cluster, which is not running, or which was stopped while an experiment was watched",
    message: (watched?: string) =>
      watched === undefined ? "the local cluster is not running" : "the local cluster was stopped",
    remedy: (watched?: string) =>
      watched === undefined
        ? "start it with `windlass up`, or name a cluster with --context"
        : `start it with \`windlass up\`; \`windlass logs -f ${watched}\` then shows what became of the run`,
  },
});

export const clusterErrors = makersOf(clusterArea);
