/** What the live view writes, and that it keeps quiet while something is asked. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Io } from "./io.ts";
import { RunView } from "./run-view.ts";

function makeView() {
  const stdout = new PassThrough();
  const io: Io = { stdout, stderr: new PassThrough(), isTTY: true, cwd: "/", env: { NO_COLOR: "1" } };
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
