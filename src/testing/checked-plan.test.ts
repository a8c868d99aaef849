import { describe, expect, it } from "vitest";
import { ConfigMap, Pod } from "../api/core/kinds.ts";
import type { KubeObject } from "../meta/object.ts";
import type { AnyControllerSpec } from "../runtime/spec.ts";
import { act, create, setStatus, type Steps } from "../runtime/steps.ts";
import { defineAction } from "../runtime/action.ts";
import { checkedPlan } from "./checked-plan.ts";

const spec = {
  name: "test",
  root: Pod,
  owns: [{ kind: ConfigMap, writes: ["create"] }],
  observe: () => undefined,
  plan: () => [],
} as unknown as AnyControllerSpec;
const object = (kind: string): KubeObject => ({ apiVersion: "v1", kind, metadata: { name: "a" } });
const ask = defineAction<{ readonly since: unknown }, void>({ name: "ask", does: "Asks." });

it("gives the plan that the runtime carries out", () => {
  const plan = checkedPlan(spec, () => [create(ConfigMap, object("ConfigMap")), setStatus({ ready: true })]);
  expect(plan).toMatchObject({ apply: [{ mode: "create" }], status: { ready: true } });
});

describe("refuses a plan that", () => {
  let passes = 0;
  it.each<[string, (of: { list: string[] }) => Steps<unknown>, string]>([
    ["is another each time", () => [setStatus({ pass: passes++ })], "plans differently the second time"],
    ["changes what it was made from", (of) => [setStatus(of.list.push("more"))], "not extensible"],
    ["holds a Date", () => [act(ask, { since: new Date(0) })], "no plain data: steps.0.asked.question.since is a Date"],
    ["holds a function", () => [setStatus({ of: () => 1 })], "test plans"],
    ["holds no number", () => [setStatus({ left: Number.NaN })], "no plain data: steps.0.status.left is NaN"],
    [
      "is not covered by rights",
      () => [create(Pod, object("Pod"))],
      "plans to create a Pod, which it does not declare",
    ],
  ])("%s", (_, plan, message) => {
    expect(() => checkedPlan(spec, plan, { list: [] })).toThrow(message);
  });
});
