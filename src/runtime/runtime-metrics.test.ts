import { expect, test } from "vitest";
import type { Transport } from "../kube/transport.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { createMetrics } from "./runtime-metrics.ts";
import { Workqueue } from "./workqueue.ts";

const line = (text: string, start: string) => text.split("\n").find((one) => one.startsWith(start));

test("queues and reconciles are told under controller-runtime's names", async () => {
  const metrics = await createMetrics();
  const clock = new FakeClock();
  const queue: Workqueue = new Workqueue({ clock, observer: metrics.queue("raycluster", () => queue) });
  for (const key of ["a", "b", "c"]) queue.add(key);
  clock.advance(2000);
  queue.done((await queue.get()) ?? "");
  await queue.get();
  clock.advance(500);
  metrics.reconciled("raycluster", "success", 0.2);
  metrics.reconciled("raycluster", "terminal_error", 0.1);
  metrics.leader("lease", true);
  const text = await metrics.text();
  const labels = '{name="raycluster",controller="raycluster"}';
  expect(
    [
      line(text, `workqueue_depth${labels}`),
      line(text, `workqueue_adds_total${labels}`),
      line(text, `workqueue_queue_duration_seconds_sum${labels}`),
      line(text, `workqueue_unfinished_work_seconds${labels}`),
      line(text, 'controller_runtime_reconcile_total{controller="raycluster",result="success"}'),
      line(text, 'controller_runtime_reconcile_total{controller="raycluster",result="error"}'),
      line(text, 'controller_runtime_reconcile_total{controller="raycluster",result="requeue_after"}'),
      line(text, 'controller_runtime_terminal_reconcile_errors_total{controller="raycluster"}'),
      line(text, 'leader_election_master_status{name="lease"}'),
    ].map((found) => found?.split(" ").at(-1)),
  ).toEqual(["1", "3", "4", "0.5", "1", "1", "0", "1", "1"]);
});

test("requests are counted by code, those without an answer too", async () => {
  const metrics = await createMetrics();
  let answers = 1;
  const inner: Transport = {
    request: async () => {
      if (answers-- > 0) return { status: 201, contentType: "application/json", body: {} };
      throw new Error("reset");
    },
    async *watch() {},
    async *stream() {},
  };
  const transport = metrics.observe(inner, "api:6443");
  await transport.request({ method: "POST", path: "/api/v1/pods" });
  await expect(transport.request({ method: "GET", path: "/api/v1/pods" })).rejects.toThrow("reset");
  const text = await metrics.text();
  expect(text).toContain('rest_client_requests_total{code="201",method="POST",host="api:6443"} 1');
  expect(text).toContain('rest_client_requests_total{code="<error>",method="GET",host="api:6443"} 1');
});
