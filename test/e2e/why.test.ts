/** `windlass why` on real failures: one answer that names the cause, shows what proves it, and says what to do. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { kubectl } from "./kubectl.ts";
import { eventually, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
beforeAll(async () => {
  const { status, output } = await windlass.run("up", "--cpus", "2");
  expect(status, output).toBe(0);
});
afterAll(() => windlass.stop());

interface Answer {
  readonly findings: readonly { readonly cause: string; readonly evidence: readonly string[] }[];
}

const runShell = (command: string) => windlass.run("run", windlass.project(shellManifest(command)), "--image", "shell");

const tooLarge = JSON.stringify({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name: "large" },
  spec: {
    replicatedJobs: [
      {
        name: "w",
        template: {
          spec: {
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [{ name: "main", image: "shell", resources: { requests: { cpu: "64" } } }],
              },
            },
          },
        },
      },
    ],
  },
});

it("a request that no node can meet: never, with what is asked for and what there is", async () => {
  const applied = await kubectl(windlass, ["apply", "-f", "-"], tooLarge);
  expect(applied.status, applied.output).toBe(0);
  const cause = async () => (await windlass.json<Answer>("why", "jobset/large")).findings[0]?.cause;
  await eventually(async () => (await cause()) === "NeverFits", "the scheduler has looked at the pod");
  const { stdout } = await windlass.run("why", "jobset/large");
  expect(stdout).toMatch(/^NeverFits: pod large-w-0-0-/);
  expect(stdout).toContain("asks for 64 cpu; the largest node has 2: it can never run here");
  expect(stdout).toMatch(/what to do: ask for less/);
  await kubectl(windlass, ["delete", "jobset", "large"]);
});

it("an exit code, with the last lines of the log", async () => {
  expect((await runShell("echo the last words; exit 3")).status).toBe(1);
  const { stdout } = await windlass.run("why", "latest");
  expect(stdout).toMatch(/^CommandFailed: pod \S+-main-0-0-/);
  expect(stdout).toContain("ended with exit code 3");
  expect(stdout).toContain("the last words");
});

it("a command that does not exist", async () => {
  expect((await runShell("no-such-program --flag")).status).toBe(1);
  const { stdout } = await windlass.run("why", "latest");
  expect(stdout).toMatch(/^CommandNotFound: pod/);
  expect(stdout).toContain("no-such-program");
  expect(stdout).toContain("check the spelling of `spec.command`");
});

it("an environment that cannot be made, in the installer's words", async () => {
  const manifest = shellManifest("true").replace("image: shell", "image: why-demo");
  const folder = windlass.project(manifest, { "requirements.txt": "windlass-no-such-package==9.9.9\n" });
  expect((await windlass.run("run", folder)).status).toBe(1);
  const { findings } = await windlass.json<Answer>("why", "latest");
  expect(findings[0]).toMatchObject({
    cause: "BuildFailed",
    evidence: [expect.stringContaining("windlass-no-such-package==9.9.9")],
  });
}, 180_000);

it("a success: nothing is wrong", async () => {
  expect((await runShell("echo fine")).status).toBe(0);
  const { stdout } = await windlass.run("why", "latest");
  expect(stdout).toMatch(/^nothing is wrong: experiment /);
});

it("a name that is misspelt, or a kind that cannot be explained, is told with what there is", async () => {
  const kind = await windlass.run("why", "deployment/x");
  expect(kind.status).toBe(2);
  expect(kind.stderr).toContain("there are: experiment, rayjob, raycluster, jobset");
  const name = await windlass.run("why", "jobset/nothing");
  expect(name.stderr).toMatch(/there is no JobSet "nothing"/);
});

it("logs of one rank, by its number and by its coordinates; a rank that is not there is told with those that are", async () => {
  const command = "echo I am $RANK of $WORLD_SIZE";
  const manifest = shellManifest(command)
    .replace("operator: jobset", "operator: pytorch")
    .replace("main:\n", "worker:\n      count: 2\n");
  const ran = await windlass.run("run", windlass.project(manifest), "--image", "shell");
  expect(ran.status, ran.output).toBe(0);
  for (const rank of ["1", "worker/1/0"])
    expect((await windlass.run("logs", "latest", "--rank", rank)).stdout).toBe("I am 1 of 2\n");
  const all = await windlass.run("logs", "latest", "--group", "worker");
  expect(all.stdout).toMatch(/-worker-0-0-\S+ +\| I am 0 of 2\n/);
  expect(all.stdout).toMatch(/-worker-1-0-\S+ +\| I am 1 of 2\n/);
  const beyond = await windlass.run("logs", "latest", "--rank", "2");
  expect(beyond.status).toBe(1);
  expect(beyond.stderr).toContain("there are: 0, 1");
});

it("get draws the array of examples/jobset, a cell a pod", async () => {
  const ran = await windlass.run("run", "examples/jobset");
  expect(ran.status, ran.output).toBe(0);
  const { stdout } = await windlass.run("get", "latest");
  expect(stdout).toContain(
    "worker  5 jobs of 4 pods, 2 at a time\n  0  ++++\n  1  ++++\n  2  ++++\n  3  ++++\n  4  ++++\n",
  );
  expect(stdout).toContain("25 succeeded");
});
