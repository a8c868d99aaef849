/** `run` and `logs -f` outlive the local cluster: after `down` and `up` they find it at its new address. */
import { afterAll, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { shellManifest, type Started, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const shows = (started: Started, text: string) =>
  eventually(() => started.output().includes(text), `it shows ${text}: ${started.output()}`);

test("run and every logs -f go on with the cluster that is up again", async () => {
  const project = windlass.project(shellManifest("echo it runs; sleep 1000"));
  const run = windlass.start("run", project);
  await shows(run, "it runs");
  const viewers = [
    ["logs", "-f", "latest"],
    ["logs", "-f", "latest", "--all"],
  ].map((args) => windlass.start(...args));
  for (const viewer of viewers) await shows(viewer, "it runs");
  expect((await windlass.run("down")).status).toBe(0);
  for (const started of [run, ...viewers])
    await shows(started, "(the local cluster is down; this command resumes after `windlass up`)");
  expect((await windlass.run("up")).status).toBe(0);
  for (const started of [run, ...viewers]) await shows(started, "(reconnected to the local cluster)");
  const ends = [run, ...viewers].map(({ ended }) => ended);
  await windlass.run("cancel", "latest");
  for (const { status, output } of await Promise.all(ends)) {
    expect(output.match(/is down/g)).toHaveLength(1);
    expect(status).not.toBe(0);
  }
});
