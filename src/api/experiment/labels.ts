/** Names that tie an experiment to what it creates. */

/** Of every label that Windlass sets itself. */
export const ownLabelPrefix = "windlass.dev/";

/** On the workload and, where the templates allow it, on every pod: the experiment's object name. */
export const experimentLabel = "windlass.dev/experiment";
/** Same value, the key platform tooling selects by. */
export const experimentIdLabel = "windlass.dev/experiment-id";

/** Name of the Secret that holds an experiment's own secrets. */
export const secretNameOf = (experiment: string): string => `${experiment}-secrets`;

/** Name of the Secret with the keys of an experiment's buckets. */
export const storageSecretNameOf = (experiment: string): string => `${experiment}-storage`;

/** `experiment-<first 8>-<next 4>` of a UUID: the object's name, and the prefix of every pod. */
export function experimentName(id: string): string {
  const hex = id.toLowerCase();
  return `experiment-${hex.slice(0, 8)}-${hex.slice(9, 13)}`;
}
/** On an experiment that repeats another: the name of that one. */
export const rerunOfLabel = "windlass.dev/rerun-of";
/** On the experiments of a sweep: its name. */
export const sweepLabel = "windlass.dev/sweep";
