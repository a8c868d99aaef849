/** What a reconcile of a RayCluster does: services and pods in one go, the status once. Pure. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { labels } from "../../api/ray/labels.ts";
import type { RayCluster, RayClusterStatus } from "../../api/ray/types.ts";
import { warnOfRestarts } from "../../api/ray/validation.ts";
import { again, removeAll, setStatus, type Step, type Steps, tell } from "../../runtime/steps.ts";
import { planAuthSecret } from "./children/auth-secret.ts";
import { planAccess } from "./children/autoscaler.ts";
import { accountNotFound, allPods, invalid, tooManyHeads } from "./events.ts";
import { planGroups } from "./workers/groups.ts";
import { specHash } from "./policies/spec-hash.ts";
import { createHead, removeHead, staysWithoutHead } from "./children/head.ts";
import { planIngress } from "./children/ingress.ts";
import { findProblem, planInvalid } from "./validation.ts";
import type { World } from "./observe.ts";
import type { RayOperatorOptions } from "./options.ts";
import type { PodContext } from "./pod-template/ray-pod.ts";
import { isHead, isTerminating, unhealthyReason } from "./pod-state.ts";
import { headServiceNameOf, planServices } from "./children/services.ts";
import { deriveStatus } from "./status.ts";
import { type Suspension, suspensionOf } from "./policies/suspension.ts";
import { planStamp, upgradeOf } from "./policies/upgrade.ts";

interface PodSteps {
  readonly steps: Steps;
  /** The cluster cannot become ready in this reconcile. */
  readonly hasProblem: boolean;
}

/** Every pod of the cluster, in one request. */
function removeAllPods(
  { metadata: { namespace = "default", name } }: RayCluster,
  pods: readonly Pod[],
  why: string,
): Steps {
  if (pods.every(isTerminating)) return [];
  const says = `Deleted Pods for RayCluster {object} ${why}`;
  return [removeAll(PodKind, { namespace, labelSelector: `${labels.cluster}=${name}` }, { as: allPods, says })];
}

function planRunning(context: PodContext, pods: readonly Pod[]): PodSteps {
  const { cluster } = context;
  const head = pods.find(isHead);
  const upgrade = upgradeOf(context, head);
  if (upgrade === "recreate")
    return {
      steps: removeAllPods(cluster, pods, "due to spec change with Recreate upgradeStrategy"),
      hasProblem: true,
    };
  if (!head && staysWithoutHead(cluster)) return { steps: [], hasProblem: true };
  const reason = head && unhealthyReason(head);
  // A head that has to go takes the whole pass: workers are looked at once it goes.
  if (head && reason && !isTerminating(head)) return { steps: [removeHead(head, reason)], hasProblem: true };
  const first = head ? [] : [createHead(context)];
  const stamp = head && upgrade === "stamp" ? planStamp(context, head) : [];
  const { steps, stops } = planGroups(context, pods);
  return { steps: [...stamp, ...first, ...steps], hasProblem: stops || reason !== undefined };
}

const planPods: Readonly<Record<Suspension, (context: PodContext, pods: readonly Pod[]) => PodSteps>> = {
  none: planRunning,
  // The status says so first.
  requested: () => ({ steps: [], hasProblem: false }),
  suspending: ({ cluster }, pods) => ({
    steps: removeAllPods(cluster, pods, "due to suspension"),
    hasProblem: false,
  }),
  suspended: () => ({ steps: [], hasProblem: false }),
};

/** The hash is needed by few reconciles, and costs more than all the rest of one. */
function contextOf(cluster: RayCluster, headService: Service | undefined, options: RayOperatorOptions): PodContext {
  let known: string | undefined;
  return {
    cluster,
    options,
    headService: headService?.metadata.name ?? headServiceNameOf(cluster),
    hash: () => (known ??= specHash(cluster.spec)),
  };
}

function warnings(cluster: RayCluster): Steps {
  const restarts = warnOfRestarts(cluster.spec);
  const text = `RayCluster spec warning: ${restarts}`;
  return restarts === undefined ? [] : [tell(invalid(cluster, "InvalidRayClusterSpec", text))];
}

const isCreate = (step: Step): boolean => step.do === "apply" && step.write.mode === "create";

export function planRayCluster(
  cluster: RayCluster,
  world: World,
  now: Date,
  options: RayOperatorOptions,
): Steps<RayClusterStatus> {
  const problem = findProblem(cluster, options);
  if (problem) return planInvalid(cluster, problem);
  const { pods, failures, headServices, missingAccount } = world;
  const [headService] = headServices;
  const suspension = suspensionOf(cluster, options);
  const heads = pods.filter(isHead);
  // Which of two heads is the cluster's nobody can tell: nothing is written until one is gone.
  if (heads.length > 1 && suspension === "none") return [tell(tooManyHeads(cluster, heads))];
  const context = contextOf(cluster, headService, options);
  // Without the account that it names, the head would be refused, again and again.
  const ofPods = missingAccount
    ? { steps: [tell(accountNotFound(cluster, missingAccount))], hasProblem: true }
    : planPods[suspension](context, pods);
  const steps = [
    ...planAccess(cluster),
    ...planAuthSecret(cluster),
    ...planServices(cluster, headService, options),
    ...planIngress(cluster, world.ingress),
    ...ofPods.steps,
    ...warnings(cluster),
  ];
  // What is made now changes the status again at once: the next reconcile tells both in one write.
  if ((!headService || ofPods.steps.some(isCreate)) && failures.length === 0) return steps;
  const { hasProblem } = ofPods;
  const status = deriveStatus({ cluster, pods, headService, failures, hasProblem, options, now });
  const isTurning = suspensionOf({ ...cluster, status }, options) !== suspension;
  return [...steps, setStatus(status), ...(isTurning ? [again] : [])];
}
