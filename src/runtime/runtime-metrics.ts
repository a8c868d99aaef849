/**
 * Metrics under the names of controller-runtime and client-go, so that dashboards and alerts made for Go controllers
 * work. prom-client is loaded by `createMetrics` only: whoever wants none pays nothing.
 */
import type * as PromClient from "prom-client";
import type { KubeObject } from "../meta/object.ts";
import type { ApiRequest, ApiResponse, Transport } from "../kube/transport.ts";
import type { Metric } from "./metric.ts";
import { rootMetrics, type Roots } from "./root-metrics.ts";
import type { QueueObserver, Workqueue } from "./workqueue.ts";

export type ReconcileResult = "success" | "requeue_after" | "error" | "terminal_error";

export interface RuntimeMetrics {
  /** Registers a controller's queue; its depth and unfinished work are read when metrics are asked for. */
  queue(controller: string, current: () => Workqueue): QueueObserver;
  reconciled(controller: string, result: ReconcileResult, seconds: number): void;
  leader(lease: string, isLeader: boolean): void;
  /** Registers what a controller tells of its roots. */
  roots(told: readonly Metric<KubeObject>[], roots: Roots): void;
}

export interface Metrics extends RuntimeMetrics {
  /** Counts what goes over a transport to `host`. */
  observe(transport: Transport, host: string): Transport;
  readonly contentType: string;
  /** The text of `/metrics`. */
  text(): Promise<string>;
}

