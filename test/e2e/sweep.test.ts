/** `sweep`: many runs of one manifest, a few at a time, in the control plane; and `compare`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Experiment } from "../../src/api/experiment/types.ts";
import type { Sweep } from "../../src/api/sweep/types.ts";
import { keys, openTerminal } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

interface Shown extends Sweep {
  readonly experiments: readonly Experiment[];
}
const status = (name = "latest") => windlass.json<Shown>("sweep", "status", name);

const script = `echo "args: $*"
test "$WINDLASS_PARAM_SEED" = 2 && exit 3
echo '{"step": 1, "loss": 9}' >"$AICHOR_OUTPUT_PATH/metrics.jsonl"
echo "{\\"step\\": 2, \\"loss\\": 0.$WINDLASS_PARAM_SEED, \\"note\\": \\"x\\"}" >>"$AICHOR_OUTPUT_PATH/metrics.jsonl"
`;

describe("a sweep that is watched", () => {
  beforeAll(async () => {
    const folder = windlass.project(shellManifest("sh main.sh --lr {lr}"), { "main.sh": script });
    const parameters = ["--param", "lr=1e-3", "--param", "seed=0..2"];
    const words = ["sweep", folder, ...parameters, "--parallel", "2", "--", "--epochs", "3"];
    const { status: exit, stdout } = await windlass.run(...words);
    expect(exit).toBe(1);
    expect(stdout).toMatch(/sweep-\S+ 3 experiments, 2 at a time/);
    expect(stdout).toMatch(/✓ sweep-\S+-0 {2}lr=1e-3 seed=0 \d+s/);
    expect(stdout).toMatch(/✗ sweep-\S+-2 {2}lr=1e-3 seed=2 \d+s CommandFailed/);
    expect(stdout).toContain("2 of 3 succeeded, 1 failed");
  });

  test("passes parameters in their places, as arguments and as variables", async () => {
    const { experiments } = await status();
    const log = await windlass.run("logs", experiments[1]?.metadata.name ?? "");
    expect(log.stdout).toContain("args: --lr 1e-3 --epochs 3 --seed=1");
    expect(new Set(experiments.map(({ status: one }) => one?.image)).size).toBe(1);
  });

  test("is compared by parameters, states and the last metrics", async () => {
    const { stdout } = await windlass.run("compare", "--sweep", "latest", "--sort", "-loss");
    const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(lines[0]).toEqual(["NAME", "STATE", "lr", "seed", "SECONDS", "loss", "OUTPUTS"]);
    expect(lines.slice(1, 4).map(([, state, lr, seed, , loss]) => [state, lr, seed, loss])).toEqual([
      ["Succeeded", "1e-3", "1", "0.1"],
      ["Succeeded", "1e-3", "0", "0"],
      ["Failed (CommandFailed)", "1e-3", "2", "none"],
    ]);

    const csv = await windlass.run("compare", "--sweep", "latest", "-o", "csv");
    expect(csv.stdout.split("\n")[0]).toBe("name,state,lr,seed,seconds,loss,outputs");
    const json = await windlass.json<readonly { readonly metrics: object }[]>("compare", "--sweep", "latest");
    expect(json[1]?.metrics).toMatchObject({ loss: { value: 0.1, step: 2 } });

    const wrong = await windlass.run("compare", "--sweep", "latest", "--sort", "accuracy");
    expect(wrong.stderr).toContain('unknown column "accuracy" [NO_SUCH_COLUMN]');
    expect((await windlass.run("compare")).stderr).toContain("[NOTHING_TO_COMPARE]");
  });

  test("is shown and listed", async () => {
    expect((await windlass.run("sweep", "list")).stdout).toMatch(
      /sweep-\S+ +Failed +3 of 3 ended · 0 running .* 1 failed/,
    );
    expect((await windlass.run("sweep", "status", "latest")).stdout).toContain("2 of 3 succeeded, 1 failed");
  });
});

test("goes on when the terminal is interrupted, keeps to its limit, and is cancelled as a whole", async () => {
  const folder = windlass.project(shellManifest("sleep 1000"));
  const run = openTerminal(
    [
      process.execPath,
      programFile,
      "sweep",
      folder,
      "--param",
      "seed=1..5",
      "--parallel",
      "2",
      "--pass",
      "environment",
    ],
    { env: windlass.env },
  );
  await run.shows("seed=2");
  run.type(keys.interrupt);
  await run.shows("continues; `windlass sweep status");
  expect(await run.ended).toBe(0);

  const { experiments, status: before } = await status();
  expect(before).toMatchObject({ state: "Running", started: 2, active: 2 });
  expect((await windlass.run("cancel", experiments[0]?.metadata.name ?? "")).status).toBe(0);
  await eventually(async () => (await status()).experiments.length === 3, "the next one is started");

  expect((await windlass.run("sweep", "cancel", "latest")).stdout).toContain("is being cancelled");
  const after = await eventually(async () => {
    const shown = await status();
    return shown.status?.state === "Cancelled" && shown;
  }, "the sweep is cancelled");
  expect(after.experiments).toHaveLength(3);
  expect(after.status?.message).toBe("cancelled by the user; 2 of 5 were not started");
});

describe("deleting", () => {
  const namesOf = async (...flags: readonly string[]) =>
    (await windlass.run("list", "-o", "name", ...flags)).stdout.trim().split("\n").filter(Boolean);
  const sweepNames = async () =>
    (await windlass.json<readonly Sweep[]>("sweep", "list")).map(({ metadata }) => metadata.name ?? "");

  test("a sweep goes with its experiments, and only when it may", async () => {
    const folder = windlass.project(shellManifest("sleep 1000"));
    const parameters = ["--param", "seed=1..5", "--parallel", "2", "--pass", "environment"];
    const name = (await windlass.run("sweep", folder, ...parameters, "--detach")).stdout.trim();
    await eventually(async () => (await status(name)).experiments.length === 2, "two are started");
    expect((await windlass.run("list")).stdout).toMatch(new RegExp(`^sweeps \\(.*\\): ${name}, `, "m"));

    const refused = await windlass.run("delete", name);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining(`${name} has not finished; nothing`)]);
    const { stdout } = await windlass.run("delete", name, "--cancel");
    expect(stdout.trim().split("\n").toSorted()).toEqual(["", "-0", "-1"].map((part) => `${name}${part} deleted`));
    expect(await sweepNames()).not.toContain(name);
    expect((await namesOf()).filter((each) => each.startsWith(name))).toEqual([]);
  });

  test("a filter takes the sweeps that it takes all experiments of", async () => {
    const preview = await windlass.run("delete", "--state", "Cancelled", "--dry-run");
    expect(preview.stdout).toContain("would delete 1 sweep and 3 experiments");
    expect((await windlass.run("delete", "--state", "Cancelled", "--yes")).stdout).toMatch(
      /^sweep-[0-9a-f]{8} deleted\n/,
    );
    const [left = "", ...others] = await sweepNames();
    expect([others, (await namesOf()).toSorted()]).toEqual([[], [0, 1, 2].map((index) => `${left}-${index}`)]);
    expect((await windlass.run("delete", "--all", "--yes")).status).toBe(0);
    expect([await sweepNames(), await namesOf()]).toEqual([[], []]);
  });
});

test.each([
  [["sweep", "--param", "lr=0.1..0.5"], "[NEEDS_SAMPLES]"],
  [["sweep"], "[NO_PARAMETERS]"],
  [["sweep", "--param", "lr"], "[BAD_PARAMETER]"],
  [["sweep", "status", "nobody"], "[SWEEP_NOT_FOUND]"],
])("%j is refused: %s", async (args, message) => {
  const { status: exit, stderr } = await windlass.run(...args);
  expect(exit).not.toBe(0);
  expect(stderr).toContain(message);
});
