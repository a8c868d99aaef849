/** Errors of finding an experiment, its pods, its containers and its logs. */
import { defineErrors, makersOf } from "./define.ts";

const mostShown = 20;

const listed = (names: readonly string[]): string =>
  names.length > mostShown
    ? `${names.slice(0, mostShown).join(", ")} and ${names.length - mostShown} more`
    : names.join(", ");

function suggest(what: string, { near, known }: Known): string {
  const hints = [near ? `did you mean ${near}?` : "", known.length > 0 ? `known ${what}s: ${listed(known)}` : ""];
  return hints.filter(Boolean).join(" ") || `the experiment no longer has pods with a ${what}`;
}

/** What could have been named, and which of it resembles what was. */
export interface Known {
  readonly near?: string;
  readonly known: readonly string[];
}

export const findArea = defineErrors("Finding experiments and their pods", {
  NAMESPACE_NOT_FOUND: {
    when: "the namespace does not exist on the cluster",
    message: (name: string, cluster: string) => `namespace "${name}" not found on ${cluster}`,
    remedy: "name another one with --namespace, or create it: kubectl create namespace NAME",
  },
  EXPERIMENT_NOT_FOUND: {
    when: "no experiment has this name, this prefix or this id",
    message: (name: string, namespace: string, _near?: string) =>
      `experiment "${name}" not found in namespace ${namespace}`,
    remedy: (_name: string, _namespace: string, near?: string) =>
      near ? `did you mean ${near}?` : "`windlass list` shows all experiments",
  },
  NO_EXPERIMENTS: {
    when: "`latest` is named, and the namespace has no experiments",
    message: (namespace: string) => `there are no experiments in namespace ${namespace} yet`,
    remedy: "`windlass run` starts one",
  },
  AMBIGUOUS_NAME: {
    when: "several experiments match the prefix",
    message: (prefix: string, count: number, names: string) => `"${prefix}" matches ${count} experiments: ${names}`,
    remedy: "type more of the name, or use `latest` for the newest",
  },
  EXPERIMENT_DELETED: {
    when: "the experiment was deleted while a command followed it",
    message: (name: string) => `experiment ${name} was deleted while it ran`,
  },
  POD_NOT_FOUND: {
    when: "`--pod` matches no pod of the experiment",
    message: (wanted: string, _known: Known) => `pod "${wanted}" not found`,
    remedy: (_wanted: string, known: Known) => suggest("pod", known),
  },
  POD_AMBIGUOUS: {
    when: "`--pod` matches several pods",
    message: (wanted: string, _pods: readonly string[]) => `"${wanted}" matches several pods`,
    remedy: (_wanted: string, pods: readonly string[]) => `name one: ${listed(pods)}`,
  },
  RANK_NOT_FOUND: {
    when: "`--rank` matches no pod of the experiment",
    message: (wanted: string, _known: Known) => `rank "${wanted}" not found`,
    remedy: (_wanted: string, known: Known) => suggest("rank", known),
  },
  RANK_AMBIGUOUS: {
    when: "several pods have this rank",
    message: (wanted: string, _places: readonly string[]) => `rank "${wanted}" matches several pods`,
    remedy: (_wanted: string, places: readonly string[]) => `name one: ${listed(places)}`,
  },
  NO_RANKS: {
    when: "`--rank` is used for an experiment whose pods have no ranks",
    message: (_groups: readonly string[]) => "the pods of this experiment have no ranks",
    remedy: (groups: readonly string[]) => `select a pod with --pod, or a group with --group: ${listed(groups)}`,
  },
  GROUP_NOT_FOUND: {
    when: "`--group` matches no group of the experiment",
    message: (wanted: string, _known: Known) => `group "${wanted}" not found`,
    remedy: (_wanted: string, known: Known) => suggest("group", known),
  },
  CONTAINER_NOT_FOUND: {
    when: "`--container` names a container that the pod does not have",
    message: (pod: string, wanted: string, _known: Known) => `pod ${pod} has no container "${wanted}"`,
    remedy: (_pod: string, _wanted: string, { near, known }: Known) =>
      near ? `did you mean ${near}?` : `containers: ${known.join(", ")}`,
  },
  NO_LOGS: {
    when: "no pod of the experiment has logs",
    message: (name: string, isOver: boolean) =>
      isOver ? `${name} has ended, and its pods no longer exist, nor do their logs` : `${name} has no pod with logs`,
    remedy: (name: string, isOver: boolean) =>
      isOver
        ? `\`windlass why ${name}\` shows why it ended, with the last lines of the pod that failed`
        : `\`windlass get ${name}\` shows its current step, \`windlass events ${name}\` what happened`,
  },
});

export const findErrors = makersOf(findArea);
