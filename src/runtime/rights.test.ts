/** The rights that follow from what controllers declare. */
import { expect, test } from "vitest";
import { ConfigMap, Pod, Role } from "../api/core/kinds.ts";
import { rulesFor } from "./rights.ts";
import type { AnyControllerSpec } from "./spec.ts";

const controller: AnyControllerSpec = {
  name: "test",
  root: ConfigMap,
  owns: [{ kind: Role, writes: ["create"] }],
  watches: [{ kind: Pod }],
  delegates: [{ apiGroups: [""], resources: ["pods", "pods/resize"], verbs: ["patch"] }],
  observe: () => undefined,
  plan: () => [],
};
const rule = (apiGroup: string, resource: string, verbs: readonly string[]) => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs,
});
const reading = ["get", "list", "watch"];

test("it reads what it names, writes what it declares, and has what it gives to others", () => {
  expect(rulesFor([controller])).toEqual([
    rule("", "configmaps", reading),
    rule("", "configmaps/finalizers", ["update"]),
    rule("", "configmaps/status", ["patch"]),
    rule("", "pods", [...reading, "patch"]),
    rule("", "pods/resize", ["patch"]),
    rule("events.k8s.io", "events", ["create", "patch"]),
    rule("rbac.authorization.k8s.io", "roles", [...reading, "create"]),
  ]);
});
