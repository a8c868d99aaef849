/** What goes wrong on a laptop: bad input, commands that fail or never end, kills, and a machine that is too small. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive } from "../../src/cli/daemon/record.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith, root, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const kuberay = (types: string, operator = "kuberay") => `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: ${operator}
  image: x
  command: python3 main.py
  types:
${types}
`;
const head = "    Head: { resources: { cpus: 1, ramRatio: 2 } }";

describe("bad input is refused before anything starts", () => {
  test.each([
    [
      "a misspelt key",
      kuberay(`${head}\n    Workers: [{ name: a, cuont: 1, resources: { cpus: 1, ramRatio: 2 } }]`),
      /manifest\.yaml:9:\d+: error: .*cuont[\s\S]*did you mean count/,
    ],
    [
      "a wrong type",
      kuberay(`    Head: { resources: { cpus: "1", ramRatio: 2 } }\n    Workers: []`),
      /manifest\.yaml:8:\d+: error: .*cpus must be a number/,
    ],
    [
      "a missing head",
      kuberay("    Workers: []"),
      /manifest\.yaml:8:\d+: error: .*Head is (missing|required)|error: [^\\n]*Head/,
    ],
    [
      "a negative count",
      kuberay(`${head}\n    Workers: [{ name: a, count: -1, resources: { cpus: 1, ramRatio: 2 } }]`),
      /manifest\.yaml:9:\d+: error: .*at least 0, not -1/,
    ],
    [
      "a group twice",
      kuberay(
        `${head}\n    Workers:\n      - { name: a, resources: { cpus: 1, ramRatio: 2 } }\n      - { name: a, resources: { cpus: 1, ramRatio: 2 } }`,
      ),
      /manifest\.yaml:11:\d+: error: .*MANIFEST_DUPLICATE/,
    ],
    [
      "an unknown operator",
      kuberay(`${head}\n    Workers: []`, "kuberya"),
      /manifest\.yaml:4:\d+: error: [\s\S]*did you mean kuberay/,
    ],
    ["what is not YAML", "kind: [\n", /manifest\.yaml:\d+:\d+: error: .*MANIFEST_SYNTAX/],
    ["an empty file", "", /manifest\.yaml:1:1: error: .*MANIFEST_EMPTY/],
  ])("%s", async (_, manifest, wanted) => {
    const { status, output } = await windlass.run("run", windlass.project(manifest));
    expect(output).toMatch(wanted);
    expect(status).toBe(1);
  });

  test("a folder without a manifest, a file that is not there, a file of 5 MB", async () => {
    const folder = windlass.project("x");
    writeFileSync(join(folder, "big.yaml"), "a: b\n".repeat(1_000_000));
    expect((await windlass.run("validate", join(folder, "none.yaml"))).status).not.toBe(0);
    expect((await windlass.run("run", join(folder, "none.yaml"))).output).toContain("FILE_NOT_FOUND");
    expect((await windlass.run("run", join(root, "docs"))).output).toContain("NO_MANIFEST");
    expect((await windlass.run("run", join(folder, "big.yaml"))).output).toContain("MANIFEST_TOO_LARGE");
  });

  test("nothing of that has started a cluster", async () => expect((await windlass.run("status")).status).toBe(3));
});

describe("commands end as they end", () => {
  test("a request that the machine can never meet is refused with the figures and the way out", async () => {
    const manifest = shellManifest("true").replace("cpus: 0.1", "cpus: 4000");
    const { status, output } = await windlass.run("run", windlass.project(manifest));
    expect(output).toMatch(/DOES_NOT_FIT/);
    expect(output).toMatch(/cpu: needs 4,000, this machine offers \d+/);
    expect(output).toContain("windlass up --cpus");
    expect(status).toBe(1);
  });

  test.each([
    ["success is 0", "echo fine", 0, /fine[\s\S]*Succeeded/],
    ["a failure is 1", "echo before; exit 3", 1, /before[\s\S]*Failed/],
    ["a kill is 1", "kill -9 $$", 1, /Failed/],
  ])("%s", async (_, command, wanted, text) => {
    const { status, output } = await windlass.run("run", windlass.project(shellManifest(command)));
    expect(output).toMatch(text);
    expect(status).toBe(wanted);
  });

  test("a command that never ends is ended by its timeout: 124", async () => {
    const { status, output } = await windlass.run(
      "run",
      windlass.project(
        shellManifest("sleep 1000", '  timeout: "5s"\n  gracefulTermination: { terminationGracePeriodSeconds: 1 }\n'),
      ),
    );
    expect(output).toMatch(/Failed.*Timeout/);
    expect(status).toBe(124);
  });

  test("cancelled from elsewhere: 130", async () => {
    const run = windlass.start("run", windlass.project(shellManifest("echo started; sleep 1000")));
    await eventually(() => run.output().includes("started"), "the command runs");
    expect((await windlass.run("cancel", "latest")).output).toContain("being cancelled");
    const { status, output } = await run.ended;
    expect(output).toMatch(/Cancelled/);
    expect(status).toBe(130);
  });

  test("the first interrupt cancels, and its log is still there", async () => {
    const run = windlass.start("run", windlass.project(shellManifest("echo to be kept; sleep 1000")));
    await eventually(() => run.output().includes("to be kept"), "the command runs");
    run.child.kill("SIGINT");
    const { status, output } = await run.ended;
    expect(output).toContain("cancelling");
    expect(status).toBe(130);
    expect((await windlass.run("logs", "latest")).output).toContain("to be kept");
  });

  test("the second interrupt leaves at once", async () => {
    const run = windlass.start(
      "run",
      windlass.project(shellManifest("trap '' TERM; echo stubborn; sleep 1000 & wait; sleep 1000")),
    );
    await eventually(() => run.output().includes("stubborn"), "the command runs");
    run.child.kill("SIGINT");
    await eventually(() => run.output().includes("cancelling"), "it is being cancelled");
    run.child.kill("SIGINT");
    expect((await run.ended).status).toBe(130);
  });

  test("a requirement that does not exist is told by name, and nothing runs", async () => {
    const folder = windlass.project(shellManifest("true"), {
      "requirements.txt": "windlass-no-such-package-xyz==9.9\n",
    });
    const { status, output } = await windlass.run("run", folder);
    expect(output).toMatch(/Failed.*BuildFailed[\s\S]*windlass-no-such-package-xyz/);
    expect(status).toBe(1);
  });
});

describe("the cluster itself", () => {
  beforeAll(async () => void (await windlass.run("up")));

  test("a second `up` says that it runs", async () => {
    const { status, output } = await windlass.run("up");
    expect(output).toContain("already up");
    expect(status).toBe(0);
  });

  test("a second one on the same folder is refused", async () => {
    const { status, output } = await windlass.run("serve-local");
    expect(output).toContain("LOCAL_CLUSTER_RUNNING");
    expect(status).toBe(4);
  });

  test("killed: no orphans, nothing acknowledged lost, and the truth afterwards", async () => {
    const mark = `orphan-${process.pid}`;
    const run = windlass.start(
      "run",
      windlass.project(shellManifest(`echo up; MARK=${mark} sleep 1234`)),
      "-e",
      `MARK=${mark}`,
    );
    await eventually(() => run.output().includes("up\n"), "the command runs");
    const before = await windlass.json<readonly { metadata: { name: string } }[]>("list");
    expect(processesWith(mark).length).toBeGreaterThan(1);
    process.kill(windlass.pid(), "SIGKILL");
    run.child.kill("SIGKILL");
    await run.ended;
    await eventually(() => processesWith(mark).length === 0, "every process of the pods is gone", 20_000);
    expect((await windlass.run("up")).status).toBe(0);
    const after =
      await windlass.json<readonly { metadata: { name: string }; status: { state: string; reason: string } }[]>("list");
    expect(after.map(({ metadata }) => metadata.name)).toEqual(before.map(({ metadata }) => metadata.name));
    const ended = await eventually(async () => {
      const [latest] = await windlass.json<readonly { status: { state: string } }[]>("list");
      return latest?.status.state !== "Processing" && latest;
    }, "the experiment whose pod died has ended");
    expect(ended.status.state).toBe("Failed");
  });

  test("down ends everything it started, and a run that watched says so", async () => {
    const pid = windlass.pid();
    const run = windlass.start("run", windlass.project(shellManifest("echo up; sleep 1234")));
    await eventually(() => run.output().includes("up\n"), "the command runs");
    expect((await windlass.run("down")).status).toBe(0);
    expect(isAlive({ pid })).toBe(false);
    expect(processesWith(join(windlass.state, "run"))).toEqual([]);
    await eventually(() => run.output().includes("(the local cluster is down"), "the viewer says so");
    run.child.kill("SIGKILL");
    await run.ended;
  });
});

describe("without namespaces", () => {
  const shared = new Windlass({ WINDLASS_NETWORK: "shared" });
  afterAll(() => shared.stop());

  test("pods share the machine's network, and it says why", async () => {
    const { status, output } = await shared.run(
      "run",
      shared.project(shellManifest("echo plain $JOB_COMPLETION_INDEX")),
    );
    expect(output).toContain("plain 0");
    expect(status).toBe(0);
    expect((await shared.run("status")).output).toMatch(/network\s+SharedNetwork: /);
  });

  test("a Ray cluster with workers is refused with the reason and the ways out, instead of waiting for ever", async () => {
    const { status, output } = await shared.run("run", "examples/kuberay");
    expect(output).toMatch(/needs a network for each pod, and here .*SHARED_NETWORK/);
    expect(output).toMatch(/run the local cluster as root/);
    expect(status).toBe(1);
  });
});
