/** A world of one Job and its pods for the tests of plans: applies a plan the way the runtime and an API server would. */
import type { Job, JobSpec } from "../../../api/batch/job.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { Noun } from "../../../runtime/noun.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { jobController } from "./controller.ts";
import { findTrue } from "./verdict.ts";
import { planJob } from "./plan.ts";
import { indexOf } from "./pods.ts";

export class JobModel {
  job: Job;
  pods: Pod[] = [];
  now = new Date("2026-01-01T00:00:00Z");
  readonly events: string[] = [];
  statusWrites = 0;

  constructor(spec: Partial<JobSpec>) {
    const template = {
      metadata: { labels: { app: "x" } },
      spec: { restartPolicy: "Never", containers: [{ name: "main" }] },
    } as const;
    this.job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "j", namespace: "n", uid: "job-uid", resourceVersion: "1" },
      spec: { parallelism: 1, selector: { matchLabels: {} }, template, ...spec },
    };
  }

  /** Passes until the plan asks for nothing more; returns the last requeue asked for. */
  settle(): number | undefined {
    for (let pass = 0; pass < 50; pass++) {
      const plan = checkedPlan(jobController, planJob, this.job, { pods: [...this.pods] }, this.now);
      const before = JSON.stringify([this.job, this.pods]);
      for (const apply of plan.apply) this.#apply(apply.target as Pod, apply.as);
      for (const { target, as } of plan.remove) this.delete(target.name, as);
      if (plan.status && JSON.stringify(plan.status) !== JSON.stringify(this.job.status)) this.#write(plan.status);
      this.events.push(...plan.events.map((event) => event.reason));
      if (JSON.stringify([this.job, this.pods]) === before) return plan.requeueAfterMs;
    }
    throw new Error("the plans never settle");
  }

  #write(status: NonNullable<Job["status"]>): void {
    this.job = { ...this.job, status };
    this.statusWrites++;
  }

  #apply(target: Pod, noun: Noun | undefined): void {
    const at = this.pods.findIndex((pod) => pod.metadata.name === target.metadata.name);
    if (noun) this.events.push("SuccessfulCreate");
    if (at < 0) {
      const metadata = {
        ...target.metadata,
        uid: `uid-${target.metadata.name}`,
        creationTimestamp: this.now.toISOString(),
      };
      this.pods.push({ ...target, metadata, status: { phase: "Pending" } });
      return;
    }
    const old = this.pods[at] as Pod;
    this.pods[at] = { ...old, metadata: { ...old.metadata, ...target.metadata } };
    this.#sweep();
  }

  /** A deleted pod goes when no finalizer holds it and no node runs it. */
  #sweep(): void {
    this.pods = this.pods.filter(
      ({ metadata, spec, status }) =>
        !metadata.deletionTimestamp ||
        (metadata.finalizers?.length ?? 0) > 0 ||
        (spec.nodeName !== undefined && status?.phase === "Running"),
    );
  }

  delete(name: string, noun?: Noun): void {
    if (noun) this.events.push("SuccessfulDelete");
    this.#change(name, (pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: this.now.toISOString() } }));
    this.#sweep();
  }

  #change(name: string | undefined, change: (pod: Pod) => Pod): void {
    this.pods = this.pods.map((pod) => (pod.metadata.name === name ? change(pod) : pod));
  }

  /** The pods that are still going, by index when they have one. */
  live(): readonly Pod[] {
    return this.pods.filter(
      (pod) => !pod.metadata.deletionTimestamp && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed",
    );
  }

  run(): void {
    for (const pod of this.live()) {
      this.#change(pod.metadata.name, (old) => ({
        ...old,
        spec: { ...old.spec, nodeName: "node" },
        status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
      }));
    }
  }

  /** Ends the live (or the terminating) pod of an index, or the first one. */
  end(phase: "Succeeded" | "Failed", options: { index?: number; exitCode?: number; condition?: string } = {}): void {
    const { index, exitCode = phase === "Failed" ? 1 : 0, condition } = options;
    const going = this.pods.filter((pod) => pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed");
    const pod = going.find((candidate) => index === undefined || indexOf(candidate) === index);
    if (!pod) throw new Error("no such pod");
    const terminated = { exitCode, finishedAt: this.now.toISOString() };
    const container = { name: "main", image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } };
    this.#change(pod.metadata.name, (old) => ({
      ...old,
      status: {
        phase,
        containerStatuses: [container],
        ...(condition && { conditions: [{ type: condition, status: "True" as const }] }),
      },
    }));
    this.#sweep();
  }

  patch(spec: Partial<JobSpec>): void {
    this.job = { ...this.job, spec: { ...this.job.spec, ...spec } };
  }

  wait(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }

  reason(type: string): string | undefined {
    return findTrue(this.job.status?.conditions, type)?.reason;
  }
}
