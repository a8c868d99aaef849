/** The web pages of an experiment: which there are, in which pod, and why one is not. Pure. */
import { containerNames } from "../../api/containers.ts";
import { isPodFinished, type Pod } from "../../api/core/pod.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { parseManifest } from "../../manifest/index.ts";
import { coordinatesOf } from "./coordinates.ts";
import { reachErrors } from "../errors/reach.ts";
import { nameOf } from "../experiments/find.ts";
import { noPod } from "./reach-pod.ts";

export const dashboardNames = ["ray", "tensorboard", "jupyter"] as const;
export type DashboardName = (typeof dashboardNames)[number];

export interface Dashboard {
  readonly name: DashboardName;
  readonly pod: string;
  readonly port: number;
  /** Of the sidecar that serves it; undefined: the program itself. */
  readonly container?: string;
}

interface About {
  readonly title: string;
  /** Of the container's port. */
  readonly portName: string;
  readonly container?: string;
  /** How to have it. */
  readonly wanted: string;
}

export const dashboards: Readonly<Record<DashboardName, About>> = {
  ray: {
    title: "Ray dashboard",
    portName: "dashboard",
    wanted: "set `operator: kuberay` in the manifest: only Ray experiments have one",
  },
  tensorboard: {
    title: "TensorBoard",
    portName: "tensorboard",
    container: containerNames.tensorboard,
    wanted: "set `spec.tensorboard.enabled: true` in the manifest",
  },
  jupyter: {
    title: "Jupyter",
    portName: "jupyter",
    wanted: "set `spec.debug.jupyter: true` in a manifest with `operator: kuberay`",
  },
};

/** Those that the manifest asks for. */
export function dashboardsOf(manifestText: string): readonly DashboardName[] {
  const spec = parseManifest(manifestText, { file: "manifest.yaml" }).manifest?.spec;
  const jupyter = spec?.debug?.jupyter;
  const hasJupyter = spec?.operator === "kuberay" && (typeof jupyter === "object" ? jupyter.enabled : jupyter);
  return [
    ...(spec?.operator === "kuberay" ? ["ray" as const] : []),
    ...(spec?.tensorboard?.enabled ? ["tensorboard" as const] : []),
    ...(hasJupyter ? ["jupyter" as const] : []),
  ];
}

/** Sidecars are in every pod of their group, and serve in its first. */
const isFirst = (pod: Pod): boolean => {
  const place = coordinatesOf(pod);
  return !place || (place.job === 0 && place.index === 0);
};

function findIn(pods: readonly Pod[], name: DashboardName): Dashboard | undefined {
  const { portName, container } = dashboards[name];
  for (const pod of pods.filter((one) => isFirst(one) && !isPodFinished(one) && !one.metadata.deletionTimestamp)) {
    const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const port = containers.flatMap(({ ports = [] }) => ports).find((one) => one.name === portName);
    if (port && pod.status?.phase === "Running")
      return { name, pod: nameOf(pod), port: port.containerPort, ...(container && { container }) };
  }
  return undefined;
}

/** The one that is wanted, or all there are. Throws UserError with why there is none. */
export function findDashboards(
  experiment: Experiment,
  pods: readonly Pod[],
  wanted?: DashboardName,
): readonly Dashboard[] {
  const name = nameOf(experiment);
  const asked = dashboardsOf(experiment.spec.manifest);
  if (wanted && !asked.includes(wanted))
    throw reachErrors.NO_DASHBOARD(name, dashboards[wanted].title, dashboards[wanted].wanted);
  if (asked.length === 0) throw reachErrors.NO_DASHBOARDS(name);
  const found = asked.filter((one) => !wanted || one === wanted).flatMap((one) => findIn(pods, one) ?? []);
  if (found.length > 0 && !isExperimentFinished(experiment)) return found;
  throw noPod(experiment);
}

/** The token in the address that Jupyter prints when it starts. */
export const tokenIn = (line: string): string | undefined => /[?&]token=([\w-]{8,})/.exec(line)?.[1];
