/** Errors of reaching into a running experiment: exec, shell, port-forward, open, top. */
import { defineErrors, makersOf } from "./define.ts";

export const reachArea = defineErrors("Reaching into an experiment", {
  EXPERIMENT_OVER: {
    when: "a command needs a running pod of an experiment that has ended",
    message: (name: string, ended: string) => `${name} has ended (${ended}), and its pods are gone`,
    remedy: (name: string) =>
      `\`windlass logs ${name}\` shows what it printed; \`windlass rerun ${name}\` runs it again`,
  },
  NO_RUNNING_POD: {
    when: "a command needs a running pod, and the experiment has none yet",
    message: (name: string, step: string) => `no pod of ${name} is running yet: the experiment is in step ${step}`,
    remedy: (name: string) => `\`windlass why ${name}\` tells what it waits for`,
  },
  POD_NOT_RUNNING: {
    when: "the pod that a command needs does not run",
    message: (pod: string, phase: string) => `pod ${pod} is not running: ${phase}`,
    remedy: "name a running one with --pod or --rank; `windlass get NAME` lists them",
  },
  NO_COMMAND: {
    when: "`windlass exec` is given no command",
    message: (name: string) => `no command to run in ${name}`,
    remedy: (name: string) =>
      `write it behind --, such as \`windlass exec ${name} -- nvidia-smi\`; \`windlass shell ${name}\` opens a shell`,
    exitStatus: 2,
  },
  NO_TERMINAL: {
    when: "`windlass shell` is called without a terminal",
    message: () => "a shell needs a terminal, and stdin or stdout is none",
    remedy: "`windlass exec NAME -- COMMAND` runs one command and takes its input from a pipe",
    exitStatus: 2,
  },
  NO_DASHBOARD: {
    when: "`windlass open` names a page that the experiment does not have",
    message: (name: string, title: string, _wanted: string) => `${name} has no ${title}`,
    remedy: (_name: string, _title: string, wanted: string) => wanted,
  },
  NO_DASHBOARDS: {
    when: "`windlass open` is called for an experiment without any page",
    message: (name: string) => `${name} has nothing to open: no Ray dashboard, no TensorBoard, no Jupyter`,
    remedy: "set `spec.tensorboard.enabled: true` in the manifest, or reach another port with `windlass port-forward`",
  },
  NO_METRICS: {
    when: "nobody on a cluster tells what pods use",
    message: (cluster: string) =>
      `${cluster} does not tell what its pods use: it has no metrics API, and its nodes may not be asked`,
    remedy: "install metrics-server, or ask for the right to `get nodes/proxy`",
  },
  NO_USAGE: {
    when: "nothing is known of what an experiment's pods used",
    message: (name: string) => `nothing is known of what the pods of ${name} use`,
    remedy: (name: string) => `\`windlass get ${name}\` shows its pods; on a cluster figures end with the pods`,
  },
  BAD_PORT: {
    when: "a port to forward is not written as [LOCAL:]PORT",
    message: (text: string) => `"${text}" is no port: expected PORT or LOCAL:PORT, each from 1 to 65535`,
    exitStatus: 2,
  },
  PORT_TAKEN: {
    when: "the port of this machine that is to be forwarded cannot be opened",
    message: (port: number, reason: string) => `port ${port} of this machine cannot be opened: ${reason}`,
    remedy: (port: number) => `name another one, such as ${port + 10000}:PORT, or 0:PORT for any free one`,
  },
});

export const reachErrors = makersOf(reachArea);
