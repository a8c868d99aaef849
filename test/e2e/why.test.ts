/** `windlass why` on real failures: one answer that names the cause, shows what proves it, and says what to do. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
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
  expect(stdout).toContain("requests 64 CPUs; the largest node has 2 CPUs: it can never run here");
  expect(stdout).toMatch(/what to do: request less/);
  await kubectl(windlass, ["delete", "jobset", "large"]);
});

it("an exit code, with the last lines of the log", async () => {
  expect((await runShell("echo the last words; exit 3")).status).toBe(1);
  const { stdout } = await windlass.run("why", "latest");
  expect(stdout).toMatch(/^CommandFailed: pod \S+-main-0-0-/);
  expect(stdout).toContain("terminated with exit code 3");
  expect(stdout).toContain("the last words");
  const followed = await windlass.run("logs", "--follow", "latest");
  expect(followed).toMatchObject({ status: 1, stdout: "the last words\n" });
  expect((await windlass.run("logs", "latest")).status).toBe(0);
});

it("a second attempt is announced where the user looks, with the number of attempts; the last one's end says which it was", async () => {
  const manifest = shellManifest("echo trying; exit 3").replace(
    "spec:\n",
    "spec:\n  restartPolicy: { backoffLimit: 1 }\n",
  );
  const ran = await windlass.run("run", windlass.project(manifest), "--image", "shell");
  expect(ran.status, ran.output).toBe(1);
  expect(ran.stdout).toContain("attempt 1 of 2 failed, starting attempt 2");
  expect(ran.stdout).toMatch(/Failed after \d+ s: \w+: attempt 2 of 2: /);
  expect((await windlass.run("get", "latest")).stdout).toMatch(/^attempt: +2 of 2/m);
  expect((await windlass.run("events", "latest")).stdout).toMatch(
    /ExperimentRetrying +Experiment\/\S+ +Attempt 1 of 2 failed/,
  );
});

it("a time-out keeps the last lines of the log, in the status itself", async () => {
  const manifest = shellManifest("echo epoch 1; echo epoch 2; sleep 300").replace("spec:\n", "spec:\n  timeout: 6s\n");
  const ran = await windlass.run("run", windlass.project(manifest), "--image", "shell");
  expect(ran.status, ran.output).toBe(124);
  expect(ran.stdout).toMatch(
    /Failed after \d+ s: Timeout: exceeded its timeout of 6 s \(log of container main of pod \S+-main-0-0-\S+\)\n/,
  );
  const { status } = await windlass.json<{ readonly status: { readonly message: string } }>("get", "latest");
  expect(status.message).toMatch(/last lines:\nepoch 1\nepoch 2$/);
  const { stdout } = await windlass.run("why", "latest");
  expect(stdout).toMatch(/^Timeout: experiment /);
  expect(stdout).toContain("epoch 2");
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
    evidence: [expect.stringContaining("windlass-no-such-package")],
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
  expect(kind.stderr).toContain("supported kinds: experiment, rayjob, raycluster, jobset");
  const name = await windlass.run("why", "jobset/nothing");
  expect(name.stderr).toMatch(/JobSet "nothing" not found/);
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
  expect(beyond.stderr).toContain("known ranks: 0, 1");
});

it("logs of ranks that were ended and taken away for another's failure are still there, and get shows them as gone", async () => {
  const manifest = shellManifest('echo I am $RANK; if [ "$RANK" = 1 ]; then sleep 3; exit 5; fi; sleep 60')
    .replace("operator: jobset", "operator: pytorch")
    .replace("main:\n", "worker:\n      count: 3\n");
  const ran = await windlass.run("run", windlass.project(manifest), "--image", "shell");
  expect(ran.status, ran.output).toBe(1);
  await eventually(
    async () =>
      (await windlass.run("get", "latest")).stdout.includes("worker  3 jobs of 1 pod\n  0  -\n  1  x\n  2  -\n"),
    "the pods of ranks 0 and 2 are gone",
  );
  for (const rank of [0, 1, 2]) {
    const { stdout, output } = await windlass.run("logs", "latest", "--rank", String(rank));
    expect(stdout, output).toContain(`I am ${rank}\n`);
  }
  expect((await windlass.run("logs", "latest")).stdout).toContain("I am 0\n");
  const { stdout: all } = await windlass.run("logs", "latest", "--all");
  for (const rank of [0, 1, 2]) expect(all).toMatch(new RegExp(`-worker-${rank}-0-\\S+ \\| I am ${rank}\\n`));
});

it("a JobSet out of time, and an experiment that was cancelled", async () => {
  const late = tooLarge.replace('"large"', '"late"').replace('"cpu":"64"', '"cpu":"100m"');
  const limited = late.replace(
    '"template":{"spec":{"template"',
    '"template":{"spec":{"activeDeadlineSeconds":1,"template"',
  );
  const applied = await kubectl(
    windlass,
    ["apply", "-f", "-"],
    limited.replace('"image":"shell"', '"image":"shell","command":["sleep","100"]'),
  );
  expect(applied.status, applied.output).toBe(0);
  const cause = async (name: string) => (await windlass.json<Answer>("why", name)).findings[0]?.cause;
  await eventually(async () => (await cause("jobset/late")) === "Timeout", "the Job of the JobSet is out of time");
  const started = await windlass.run(
    "run",
    windlass.project(shellManifest("sleep 300")),
    "--image",
    "shell",
    "--detach",
  );
  expect(started.status, started.output).toBe(0);
  const name = started.stdout.trim();
  expect((await windlass.run("cancel", name)).status).toBe(0);
  await eventually(async () => (await cause(name)) === "Cancelled", "the experiment is cancelled");
});

it("logs follow every pod of an array, those that come later, too; get draws it, a cell a pod", async () => {
  const started = await windlass.run("run", "examples/jobset", "--detach");
  expect(started.status, started.output).toBe(0);
  const name = started.stdout.trim();
  const followed = await windlass.run("logs", name, "--all", "--follow");
  expect(followed.status, followed.output).toBe(0);
  const lines = followed.stdout.trim().split("\n");
  expect(new Set(lines).size, followed.output).toBe(25);
  for (const line of lines) expect(line).toMatch(/^experiment-\S+ +\| type \S+ +job \d of \d/);
  const { stdout } = await windlass.run("get", name);
  expect(stdout).toContain(
    "worker  5 jobs of 4 pods, 2 at a time\n  0  ++++\n  1  ++++\n  2  ++++\n  3  ++++\n  4  ++++\n",
  );
  expect(stdout).toContain("25 succeeded");
});

it.runIf(process.getuid?.() === 0)("a network that cannot be repaired, until it can", async () => {
  const run = windlass.start("run", windlass.project(shellManifest("echo up; exec sleep 1000")));
  await eventually(() => run.output().includes("up\n"), "the command runs");
  const { stdout: ip } = await kubectl(windlass, [
    "get",
    "node",
    "local",
    "-o",
    "jsonpath={.status.addresses[0].address}",
  ]);
  const device = /^\d+: (\S+)/.exec(execFileSync("ip", ["-o", "-4", "addr", "show", "to", `${ip}/32`]).toString())?.[1];
  const why = async () => (await windlass.run("why", "latest")).stdout;
  const isBroken = async () => (await why()).startsWith("NetworkBroken: node local");
  // What now has the bridge's name takes no links.
  const replace = `link del ${device}\nlink add ${device} type veth peer name ${device}-peer\n`;
  const isReplaced = () => spawnSync("ip", ["-batch", "-"], { input: replace }).status === 0;
  await eventually(isReplaced, "it is quicker than the repair");
  await eventually(isBroken, "why names the network");
  const answer = await why();
  expect(answer).toContain("cannot repair the pods' network: ");
  expect(answer).toContain(
    "what to do: restore what the message names; if you cannot, `windlass down` and `windlass up`",
  );
  execFileSync("ip", ["link", "del", device ?? ""]);
  await eventually(async () => !(await isBroken()), "it is whole again");
  expect(await why()).toMatch(/^Running: /);
  await windlass.run("cancel", "latest");
  await run.ended;
});

it("a child killed for memory while its parent goes on, where limits are enforced", async () => {
  const { conditions } = await windlass.json<{ conditions: readonly { type: string; reason: string }[] }>("status");
  const isEnforced = conditions.some(({ type, reason }) => type === "WindlassLimits" && reason === "Enforced");
  const command = "python3 -c 'print(len(bytearray(1 << 28)))' || echo it is gone; exec sleep 1000";
  const run = windlass.start("run", windlass.project(shellManifest(command)));
  if (!isEnforced) await eventually(() => run.output().includes("268435456"), "no limit holds");
  else {
    const why = async () => (await windlass.run("why", "latest")).stdout;
    await eventually(async () => (await why()).startsWith("OutOfMemory: "), "why names the memory");
    expect(await why()).toMatch(/memory .*102 MiB/);
    // In version 2 of control groups a container ends as a whole, as on a cluster.
    if (!existsSync("/sys/fs/cgroup/cgroup.controllers")) {
      await eventually(() => run.output().includes("it is gone"), "the parent goes on");
      expect(await why()).toContain(
        "OOMKilling: a process of container main was killed for memory (limit 102 MiB)\n  the container continues without that process\nwhat to do: request more memory",
      );
    }
    expect((await windlass.run("events", "latest")).stdout).toMatch(/OOMKilling +Pod\/.*was killed for memory/);
  }
  await windlass.run("cancel", "latest");
  await run.ended;
});
