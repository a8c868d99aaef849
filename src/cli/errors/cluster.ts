/** Errors of the local cluster: it is not running, cannot start, or cannot run an experiment. */
import { occupiedStatus } from "../daemon/record.ts";
import { defineErrors, makersOf } from "./define.ts";

export const clusterArea = defineErrors("The local cluster", {
  LOCAL_CLUSTER_DOWN: {
    when: "the local cluster is not running, or was stopped while a command followed an experiment",
    message: (watched?: string) =>
      watched === undefined ? "the local cluster is not running" : "the local cluster was stopped",
    remedy: (watched?: string) =>
      watched === undefined
        ? "start it with `windlass up`, or name a cluster with --context"
        : `start it with \`windlass up\`; \`windlass logs -f ${watched}\` then follows the run again`,
  },
  LOCAL_CLUSTER_FAILED: {
    when: "the local cluster did not start",
    message: (problem: string, _log: string) => `the local cluster did not start:\n${problem}`,
    remedy: (_problem: string, log: string) => `read the full log in ${log}`,
  },
  LOCAL_CLUSTER_RUNNING: {
    when: "another local cluster uses the same state folder",
    message: (problem: string) => problem,
    remedy: "`windlass status` shows it, `windlass down` stops it",
    exitStatus: occupiedStatus,
  },
  STATE_UNWRITABLE: {
    when: "the folder for the local cluster's state cannot be written",
    message: (folder: string, reason: string) => `cannot write to the state folder ${folder}: ${reason}`,
    remedy: "set WINDLASS_HOME or XDG_STATE_HOME to a writable folder",
  },
  PORT_UNAVAILABLE: {
    when: "the port given with `windlass up --port` cannot be opened",
    message: (port: string, isForbidden: boolean) =>
      isForbidden ? `this user may not open port ${port} on 127.0.0.1` : `port ${port} on 127.0.0.1 is already in use`,
    remedy: "choose another port with `windlass up --port N`, or leave --port out to get a free one",
  },
  DOES_NOT_FIT: {
    when: "the experiment requests more than this machine has",
    message: (missing: readonly string[]) => `this machine can never run the experiment:\n  ${missing.join("\n  ")}`,
    remedy:
      "request less in the manifest, run it on a cluster (--context), or let the node advertise more than the machine has: `windlass down && windlass up --cpus N --memory 64Gi`",
  },
  SHARED_NETWORK: {
    when: "a Ray cluster with workers needs one network per pod, and the pods of the local cluster share one",
    message: (reason: string) => `a Ray cluster with workers needs a network for each pod, and here ${reason}`,
    remedy:
      "run the local cluster as root (`windlass down`, then `sudo npx windlass up` and the same for the other commands), run the experiment on a cluster (--context), or leave only the head: `Workers: []`",
  },
});

export const clusterErrors = makersOf(clusterArea);
