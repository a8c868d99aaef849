import { expect, test } from "vitest";
import { subsetPatch } from "../machinery/patch/merge.ts";
import { SettledDifferences } from "./settled-differences.ts";

const desired = { spec: { ports: [{ port: 80 }], cpu: "1000m" } };
const answered = { spec: { ports: [{ port: 80, protocol: "TCP" }], cpu: "1", other: 1 } };

function learned(): SettledDifferences {
  const settled = new SettledDifferences();
  settled.learn("uid", subsetPatch(desired, answered), answered);
  return settled;
}

test.each([
  ["nothing to do: what the server answered the last time", desired, answered, false],
  ["a field that is not ours changed", desired, { spec: { ...answered.spec, other: 2 } }, false],
  [
    "somebody changed what is ours",
    desired,
    { spec: { ...answered.spec, ports: [{ port: 81, protocol: "TCP" }] } },
    true,
  ],
  ["we want something else now", { spec: { ...desired.spec, cpu: "2" } }, answered, true],
])("%s", (_, wanted, live, sends) => {
  expect(learned().pending("uid", subsetPatch(wanted, live), live) !== undefined).toBe(sends);
});

test("nothing is known about another object, nor after a clean answer", () => {
  const settled = learned();
  const patch = subsetPatch(desired, answered);
  expect(settled.pending("other", patch, answered)).toBe(patch);
  settled.learn("uid", undefined, answered);
  expect(settled.pending("uid", patch, answered)).toBe(patch);
  expect(settled.pending("uid", undefined, answered)).toBeUndefined();
});
