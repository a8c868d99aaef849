/** Environment variables of an experiment's containers. Pure. */
import type { EnvVar } from "../../api/core/pod.ts";
import type { WorkloadContext } from "./workload-context.ts";
import type { Manifest } from "../model/manifest.ts";
import { tensorboardMount } from "../model/mount-paths.ts";

/**
 * A value that Kubernetes hands on as it is: `$(NAME)` and `$$` mean something in env values, in commands and in args.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function literal(text: string): string {
  return text.includes("$(") || text.includes("$$") ? text.replaceAll("$", "$$$$") : text;
}

/** The platform's variables, and where TensorBoard's logs go when they go to a volume. `own` are set last and win. */
export function containerEnv(
  manifest: Manifest,
  context: WorkloadContext,
  own: readonly EnvVar[] = [],
): readonly EnvVar[] {
  const onVolume = manifest.spec.tensorboard?.usePVC?.enabled;
  const all = {
    ...context.env,
    ...(onVolume && {
      AICHOR_TENSORBOARD_PATH: tensorboardMount,
      AICHOR_LOGS_PATH: tensorboardMount,
      AICHOR_TENSORBOARD_PVC_PATH: tensorboardMount,
    }),
  };
  const taken = new Set(own.map(({ name }) => name));
  const given = Object.entries(all).filter(([name]) => !taken.has(name));
  return [...given.map(([name, value]) => ({ name, value: literal(value) })), ...own];
}

/** A variable whose value is a label of the pod. */
export function labelEnv(name: string, label: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${label}']` } } };
}
