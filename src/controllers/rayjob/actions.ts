/** What Ray is asked about a job: its state, to take it, to stop it. Pure; the controller's value says who asks. */
import type { RayJobInfo, SubmitRequest } from "../../api/ray/jobs-api.ts";
import { defineAction } from "../../runtime/action.ts";

/** Where Ray is to be asked; the cluster's name tells one attempt from the next. */
export interface RayAddress {
  readonly jobId: string;
  readonly address: string;
  readonly service: string;
  readonly cluster: string;
  readonly tokenSecret?: string;
}
type Fields<T> = { readonly [Key in keyof T]: T[Key] };

/** `since`: the submitter's end, or the submission. Each is news, and asks at once. */
export type InfoQuestion = Fields<RayAddress & { readonly since: string }>;
export type SubmitQuestion = Fields<RayAddress & { readonly request: SubmitRequest }>;

/** Longer than any call of a RayClient takes. */
const timeoutMs = 12_000;
/** Ray's token, and its dashboard where names of Services do not resolve: from outside the cluster. */
const rights = [
  { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
  { apiGroups: [""], resources: ["services/proxy"], verbs: ["get", "create"] },
] as const;
const poll = { everyMs: 3000, because: "Ray's Jobs API cannot be watched" } as const;

/** Undefined when Ray knows no such job. */
export const jobInfo = defineAction<InfoQuestion, RayJobInfo | undefined>({
  name: "job-info",
  does: "Asks Ray for the state of the job.",
  repeat: poll,
  rights,
  timeoutMs,
});

export const submission = defineAction<SubmitQuestion, void>({
  name: "submit",
  does: "Submits the job of an HTTPMode RayJob to Ray.",
  repeat: { everyMs: poll.everyMs, because: "a submission that failed is tried again" },
  rights,
  timeoutMs,
});

export const stop = defineAction<Fields<RayAddress>, void>({
  name: "stop",
  does: "Stops the job in Ray when its RayJob is deleted.",
  rights,
  timeoutMs,
});
