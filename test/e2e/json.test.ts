/** Every command that says something says it as JSON too: one document on stdout, errors as a line of JSON on stderr. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());
const project = windlass.project(shellManifest("echo said"));
const manifest = `${project}/manifest.yaml`;

interface ErrorLine {
  readonly error: { readonly code: string; readonly message: string; readonly remedy?: string };
}

describe("answers", () => {
  beforeAll(async () => {
    const run = await windlass.run("run", project, "-o", "json");
    expect(JSON.parse(run.stdout)).toMatchObject({ kind: "Experiment", status: { state: "Succeeded" } });
    expect(run.stderr).toContain("said");
    expect(run.status).toBe(0);
  });

  test.each<[readonly string[], object]>([
    [["validate", manifest], { valid: true }],
    [["plan", manifest], { operator: "jobset", demands: [{ name: "main", pods: 1 }] }],
    [["migrate", manifest], { changes: [], valid: true }],
    [["up"], { started: false }],
    [["status"], { running: true, experiments: 1 }],
    [["kubeconfig"], { running: true }],
    [["list"], [{ kind: "Experiment" }]],
    [["get", "latest"], { kind: "Experiment" }],
    [["cancel", "latest"], { status: { state: "Succeeded" } }],
    [["events", "latest"], { length: expect.any(Number) as number }],
    [["run", "--detach", project], { kind: "Experiment" }],
  ])("%j", async (args, wanted) => {
    const { status, stdout } = await windlass.run(...args, "--output", "json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject(wanted);
  });

  test("logs: an object a line", async () => {
    const experiments = await windlass.json<readonly { readonly metadata: { readonly name: string } }[]>("list");
    const { stdout } = await windlass.run("logs", experiments.at(-1)?.metadata.name ?? "", "-o", "json");
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { readonly text: string }).text)).toContain("said");
  });

  test.each<[readonly string[], string]>([
    [["list", "-n", "nowhere"], "NAMESPACE_NOT_FOUND"],
    [["get", "latest", "-n", "nowhere"], "NAMESPACE_NOT_FOUND"],
    [["run", project, "-n", "nowhere"], "NAMESPACE_NOT_FOUND"],
    [["get", ""], "EXPERIMENT_NOT_FOUND"],
    [["why", "jobset/"], "WORKLOAD_NOT_FOUND"],
  ])("a name that is nobody's is told as that: %j", async (args, code) => {
    const { status, stderr } = await windlass.run(...args, "-o", "json");
    const { error } = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as ErrorLine;
    expect([status, error.code]).toEqual([1, code]);
    expect(error.remedy).toBeTruthy();
  });

  test("down, and what is left after it", async () => {
    const say = async (...args: readonly string[]) => {
      const { status, stdout } = await windlass.run(...args, "-o", "json");
      return [status, JSON.parse(stdout)] as const;
    };
    expect(await say("down")).toEqual([0, { running: false, stopped: true }]);
    expect(await say("down")).toEqual([0, { running: false, stopped: false }]);
    expect(await say("status")).toEqual([3, { running: false }]);
  });
});

describe("errors", () => {
  test.each<[readonly string[], string, number]>([
    [["list"], "LOCAL_CLUSTER_DOWN", 1],
    [["run", "/nowhere/manifest.yaml"], "FILE_NOT_FOUND", 1],
    [["migrate", "/nowhere/manifest.yaml"], "FILE_NOT_FOUND", 1],
  ])("%j", async (args, code, wanted) => {
    const { status, stdout, stderr } = await windlass.run(...args, "--output=json");
    const { error } = JSON.parse(stderr.trim().split("\n").at(-1) ?? "") as ErrorLine;
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(10);
    expect([status, stdout]).toEqual([wanted, ""]);
  });
});
