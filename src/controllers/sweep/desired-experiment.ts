/** The experiment of one trial. Pure. */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { apiVersionOf } from "../../meta/object.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import { parametersAnnotation, sweepLabel, trialLabel } from "../../api/sweep/labels.ts";
import type { Sweep, Trial } from "../../api/sweep/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import { applyParameters, formatParameters, parameterEnv } from "../../manifest/index.ts";

/** `image`: what another trial's source was built into; its own image otherwise. Throws EditError for a manifest that takes no parameters. */
export function desiredExperiment(root: Sweep, index: number, image: string | undefined): Experiment {
  const { template, trials, passing = "Arguments" } = root.spec;
  const { parameters } = trials[index] as Trial;
  const { name = "", namespace, labels = {} } = root.metadata;
  const title = template.message?.trim().split(/\r?\n/, 1)[0];
  const about = formatParameters(parameters);
  return {
    apiVersion: apiVersionOf(ExperimentKind),
    kind: ExperimentKind.kind,
    metadata: {
      name: `${name}-${index}`,
      ...(namespace && { namespace }),
      labels: { ...labels, [sweepLabel]: name, [trialLabel]: String(index) },
      annotations: { [parametersAnnotation]: JSON.stringify(parameters) },
      ownerReferences: [ownerReference(SweepKind, root)],
    },
    spec: {
      ...template,
      manifest: applyParameters(template.manifest, parameters, passing === "Arguments"),
      message: title ? `${about} · ${title}` : about,
      ...(image && { image }),
      env: { ...template.env, ...parameterEnv(parameters) },
    },
  };
}
