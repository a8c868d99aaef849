/** The RayJob of one run: its name follows from when it is due, so that a second creation meets the first. Pure. */
import { formatTime } from "../../meta/condition.ts";
import { apiVersionOf } from "../../meta/object.ts";
import { annotations, labels } from "../../api/ray/labels.ts";
import { RayCronJob as RayCronJobKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import { scheduledJobName } from "../../api/ray/names.ts";
import type { RayCronJob, RayJob } from "../../api/ray/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";

/** A jobTemplate has no labels of its own, and a queue is chosen by a label. */
const queueLabels = ["kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"];

/** `at`: when the run is due, in milliseconds since 1970. */
export function desiredRayJob(root: RayCronJob, at: number): RayJob {
  const { name = "", namespace, labels: own = {} } = root.metadata;
  const queue = Object.entries(own).filter(([key]) => queueLabels.includes(key));
  return {
    apiVersion: apiVersionOf(RayJobKind),
    kind: RayJobKind.kind,
    metadata: {
      name: scheduledJobName(name, at),
      ...(namespace && { namespace }),
      labels: { ...Object.fromEntries(queue), [labels.cronJobName]: name },
      annotations: { [annotations.scheduledAt]: formatTime(new Date(at)) },
      ownerReferences: [ownerReference(RayCronJobKind, root)],
    },
    spec: root.spec.jobTemplate,
  };
}
