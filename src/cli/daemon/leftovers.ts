/**
 * What lies in the state folder of pods, experiments and claims that are gone. A pod's log is kept for as long as the pod
 * or its experiment exists: `windlass logs` of a finished experiment reads it long after the pod.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ObjectMeta } from "../../meta/object.ts";
import { uidPattern } from "../../machinery/names.ts";

export interface Leftover {
  readonly name: string;
  readonly path: string;
  readonly changedAt: Date;
}

/** What exists now, over all namespaces. */
export interface Present {
  /** Of pods. */
  readonly podUids: ReadonlySet<string>;
  /** `namespace/name`. */
  readonly experiments: ReadonlySet<string>;
}

/** `NAMESPACE_POD_UID`: the names of Kubernetes hold no underscore. */
export function isLogNeeded(folder: string, { podUids, experiments }: Present): boolean {
  const [namespace = "", pod = "", uid = ""] = folder.split("_");
  if (podUids.has(uid)) return true;
  const words = pod.split("-");
  return words.some((_, at) => at > 0 && experiments.has(`${namespace}/${words.slice(0, at).join("-")}`));
}

const isBuildLogNeeded = (file: string, { experiments }: Present): boolean => {
  const name = file.replace(/\.log$/, "");
  return [...experiments].some((key) => key.endsWith(`/${name}`));
};

export function entriesOf(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}

export function makeLeftover(folder: string, name: string): Leftover {
  const path = join(folder, name);
  return { name, path, changedAt: statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date(0) };
}

/** Logs of pods and of builds that belong to nobody. */
export function leftLogs(state: string, present: Present): readonly Leftover[] {
  const [pods, builds] = [join(state, "pods"), join(state, "builds")];
  return [
    ...entriesOf(pods)
      .filter((name) => !isLogNeeded(name, present))
      .map((name) => makeLeftover(pods, name)),
    ...entriesOf(builds)
      .filter((name) => !isBuildLogNeeded(name, present))
      .map((name) => makeLeftover(builds, name)),
  ];
}

/** Logs of an experiment's pods and of its build. */
export function logsOfExperiment(state: string, { namespace, name }: ObjectMeta): readonly string[] {
  const [pods, builds] = [join(state, "pods"), join(state, "builds")];
  const ofPods = entriesOf(pods).filter((folder) => folder.startsWith(`${namespace}_${name}-`));
  return [...ofPods.map((folder) => join(pods, folder)), join(builds, `${name}.log`)];
}

/** Folders of claims as earlier versions named them, by namespace: whether somebody wants their data, nobody knows. */
export function leftClaims(state: string): readonly Leftover[] {
  const claims = join(state, "claims");
  return entriesOf(claims)
    .filter((name) => !uidPattern.test(name))
    .map((name) => makeLeftover(claims, name));
}