/** client-go's workqueue buckets: 10 ns to 1000 s. */
const queueBuckets = Array.from({ length: 12 }, (_, at) => 10 ** (at - 8));
/** controller-runtime's. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const requestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

type Prom = typeof PromClient;
type Registry = InstanceType<Prom["Registry"]>;

function queueMetrics({ Counter, Gauge, Histogram }: Prom, registry: Registry) {
  const common = { labelNames: ["name", "controller"] as const, registers: [registry] };
  const counter = (name: string, help: string) => new Counter({ name: `workqueue_${name}`, help, ...common });
  const gauge = (name: string, help: string) => new Gauge({ name: `workqueue_${name}`, help, ...common });
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `workqueue_${name}`, help, buckets: queueBuckets, ...common });
  return {
    adds: counter("adds_total", "Keys added to the queue"),
    retries: counter("retries_total", "Keys added again after a failure"),
    depth: gauge("depth", "Keys waiting in the queue"),
    unfinished: gauge("unfinished_work_seconds", "Work in progress that has not been counted by work_duration yet"),
    longest: gauge("longest_running_processor_seconds", "How long the longest reconcile has been running"),
    waited: histogram("queue_duration_seconds", "How long a key stays in the queue before it is taken"),
    worked: histogram("work_duration_seconds", "How long a reconcile takes"),
  };
}

function reconcileMetrics({ Counter, Histogram }: Prom, registry: Registry) {
  const registers = [registry];
  const name = (suffix: string) => `controller_runtime_${suffix}`;
  return {
    total: new Counter({
      name: name("reconcile_total"),
      help: "Reconciles by controller and result",
      labelNames: ["controller", "result"] as const,
      registers,
    }),
    errors: new Counter({
      name: name("reconcile_errors_total"),
      help: "Reconciles that failed",
      labelNames: ["controller"] as const,
      registers,
    }),
    terminal: new Counter({
      name: name("terminal_reconcile_errors_total"),
      help: "Reconciles that failed and are not tried again",
      labelNames: ["controller"] as const,
      registers,
    }),
    seconds: new Histogram({
      name: name("reconcile_time_seconds"),
      help: "How long reconciles take",
      labelNames: ["controller"] as const,
      buckets: reconcileBuckets,
      registers,
    }),
  };
}

function requestMetrics({ Counter, Histogram }: Prom, registry: Registry) {
  const registers = [registry];
  return {
    total: new Counter({
      name: "rest_client_requests_total",
      help: "Requests by status code, method and host",
      labelNames: ["code", "method", "host"] as const,
      registers,
    }),
    seconds: new Histogram({
      name: "rest_client_request_duration_seconds",
      help: "How long requests take, by verb and host",
      labelNames: ["verb", "host"] as const,
      buckets: requestBuckets,
      registers,
    }),
  };
}

/** With Node's own metrics. */
export async function createMetrics(): Promise<Metrics> {
  const prom: Prom = await import("prom-client");
  const registry = new prom.Registry();
  prom.collectDefaultMetrics({ register: registry });
  const queues = new Map<string, () => Workqueue>();
  const onQueue = queueMetrics(prom, registry);
  const onReconcile = reconcileMetrics(prom, registry);
  const onRequest = requestMetrics(prom, registry);
  const leading = new prom.Gauge({
    name: "leader_election_master_status",
    help: "1 while this process leads",
    labelNames: ["name"] as const,
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    leader: (name, isLeader) => leading.set({ name }, isLeader ? 1 : 0),
    roots: (told, roots) => told.forEach(rootMetrics(prom, registry, roots)),
    queue: (controller, current) => {
      queues.set(controller, current);
      presetReconciles(onReconcile, controller);
      return queueObserver(onQueue, controller);
    },
    reconciled: (controller, result, seconds) => recordReconcile(onReconcile, { controller, result, seconds }),
    observe: (transport, host) => observed(transport, host, onRequest),
    text: () => {
      for (const [controller, current] of queues) readQueue(onQueue, controller, current());
      return registry.metrics();
    },
  };
}

type OnReconcile = ReturnType<typeof reconcileMetrics>;
type OnQueue = ReturnType<typeof queueMetrics>;

function recordReconcile(
  on: OnReconcile,
  reconcile: { controller: string; result: ReconcileResult; seconds: number },
): void {
  const { controller, result, seconds } = reconcile;
  const terminal = result === "terminal_error";
  on.total.inc({ controller, result: terminal ? "error" : result });
  on.seconds.observe({ controller }, seconds);
  if (terminal || result === "error") on.errors.inc({ controller });
  if (terminal) on.terminal.inc({ controller });
}

/** Counters start at 0, so that a first error is a rise and not a birth. */
function presetReconciles(on: OnReconcile, controller: string): void {
  for (const result of ["success", "error", "requeue", "requeue_after"]) on.total.inc({ controller, result }, 0);
  on.errors.inc({ controller }, 0);
  on.terminal.inc({ controller }, 0);
}

function queueObserver(on: OnQueue, controller: string): QueueObserver {
  const labels = { name: controller, controller };
  return {
    added: () => on.adds.inc(labels),
    retried: () => on.retries.inc(labels),
    taken: (ms) => on.waited.observe(labels, ms / 1000),
    done: (ms) => on.worked.observe(labels, ms / 1000),
  };
}

function readQueue(on: OnQueue, controller: string, queue: Workqueue): void {
  const labels = { name: controller, controller };
  const seconds = queue.unfinishedMs.map((ms) => ms / 1000);
  on.depth.set(labels, queue.depth);
  on.unfinished.set(
    labels,
    seconds.reduce((sum, one) => sum + one, 0),
  );
  on.longest.set(labels, Math.max(0, ...seconds));
}

function observed(inner: Transport, host: string, on: ReturnType<typeof requestMetrics>): Transport {
  return {
    async request(request: ApiRequest): Promise<ApiResponse> {
      const started = performance.now();
      let code = "<error>";
      try {
        const response = await inner.request(request);
        code = String(response.status);
        return response;
      } finally {
        on.total.inc({ code, method: request.method, host });
        on.seconds.observe({ verb: request.method, host }, (performance.now() - started) / 1000);
      }
    },
    watch: (request) => inner.watch(request),
    stream: (request) => inner.stream(request),
    ...(inner.connect && { connect: inner.connect.bind(inner) }),
    ...(inner.close && { close: inner.close.bind(inner) }),
  };
}
