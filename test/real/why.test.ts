/** What holds experiments up on a real cluster, in the words of `windlass why`. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { Windlass } from "../e2e/windlass.ts";
import { installDefinitions, openCluster, type Operator, type RealCluster, startOperator } from "./cluster.ts";
import { manifest } from "./objects.ts";

let cluster: RealCluster;
let operator: Operator;
const projects = new Windlass();

beforeAll(async () => {
  cluster = await openCluster();
  await installDefinitions(cluster);
  operator = await startOperator();
});
afterAll(async () => {
  await cluster?.close();
  await operator?.stop();
  await projects.stop();
});

async function submit(operatorName: string, types: string, ...flags: readonly string[]): Promise<string> {
  const project = projects.project(manifest(operatorName, "sleep 300", types));
  const { status, stdout, output } = await cluster.windlass("run", "--detach", project, ...flags);
  expect(status, output).toBe(0);
  return stdout.trim();
}

/** Waits until `windlass why` says all of it, and fails with what it says instead. */
async function expectWhy(name: string, ...words: readonly RegExp[]): Promise<void> {
  let said = "";
  const look = async () => {
    said = (await cluster.windlass("why", name)).output;
    return words.every((word) => word.test(said));
  };
  await eventually(look, "why says it", 120_000).catch(() => {});
  for (const word of words) expect(said).toMatch(word);
}

it("a pod that fits no node is told with what it asks for and what there is", async () => {
  const name = await submit("jobset", "    huge: { count: 1, resources: { cpus: 64, ramRatio: 1 } }\n");
  await expectWhy(
    name,
    /^NeverFits: pod/m,
    /requests 64 CPUs; the largest node has 2 CPUs/,
    /0\/1 nodes are available/,
  );
  expect((await cluster.windlass("cancel", name)).status).toBe(0);
});

it("an image that is in no registry is named", async () => {
  const types = "    main: { count: 1, resources: { cpus: 0.1, ramRatio: 1 } }\n";
  const name = await submit("jobset", types, "--image", "registry.invalid/none:1");
  await expectWhy(name, /^Image\w*: pod/m, /registry\.invalid\/none:1/);
  expect((await cluster.windlass("cancel", name)).status).toBe(0);
});

it("a rank that waits for another is told which, and why that one is not there", async () => {
  const name = await submit("pytorch", "    worker: { count: 2, resources: { cpus: 1.2, ramRatio: 1 } }\n");
  await expectWhy(name, /^Unschedulable: pod/m, /Insufficient cpu/, /WaitingForRanks: pod \S+-worker-\d-0-/);
  expect((await cluster.windlass("cancel", name)).status).toBe(0);
});
