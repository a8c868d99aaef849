import { describe, expect, it } from "vitest";
import { ConfigMap, Pod, Role } from "../api/core/kinds.ts";
import type { KubeObject } from "../meta/object.ts";
import { makeObject } from "../testing/builders.ts";
import type { AnyControllerSpec } from "./spec.ts";
import { checkUnread, trimsFor } from "./unread-fields.ts";

const spec = (name: string, more: Partial<AnyControllerSpec>): AnyControllerSpec => ({
  name,
  root: ConfigMap,
  owns: [],
  observe: () => undefined,
  plan: () => [],
  ...more,
});
const unread = ["spec.containers.env", "spec.volumes", "status"];
const one = spec("one", { owns: [{ kind: Pod, writes: ["create", "patch"], unread }] });
const pod = {
  ...makeObject(Pod, { name: "a" }),
  spec: { containers: [{ name: "main", env: [{ name: "A" }] }, { name: "other" }], volumes: [], nodeName: "n" },
  status: { phase: "Running" },
};

describe("what is kept of a pod", () => {
  it.each<[what: string, specs: readonly AnyControllerSpec[], more: object]>([
    [
      "is what the one controller reads",
      [one],
      { spec: { containers: [{ name: "main" }, { name: "other" }], nodeName: "n" } },
    ],
    [
      "is what either of two controllers reads",
      [one, spec("two", { watches: [{ kind: Pod, unread: ["status", "spec"] }] })],
      { spec: pod.spec },
    ],
    ["is all of it where one controller leaves nothing unread", [one, spec("two", { watches: [{ kind: Pod }] })], pod],
    ["is all of it where it is a root", [one, spec("two", { root: Pod })], pod],
    ["is all of it where nobody says anything", [spec("two", { watches: [{ kind: Role }] })], pod],
  ])("%s", (_, specs, more) => {
    const trim = trimsFor(specs)(Pod) ?? ((object: KubeObject) => object);
    const { apiVersion, kind, metadata } = pod;
    expect(trim(pod)).toEqual({ apiVersion, kind, metadata, ...more });
  });
});

describe("a plan", () => {
  const changes = (mode: "patch" | "merge" | "create", target: object) => () =>
    checkUnread(one, [{ kind: Pod, mode, target: { ...makeObject(Pod, { name: "a" }), ...target } }]);

  it.each([
    ["a patch of what it reads", changes("patch", { spec: { nodeName: "m" } })],
    ["a create of anything", changes("create", pod)],
  ])("may make %s", (_, check) => expect(check).not.toThrow());

  it.each([
    ["a patch of what it does not read", changes("patch", { spec: { containers: [{ name: "main", env: [] }] } })],
    ["a merge of what it does not read", changes("merge", { spec: { volumes: [] } })],
  ])("may not make %s", (_, check) =>
    expect(check).toThrow("controller one plans to change a field of a Pod that it says it does not read"),
  );
});
