/** Gives every namespace what pods take for granted: the ServiceAccount `default` and the ConfigMap of the root CA. */
import { ConfigMap, Namespace, ServiceAccount } from "../../../api/core/kinds.ts";
import type { KubeObject } from "../../../meta/object.ts";
import type { ControllerSpec } from "../../../runtime/spec.ts";
import { create, type Steps } from "../../../runtime/steps.ts";

export interface ServiceAccountWorld {
  readonly hasAccount: boolean;
  readonly hasRootCa: boolean;
}

const accountName = "default";
const rootCaName = "kube-root-ca.crt";

export function planServiceAccount(namespace: KubeObject, world: ServiceAccountWorld, rootCa: string): Steps {
  const metadata = (name: string) => ({ name, namespace: namespace.metadata.name ?? "" });
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata(accountName) };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: metadata(rootCaName), data: { "ca.crt": rootCa } };
  return [
    ...(world.hasAccount ? [] : [create(ServiceAccount, account)]),
    ...(world.hasRootCa ? [] : [create(ConfigMap, configMap)]),
  ];
}

/** `rootCa`: the certificate (PEM) that signs the API server's; empty when it serves without TLS. */
export function serviceAccountController(rootCa = ""): ControllerSpec<KubeObject, ServiceAccountWorld, never> {
  const named = (name: string) => (object: KubeObject) =>
    object.metadata.name === name ? [{ name: object.metadata.namespace ?? "" }] : [];
  return {
    name: "serviceaccount",
    root: Namespace,
    owns: [],
    watches: [
      { kind: ServiceAccount, writes: ["create"], map: named(accountName) },
      { kind: ConfigMap, writes: ["create"], map: named(rootCaName) },
    ],
    observe: ({ metadata: { name = "" } }, cache) => ({
      hasAccount: cache.get(ServiceAccount, name, accountName) !== undefined,
      hasRootCa: cache.get(ConfigMap, name, rootCaName) !== undefined,
    }),
    plan: (namespace, world) => planServiceAccount(namespace, world, rootCa),
  };
}
