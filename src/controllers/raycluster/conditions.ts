/** The conditions of a RayCluster, and how suspending goes on from each state. Pure. */
import type { Pod } from "../../api/core/pod.ts";
import { type Condition, isConditionTrue, removeCondition, setCondition } from "../../meta/condition.ts";
import { conditions as types } from "../../api/ray/labels.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import type { Noun } from "../../runtime/noun.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import { allPods, groupPods, headPod, workerPod } from "./events.ts";
import type { RayOperatorOptions } from "./options.ts";
import { desiredWorkers, isHead, isUp } from "./pod-state.ts";
import { type Suspension, suspensionOf } from "./policies/suspension.ts";

export interface ConditionInput {
  readonly cluster: RayCluster;
  readonly pods: readonly Pod[];
  readonly failures: readonly WriteFailure[];
  readonly options: RayOperatorOptions;
  readonly now: Date;
}

type Conditions = readonly Condition[];
type NewCondition = Omit<Condition, "lastTransitionTime">;

/** The reason of the first container that does not run says more than "ContainersNotReady". */
function containerReason(pod: Pod): { readonly reason?: string; readonly message?: string } {
  for (const { name, state } of pod.status?.containerStatuses ?? []) {
    const { waiting, terminated } = state ?? {};
    const cause = waiting ?? terminated;
    if (cause?.reason) return { reason: cause.reason, message: `${name}: ${cause.message ?? ""}` };
  }
  return {};
}

const validReason = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;

function headCondition(head: Pod | undefined): NewCondition {
  const type = types.headPodReady;
  if (!head) return { type, status: "False", reason: "HeadPodNotFound", message: "Head Pod not found" };
  const ready = head.status?.conditions?.find((condition) => condition.type === "Ready");
  if (!ready) return { type, status: "False", reason: "Unknown", message: "" };
  if (ready.status === "True")
    return { type, status: "True", reason: ready.reason || "HeadPodRunningAndReady", message: ready.message ?? "" };
  const cause = ready.reason === "ContainersNotReady" ? containerReason(head) : {};
  const reason = [cause.reason, ready.reason].find((text) => text !== undefined && validReason.test(text)) ?? "Unknown";
  const message = cause.message ? `${ready.message ?? ""}; ${cause.message}` : (ready.message ?? "");
  return { type, status: ready.status, reason, message };
}

const podNouns: ReadonlySet<Noun | undefined> = new Set([headPod, workerPod, groupPods, allPods]);

/** Pods could not be made or deleted. Failures of other writes leave the condition as it is. */
function withReplicaFailure(list: Conditions, { failures, now }: ConditionInput): Conditions {
  const failure = failures.find(({ noun }) => podNouns.has(noun));
  if (!failure) return failures.length === 0 ? removeCondition(list, types.replicaFailure) : list;
  const { reason, message } = failure;
  return setCondition(list, { type: types.replicaFailure, status: "True", reason, message }, now);
}

const notProvisioned = (message: string): NewCondition => ({
  type: types.provisioned,
  status: "False",
  reason: "RayClusterPodsProvisioning",
  message,
});
const provisioned: NewCondition = {
  type: types.provisioned,
  status: "True",
  reason: "AllPodRunningAndReadyFirstTime",
  message: "All Ray Pods are ready for the first time",
};
const suspendedMessage = "RayCluster has been suspended";

function provisionedCondition(list: Conditions, { cluster, pods }: ConditionInput): NewCondition {
  const wanted = desiredWorkers(cluster.spec.workerGroupSpecs ?? []) + 1;
  if (pods.length >= wanted && pods.every(isUp)) return provisioned;
  const isSuspended = isConditionTrue(list, types.suspended);
  return notProvisioned(isSuspended ? suspendedMessage : "RayCluster Pods are being provisioned for first time");
}

const set = (list: Conditions, type: string, isOn: boolean, now: Date): Conditions =>
  setCondition(list, { type, status: isOn ? "True" : "False", reason: type, message: "" }, now);

const withSuspension = (list: Conditions, { suspended = false, suspending = false }, now: Date): Conditions =>
  set(set(list, types.suspended, suspended, now), types.suspending, suspending, now);

/** Only false resumes what is suspended: leaving the field out does not. */
const afterSuspension: Readonly<Record<Suspension, (list: Conditions, input: ConditionInput) => Conditions>> = {
  none: (list, { now }) => withSuspension(list, {}, now),
  requested: (list, { now }) => withSuspension(list, { suspending: true }, now),
  suspending: (list, { pods, now }) =>
    pods.length > 0
      ? withSuspension(list, { suspending: true }, now)
      : withSuspension(setCondition(list, notProvisioned(suspendedMessage), now), { suspended: true }, now),
  suspended: (list, { cluster, now }) =>
    cluster.spec.suspend === false ? set(list, types.suspended, false, now) : list,
};

export function deriveConditions(input: ConditionInput): Conditions {
  const { cluster, pods, options, now } = input;
  const told = withReplicaFailure(cluster.status?.conditions ?? [], input);
  const headed = setCondition(told, headCondition(pods.find(isHead)), now);
  const isKnown = isConditionTrue(headed, types.provisioned);
  const list = isKnown ? headed : setCondition(headed, provisionedCondition(headed, input), now);
  return afterSuspension[suspensionOf(cluster, options)](list, input);
}
