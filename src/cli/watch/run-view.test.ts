/** What the live view writes, and that it keeps quiet while something is asked. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { StepStatus } from "../../api/experiment/types.ts";
import type { Io } from "../program/io.ts";
import { RunView } from "./run-view.ts";

function makeView(isTTY = true) {
  const stdout = new PassThrough();
  const io: Io = { stdout, stderr: new PassThrough(), isTTY, cwd: "/", env: { NO_COLOR: "1" } };
  const written = () => String(stdout.read() ?? "");
  return { view: new RunView(io), written };
}

const experiment = {
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "e" },
  spec: { manifest: "" },
  status: { step: "Running" as const },
};

test("while something is asked nothing is drawn, and what was printed comes after the answer", async () => {
  const { view, written } = makeView();
  view.progress(experiment, []);
  expect(written()).toContain("Running");
  let during = "nothing was asked";
  const answer = await view.pause(() => {
    written();
    view.line("a line of the log");
    view.progress(experiment, []);
    during = written();
    return Promise.resolve("the answer");
  });
  expect(during).toBe("");
  expect(answer).toBe("the answer");
  expect(written()).toMatch(/a line of the log\n[\s\S]*Running/);
  view.close();
});

test("while an environment is made, the live line has its time and the installer's last line", () => {
  const { view, written } = makeView();
  const startTime = new Date(Date.now() - 61_000).toISOString();
  const steps = [{ name: "Building" as const, state: "Active" as const, startTime }];
  view.progress(
    { ...experiment, status: { step: "Building", steps } },
    [],
    ["Resolved 9 packages", "  Downloading ray (70.0MiB)"],
  );
  expect(written()).toMatch(/Building · 6\ds · Downloading ray \(70\.0MiB\)/);
  view.close();
});

test("a build that went well may have a warning", () => {
  const { view, written } = makeView();
  const times = { startTime: "2026-01-01T00:00:00Z", endTime: "2026-01-01T00:00:02Z" };
  const steps = [{ name: "Building" as const, state: "Done" as const, ...times, message: "rayVersion is another" }];
  view.steps({ ...experiment, status: { step: "Submitting", steps } });
  expect(written()).toMatch(/✓ Building 2s\n {2}! rayVersion is another/);
  view.close();
});

test("without a terminal, an environment that is made is told in plain lines", () => {
  const { view, written } = makeView(false);
  const startTime = new Date(Date.now() - 61_000).toISOString();
  const building = { ...experiment, status: { step: "Building" as const, steps: [] as StepStatus[] } };
  building.status.steps.push({ name: "Building", state: "Active", startTime });
  view.progress(building, [], ["creating a Python 3.12.3 environment with uv"]);
  view.progress(building, [], ["creating a Python 3.12.3 environment with uv", "Resolved 9 packages"]);
  expect(written()).toBe("  creating a Python 3.12.3 environment with uv\n");
  view.close();
});

test("a message leaves out the line of the log that was printed", () => {
  const { view } = makeView(false);
  view.log("p", { time: "", text: "no such file" });
  expect(view.withoutShown("container main ended: no such file")).toBe("container main ended");
  expect(view.withoutShown("container main ended: killed")).toBe("container main ended: killed");
  view.close();
});

test("why a step failed is left to the last line", () => {
  const { view, written } = makeView(false);
  const times = { startTime: "2026-01-01T00:00:00Z", endTime: "2026-01-01T00:00:02Z" };
  const steps = [{ name: "Running" as const, state: "Failed" as const, ...times, message: "exit status 3" }];
  view.steps({ ...experiment, status: { step: "Running", steps } });
  expect(written()).toBe("✗ Running 2s\n");
  view.close();
});
