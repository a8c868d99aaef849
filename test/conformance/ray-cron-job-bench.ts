/** Where the tests of RayCronJobs run: our controller alone, on a clock that a test may set. The test plays the RayJobs. */
import { Event } from "../../src/api/core/kinds.ts";
import { RayCronJob as RayCronJobKind, RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import type { RayCronJob, RayCronJobSpec, RayJob } from "../../src/api/ray/types.ts";
import { rayOperatorOptions } from "../../src/controllers/raycluster/options.ts";
import { createRayCronJobController } from "../../src/controllers/raycronjob/controller.ts";
import { createClient } from "../../src/kube/create-client.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { type Clock, systemClock } from "../../src/runtime/clock.ts";
import { createManager } from "../../src/runtime/manager.ts";
import { type CountingTransport, countingTransport } from "../../src/testing/counting-transport.ts";
import { assertDeclared, declaredTransport } from "../../src/testing/declared-transport.ts";
import { installRay, spec as clusterSpec } from "./ray-cluster-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, startBench } from "./workloads-bench.ts";

/** Goes as fast as any other; its timers are the machine's. */
class SettableClock implements Clock {
  #ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  after(ms: number, callback: () => void): () => void {
    return systemClock.after(ms, callback);
  }

  /** Undefined: the real time. */
  set(time: string | undefined): void {
    this.#ahead = time === undefined ? 0 : Date.parse(time) - Date.now();
  }
}

export interface CronBench extends Bench {
  readonly clock: SettableClock;
  /** What our controller has asked of the API server. */
  readonly asked: CountingTransport;
}

/** `wrap` stands between our controller and the API server. */
export async function startCronBench(name: string, wrap = (inner: Transport): Transport => inner): Promise<CronBench> {
  const bench = await startBench(name);
  await installRay(bench.client);
  await eventually(async () => (await bench.client.list(RayCronJobKind)).items !== undefined, "RayCronJobs are served");
  const clock = new SettableClock();
  const options = rayOperatorOptions("conformance", {});
  const controller = createRayCronJobController({ options, timeZone: "UTC" });
  const declared = declaredTransport(wrap(bench.client.transport), [controller]);
  const asked = countingTransport(declared);
  const client = createClient(asked, { fieldManager: "windlass" });
  const manager = createManager({ client, clock, namespace: bench.namespace }, [controller]);
  await manager.start();
  return {
    ...bench,
    clock,
    asked,
    async stop() {
      await manager.stop();
      await bench.stop();
      assertDeclared(declared);
    },
  };
}

/** Midnight of the first of the month, so many months from now: no test lives through one. */
export function monthFromNow(months: number): string {
  const now = new Date();
  const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** One RayCronJob in the bench's namespace; monthly, if nothing else is said. */
export class CronSubject {
  readonly bench: CronBench;
  readonly name: string;

  constructor(bench: CronBench, name: string) {
    this.bench = bench;
    this.name = name;
    bench.clock.set(undefined);
  }

  get ref() {
    return { kind: RayCronJobKind, namespace: this.bench.namespace, name: this.name };
  }

  create(spec: Partial<RayCronJobSpec> = {}): Promise<RayCronJob> {
    return this.bench.client.create<RayCronJob>(RayCronJobKind, {
      apiVersion: "ray.io/v1",
      kind: "RayCronJob",
      metadata: { name: this.name, namespace: this.bench.namespace },
      spec: {
        schedule: "0 0 1 * *",
        jobTemplate: { entrypoint: "python main.py", rayClusterSpec: clusterSpec() },
        ...spec,
      },
    });
  }

  patch(spec: unknown): Promise<RayCronJob> {
    return this.bench.client.patch<RayCronJob>(this.ref, { spec }, { type: "merge" });
  }

  /** A quarter of an hour past a month's beginning; the controller is made to look at its clock. */
  async at(months: number): Promise<string> {
    const due = monthFromNow(months);
    this.bench.clock.set(due.replace("00:00:00Z", "00:15:00Z"));
    const annotations = { "example.com/month": String(months) };
    await this.bench.client.patch(this.ref, { metadata: { annotations } }, { type: "merge" });
    return due;
  }

  /** Its RayJobs, in the order of their time. */
  async runs(): Promise<readonly RayJob[]> {
    const labelSelector = `ray.io/cronjob-name=${this.name}`;
    const { items } = await this.bench.client.list<RayJob>(RayJobKind, {
      namespace: this.bench.namespace,
      labelSelector,
    });
    return items.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  /** Waits until there is a RayJob for each of these times, and no other. */
  async has(...due: readonly string[]): Promise<readonly RayJob[]> {
    const wanted = due.map((time) => `${this.name}-${Date.parse(time) / 60_000}`);
    return eventually(
      async () => {
        const found = await this.runs();
        if (JSON.stringify(found.map(nameOf)) === JSON.stringify(wanted)) return found;
        throw new Error(`there are ${JSON.stringify(found.map(nameOf))}`);
      },
      `${this.name} has ${JSON.stringify(wanted)}`,
    );
  }

  /** Waits until its status is as `check` wants it. */
  until(what: string, check: (status: NonNullable<RayCronJob["status"]>) => boolean): Promise<RayCronJob> {
    return eventually(async () => {
      const found = await find<RayCronJob>(this.bench.client, this.ref);
      if (found?.status && check(found.status)) return found;
      throw new Error(`it is ${JSON.stringify(found?.status)}`);
    }, `${this.name} ${what}`);
  }

  started(due: string): Promise<RayCronJob> {
    return this.until(`has started the run of ${due}`, ({ lastScheduleTime }) => lastScheduleTime === due);
  }

  says(reason: string | undefined): Promise<RayCronJob> {
    return this.until(`says ${reason}`, (status) => status.reason === reason);
  }

  /** Ends one of its RayJobs. */
  async end(job: RayJob, jobDeploymentStatus: string): Promise<void> {
    const ref = { kind: RayJobKind, namespace: this.bench.namespace, name: nameOf(job) };
    await this.bench.client.patch(ref, { status: { jobDeploymentStatus } }, { type: "merge", subresource: "status" });
  }

  /** Waits until an event with this reason was published about it; answers its texts. */
  told(reason: string): Promise<readonly string[]> {
    return eventually(async () => {
      const { items } = await this.bench.client.list(Event, { namespace: this.bench.namespace });
      const own = items.filter(
        (event) => event["reason"] === reason && (event["regarding"] as { name?: string }).name === this.name,
      );
      return own.length > 0 && own.map((event) => String(event["note"]));
    }, `${this.name} has told ${reason}`);
  }
}

const nameOf = ({ metadata }: RayJob): string => metadata.name ?? "";
