/** Errors of reaching into a running experiment: exec, shell, port-forward, open, top. */
import { defineErrors, makersOf } from "./define.ts";

export const reachArea = defineErrors("Reaching into an experiment", {
  EXPERIMENT_OVER: {
    when: "a command needs a running pod of an experiment that has ended",
    message: (name: string, ended: string) => `${name} has ended (${ended}) and its pods no longer exist`,
    remedy: (name: string) =>
      `\`windlass logs ${name}\` shows what it printed; \`windlass rerun ${name}\` runs it again`,
  },
  NO_RUNNING_POD: {
    when: "a command needs a running pod and the experiment has none yet",
    message: (name: string, step: string) => `${name} has no running pod yet: it is in step ${step}`,
    remedy: (name: string) => `\`windlass why ${name}\` shows what it is waiting for`,
  },
  POD_NOT_RUNNING: {
    when: "the pod that a command needs is not running",
    message: (pod: string, phase: string) => `pod ${pod} is not running: ${phase}`,
    remedy: "choose a running pod with --pod or --rank; `windlass get NAME` lists them",
  },
  NO_COMMAND: {
    when: "`windlass exec` is called without a command",
    message: (name: string) => `no command to run in ${name}`,
    remedy: (name: string) =>
      `put it after --, for example \`windlass exec ${name} -- nvidia-smi\`; \`windlass shell ${name}\` opens a shell`,
    exitStatus: 2,
  },
  NO_TERMINAL: {
    when: "`windlass shell` is called without a terminal",
    message: () => "a shell needs a terminal, but stdin or stdout is not one",
    remedy: "`windlass exec NAME -- COMMAND` runs one command and reads its input from a pipe",
    exitStatus: 2,
  },
  NO_DASHBOARD: {
    when: "`windlass open` names a page that the experiment does not have",
    message: (name: string, title: string, _wanted: string) => `${name} has no ${title}`,
    remedy: (_name: string, _title: string, wanted: string) => wanted,
  },
  NO_DASHBOARDS: {
    when: "`windlass open` is called for an experiment without web pages",
    message: (name: string) => `${name} has nothing to open: no Ray dashboard, no TensorBoard, no Jupyter`,
    remedy: "set `spec.tensorboard.enabled: true` in the manifest, or reach another port with `windlass port-forward`",
  },
  NO_METRICS: {
    when: "the cluster reports no resource usage of pods",
    message: (cluster: string, cause: string) =>
      `${cluster} reports no resource usage: it has no metrics API, and its nodes do not answer: ${cause}`,
    remedy: "install metrics-server, or ask for permission to `get nodes/proxy`",
  },
  NO_USAGE: {
    when: "no resource usage is recorded for an experiment",
    message: (name: string) => `no resource usage is recorded for the pods of ${name}`,
    remedy:
      "the local cluster measures pods with control groups, which need root or delegation; on another cluster, usage is available only while pods run",
  },
  BAD_PORT: {
    when: "a port to forward is not [LOCAL:]PORT",
    message: (text: string) => `"${text}" is not a port: expected PORT or LOCAL:PORT, each from 1 to 65535`,
    exitStatus: 2,
  },
  PORT_TAKEN: {
    when: "the local port of a port-forward cannot be opened",
    message: (port: number, reason: string) => `cannot open local port ${port}: ${reason}`,
    remedy: (port: number) => `choose another one, such as ${port + 10000}:PORT, or 0:PORT for any free port`,
  },
});

export const reachErrors = makersOf(reachArea);
