/** Distributed programs as real processes: their ranks wait for each other, and a failure names whose it was. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { kubectl } from "./kubectl.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
beforeAll(async () => {
  const { status, output } = await windlass.run("up", "--cpus", "2");
  expect(status, output).toBe(0);
});
afterAll(() => windlass.stop());

const manifest = (command: string, cpus: number, more = "") => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: pytorch
  image: shell
  command: ${JSON.stringify(command)}
${more}  types:
    worker: { count: 3, resources: { cpus: ${cpus}, ramRatio: 1 } }
`;
const run = (command: string, cpus: number, ...flags: readonly string[]) =>
  windlass.run("run", windlass.project(manifest(command, cpus)), "--image", "shell", ...flags);

it("ranks start together, and know who they are", async () => {
  const { status, output } = await run("echo rank $RANK of $WORLD_SIZE, master $MASTER_ADDR:$MASTER_PORT", 0.1);
  expect(status, output).toBe(0);
  const { output: logs } = await windlass.run("logs", "latest", "--all");
  for (const rank of [0, 1, 2])
    expect(logs).toMatch(new RegExp(`rank ${rank} of 3, master \\S+-worker-0-0\\.\\S+:23456`));
});

it("a rank that never appears is named at the deadline", async () => {
  // Another takes so much that only two of three ranks find a place.
  const other = await windlass.run("run", windlass.project(shellManifest("sleep 300")), "--image", "shell", "--detach");
  expect(other.status, other.output).toBe(0);
  await eventually(
    async () => (await windlass.run("get", "latest")).output.includes("Running"),
    "the other experiment runs",
  );
  const { status, output } = await run("echo started", 0.65, "--start-deadline", "4s");
  expect(status, output).toBe(1);
  expect(output).toMatch(/RanksMissing: rank [12] \(\S+\) did not appear within 4 s: 1 of 3 ranks missing/);
}, 120_000);

it("the rank that failed is told from those that were ended for it", async () => {
  const { status, output } = await run('test "$RANK" != 1 || exit 5; sleep 60', 0.1);
  expect(status).toBe(1);
  expect(output).toMatch(/CommandFailed: container main of pod \S+-worker-1-0-\S+ terminated with exit code 5/);
});

it("the last lines of the rank that failed are shown at the end, behind its name", async () => {
  const { output } = await run('test "$RANK" != 1 || { echo shapes do not fit; echo 3 and 4; exit 5; }; sleep 60', 0.1);
  expect(output).toMatch(/ {2}last lines of rank 1, pod \S+-worker-1-0-\S+:\n {4}shapes do not fit\n {4}3 and 4\n/);
});

it("the last lines of rank 0 are not shown twice", async () => {
  const { output } = await run('test "$RANK" != 0 || { echo shapes do not fit; echo 3 and 4; exit 5; }; sleep 60', 0.1);
  expect(output.match(/shapes do not fit/g)).toHaveLength(1);
});

it("rank 0 that is killed ends the experiment within seconds, and says how", async () => {
  const { status, output } = await run('test "$RANK" != 0 || kill -9 $$; sleep 60', 0.1);
  expect(status).toBe(1);
  expect(output).toMatch(/pod \S+-worker-0-0-\S+ terminated with exit code 137/);
});

it("a rank that hangs is ended by the timeout", async () => {
  const folder = windlass.project(manifest('test "$RANK" != 1 || sleep 600', 0.1, '  timeout: "4s"\n'));
  const { status, output } = await windlass.run("run", folder, "--image", "shell");
  expect(status, output).toBe(124);
  expect(output).toMatch(/✗ Failed after \d+ s: Timeout/);
});

it("a pod deleted by hand is one failure: all ranks start again, as often as the manifest allows", async () => {
  const more = "  restartPolicy: { backoffLimit: 1 }\n";
  const command = "echo rank $RANK; sleep 6";
  const folder = windlass.project(manifest(command, 0.1, more));
  const started = windlass.start("run", folder, "--image", "shell");
  await eventually(() => started.output().includes("▸ Running"), "the experiment runs");
  const selector = "jobset.sigs.k8s.io/job-global-index=1";
  const { status, output } = await kubectl(windlass, [
    "delete",
    "pod",
    "-l",
    selector,
    "--field-selector",
    "status.phase=Running",
    "--now",
  ]);
  expect(status, output).toBe(0);
  expect(output).toMatch(/pod "\S+-worker-1-0-\S+".* deleted/);
  const ended = await started.ended;
  expect(ended.status, ended.output).toBe(0);
  const events = await windlass.run("events", "latest");
  expect(events.output).toContain("RestartJobSetFailurePolicyAction");
});
