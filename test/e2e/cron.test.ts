/** RayJobs by a schedule on the local cluster, which has the alpha gate only when it is started with it. */
import { afterAll, expect, it } from "vitest";
import { kubectl } from "./kubectl.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { Windlass } from "./windlass.ts";

/** Its RayJobs wait for a cluster that there is not: none starts a pod. */
const cronJob = `apiVersion: ray.io/v1
kind: RayCronJob
metadata: { name: nightly }
spec:
  schedule: "@every 1s"
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  jobTemplate: { entrypoint: python main.py, clusterSelector: { ray.io/cluster: nowhere } }
`;

const windlass = new Windlass();
afterAll(() => windlass.stop());

const schedule = async (): Promise<string> => (await kubectl(windlass, ["get", "raycronjobs", "-o", "wide"])).stdout;

it("starts no RayJob without the gate, and the next one as soon as there is the gate", async () => {
  expect((await windlass.run("up")).status).toBe(0);
  expect((await kubectl(windlass, ["apply", "-f", "-"], cronJob)).output).toContain("created");
  expect((await windlass.run("down")).status).toBe(0);

  expect((await windlass.run("up", "--feature-gates", "RayCronJob=true")).status).toBe(0);
  const jobs = await eventually(async () => {
    const { stdout } = await kubectl(windlass, ["get", "rayjobs", "-l", "ray.io/cronjob-name=nightly", "-o", "name"]);
    return stdout.trim() !== "" && stdout.trim().split("\n");
  }, "there is a RayJob");
  // In the time before there was none: of all runs that were missed it is the last.
  expect(jobs).toHaveLength(1);
  expect(jobs[0]).toMatch(/^rayjob\.ray\.io\/nightly-\d{8}$/);
  const columns = /^NAME +SCHEDULE +TIMEZONE +LAST SCHEDULE +AGE +SUSPEND +NEXT SCHEDULE +REASON$/m;
  await eventually(async () => /JobAlreadyActive/.test(await schedule()), "the next run waits");
  expect(await schedule()).toMatch(columns);
  expect(await schedule()).toMatch(/^nightly +@every 1s +Europe\/Berlin +\d+s/m);
});

it("refuses a gate that there is not before anything starts", async () => {
  const other = new Windlass({ WINDLASS_FEATURE_GATES: "RayCronJobs=true" });
  const { status, stderr } = await other.run("up");
  await other.stop();
  expect(stderr).toContain("unknown feature gate RayCronJobs; did you mean RayCronJob?");
  expect(status).toBe(2);
});
