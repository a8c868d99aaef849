import { describe, expect, test } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import { chooseExperiment } from "./choose.ts";
import { UserError } from "../errors/user-error.ts";

const made = (name: string, id?: string): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: `experiment-${name}` },
  spec: { manifest: "", ...(id && { id }) },
});
const all = [made("b9aedd57-e09c", "b9aedd57-e09c-4a29"), made("516e16b3-af0f"), made("516e0000-0000")];

function refusal(there: readonly Experiment[], wanted: string): UserError {
  try {
    chooseExperiment(there, wanted, "team");
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error(`${wanted} was not refused`);
}

describe("an experiment is found by", () => {
  test.each([
    ["its place", "latest", 0],
    ["the beginning of its name", "experiment-516e1", 1],
    ["that without the common start", "516e0", 2],
    ["its id", "b9aedd57-e09c-4a", 0],
  ])("%s", (_, wanted, at) => {
    expect(chooseExperiment(all, wanted, "team")).toBe(all[at]);
  });
});

describe("an experiment is refused", () => {
  test("when the beginning fits several, with the way to tell them apart", () => {
    expect(refusal(all, "516e")).toMatchObject({
      code: "AMBIGUOUS_NAME",
      message: '"516e" matches 2 experiments: experiment-516e16b3-af0f, experiment-516e0000-0000',
      remedy: "type more of the name, or use `latest` for the newest",
    });
  });

  test("with no more names than a person reads, when it fits hundreds", () => {
    const hundreds = Array.from({ length: 300 }, (_, at) => made(String(1000 + at)));
    expect(refusal(hundreds, "experiment-").message).toMatch(/^"experiment-" matches 300 .*-1009 and 290 more$/);
  });

  test("when there is none yet, with how to start one", () => {
    expect(refusal([], "latest")).toMatchObject({
      code: "NO_EXPERIMENTS",
      message: "there are no experiments in namespace team yet",
      remedy: "`windlass run` starts one",
    });
  });

  test.each([
    ["a misspelt `latest`", all, "latset", "did you mean latest?"],
    ["a name with two letters exchanged", all, "experiment-516e16b3-fa0f", "did you mean experiment-516e16b3-af0f?"],
    ["one that was deleted", all, "experiment-b6e9165e-dfba", "`windlass list` shows all experiments"],
    ["an empty name", all, "", "`windlass list` shows all experiments"],
  ])("as not there: %s", (_, there, wanted, remedy) => {
    expect(refusal(there, wanted)).toMatchObject({ code: "EXPERIMENT_NOT_FOUND", remedy });
  });
});
