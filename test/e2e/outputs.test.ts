/** What an experiment leaves: folders that are there before the command starts, are kept at its end, and can be had. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Experiment } from "../../src/api/experiment/types.ts";
import { shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const download = () => join(mkdtempSync(join(windlass.home, "download-")), "results");

interface Listing {
  readonly place: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** Runs a shell command as an experiment; answers what was printed and the experiment. */
async function run(command: string, { more = "", flags = [] as readonly string[] } = {}) {
  const { status, output } = await windlass.run("run", windlass.project(shellManifest(command, more)), ...flags);
  return { status, output, experiment: await windlass.json<Experiment>("get", "latest") };
}

describe("an experiment's outputs", () => {
  test("are kept in a folder that the variables name, listed with sizes, and downloaded", async () => {
    const { status, output, experiment } = await run(
      `cd "$AICHOR_OUTPUT_PATH" && test -d "$WINDLASS_CHECKPOINT_PATH" && mkdir models && printf 12345 >models/best.pt && ln -s best.pt models/last.pt && echo log >"$(mkdir -p "$AICHOR_TENSORBOARD_PATH"; echo "$AICHOR_LOGS_PATH")/events"`,
    );
    expect(status, output).toBe(0);
    const name = experiment.metadata.name ?? "";
    expect(output).toMatch(`outputs: 3 files, 16 B in ${experiment.status?.outputs} · windlass outputs ${name}`);
    const { place, files } = await windlass.json<Listing>("outputs", name);
    expect(place).toBe(join(windlass.state, "outputs", experiment.spec.id ?? ""));
    expect(files).toMatchObject([
      { path: "models/best.pt", bytes: 5 },
      { path: "models/last.pt" },
      { path: "tensorboard/events", bytes: 4 },
    ]);
    const listed = await windlass.run("outputs", "latest");
    expect(listed.stdout).toMatch(/^SIZE +WRITTEN +FILE\n5 B +\S+ ago +models\/best\.pt\n[^]*\n3 files, 16 B in /);
    const folder = download();
    const got = await windlass.run("outputs", "latest", "--download", folder);
    expect(got.stdout).toBe(`3 files, 16 B downloaded to ${folder}\n`);
    expect(readFileSync(join(folder, "models/last.pt"), "utf8")).toBe("12345");
  });

  test("of a failed experiment are kept, too", async () => {
    const { status, output } = await run('echo partial >"$AICHOR_OUTPUT_PATH/partial"; exit 3');
    expect(status).toBe(1);
    expect(output).toMatch(/outputs: 1 file, 8 B in \//);
  });

  test("are the same folder in every pod", async () => {
    const manifest = shellManifest(
      'echo $JOB_INDEX >"$AICHOR_OUTPUT_PATH/$JOB_INDEX"; until [ -e "$AICHOR_OUTPUT_PATH/0" -a -e "$AICHOR_OUTPUT_PATH/1" ]; do sleep 0.1; done',
    ).replace("main:\n", "main:\n      count: 2\n");
    const { status, output } = await windlass.run("run", windlass.project(manifest));
    expect(status, output).toBe(0);
    expect((await windlass.json<Listing>("outputs", "latest")).files.map(({ path }) => path)).toEqual(["0", "1"]);
  });

  test("of nothing are told, and no line of them stands at the end of the run", async () => {
    const { output } = await run("true");
    expect(output).not.toContain("outputs:");
    expect((await windlass.run("outputs", "latest")).stdout).toMatch(/^no outputs in \//);
  });

  test("are not downloaded into themselves", async () => {
    const { experiment } = await run('echo a >"$AICHOR_OUTPUT_PATH/a"');
    const { status, output } = await windlass.run(
      "outputs",
      "latest",
      "--download",
      `${experiment.status?.outputs}/copy`,
    );
    expect(status).toBe(1);
    expect(output).toMatch(/cannot download to .*: it is inside the outputs folder \[OUTPUTS_TARGET\]/);
  });
});

const train =
  'at="$WINDLASS_CHECKPOINT_PATH/step"; step=$(cat "$at" 2>/dev/null || echo 0); echo "begins at $step"; echo $((step + 1)) >"$at"; ';

describe("checkpoints", () => {
  test("survive a retry, so that the second attempt goes on where the first one was", async () => {
    const more = "  restartPolicy: { backoffLimit: 1 }\n";
    const { status, output } = await run(`${train}[ $step = 1 ]`, { more });
    expect(status, output).toBe(0);
    expect((await windlass.json<Listing>("outputs", "latest")).files).toMatchObject([{ path: "checkpoints/step" }]);
  });

  test("are gone on with by a later run, and by the one after it", async () => {
    const first = await run(`${train}true`);
    const name = first.experiment.metadata.name ?? "";
    const second = await run(`${train}true`, { flags: ["--resume", name] });
    expect(second.output).toContain("begins at 1");
    const third = await run(`${train}true`, { flags: ["--resume", "latest"] });
    expect(third.output).toContain("begins at 2");
    expect(third.experiment.spec.resumeFrom).toBe(first.experiment.spec.id);
  });
});

describe("inputs", () => {
  test("are a folder that every experiment reads and none writes", async () => {
    const inputs = join(windlass.state, "inputs");
    await run("true");
    expect(existsSync(inputs)).toBe(true);
    writeFileSync(join(inputs, "vocabulary"), "the words");
    const { output } = await run('cat "$AICHOR_INPUT_PATH/vocabulary"; ! touch "$AICHOR_INPUT_PATH/mine"');
    expect(output).toContain("the words");
    expect(output).toContain("Read-only file system");
  });
});
