/** The rights of Ray's autoscaler, whole, and what the user's options change in its container. */
import { describe, expect, it } from "vitest";
import type { RayCluster } from "../../../api/ray/types.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { autoscalerContainer, planAccess } from "./autoscaler.ts";
import { headTemplate, makeCluster, spec } from "../model.test-support.ts";

const cluster = makeCluster({ enableInTreeAutoscaling: true });
const access = (of: RayCluster) => checkedPlan(spec, planAccess, of).apply;

describe("access", () => {
  const metadata = {
    name: "raycluster-kuberay",
    namespace: "default",
    labels: {
      "ray.io/cluster": "raycluster-kuberay",
      "app.kubernetes.io/name": "kuberay",
      "app.kubernetes.io/created-by": "kuberay-operator",
    },
    ownerReferences: [expect.objectContaining({ kind: "RayCluster", controller: true })],
  };

  it("is an account, a Role and a binding, made before the pods", () => {
    const made = access(cluster);
    expect(made.map(({ mode, order, as }) => [mode, order, as?.reason])).toEqual([
      ["create", -1, "ServiceAccount"],
      ["create", -1, "Role"],
      ["create", -1, "RoleBinding"],
    ]);
    const [account, role, binding] = made.map(({ target }) => target);
    expect(account).toEqual({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    expect(role).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "patch"] },
        { apiGroups: [""], resources: ["pods/resize"], verbs: ["patch"] },
        { apiGroups: ["ray.io"], resources: ["rayclusters"], verbs: ["get", "patch"] },
      ],
    });
    expect(binding).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      subjects: [{ kind: "ServiceAccount", name: "raycluster-kuberay", namespace: "default" }],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "raycluster-kuberay" },
    });
  });

  it("is bound to the account that the head names", () => {
    const template = { spec: { ...headTemplate.spec, serviceAccountName: "mine" } };
    const made = access({ ...cluster, spec: { ...cluster.spec, headGroupSpec: { template } } });
    expect(made.map(({ kind }) => kind.kind)).toEqual(["Role", "RoleBinding"]);
    expect(made[1]?.target).toMatchObject({ subjects: [{ name: "mine" }] });
  });

  it("is nothing without autoscaling", () => {
    expect(access(makeCluster())).toEqual([]);
  });
});

describe("the container", () => {
  const ray = { name: "ray-head", image: "ray" };

  it("has what the options replace, and after its own what they add", () => {
    const autoscalerOptions = {
      image: "mine",
      imagePullPolicy: "Always",
      command: ["sh"],
      args: ["-c", "x"],
      resources: { limits: { cpu: "1" } },
      securityContext: { runAsUser: 1 },
      env: [{ name: "A", value: "1" }],
      envFrom: [{ configMapRef: { name: "c" } }],
      volumeMounts: [{ name: "v", mountPath: "/v" }],
    } as const;
    const found = autoscalerContainer({ ...cluster, spec: { ...cluster.spec, autoscalerOptions } }, ray);
    const { env, ...others } = autoscalerOptions;
    expect(found).toMatchObject(others);
    expect(found.env?.at(-1)).toEqual(env[0]);
    expect(found.env).toHaveLength(6);
  });

  it("starts as ever where command and arguments are empty", () => {
    const autoscalerOptions = { command: [], args: [] };
    const found = autoscalerContainer({ ...cluster, spec: { ...cluster.spec, autoscalerOptions } }, ray);
    expect(found.command).toEqual(["/bin/bash", "-c", "--"]);
    expect(found.args?.[0]).toMatch(/^ray kuberay-autoscaler /);
  });

  it("knows the token before the user's own variables", () => {
    const authOptions = { mode: "token" } as const;
    const found = autoscalerContainer({ ...cluster, spec: { ...cluster.spec, authOptions } }, ray);
    expect(found.env?.slice(5)).toEqual([
      { name: "RAY_AUTH_MODE", value: "token" },
      {
        name: "RAY_AUTH_TOKEN",
        valueFrom: { secretKeyRef: { name: "raycluster-kuberay", key: "auth_token" } },
      },
    ]);
  });
});
