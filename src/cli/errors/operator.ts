/** Errors of `windlass operator` and `windlass install`: the cluster to work on, its flags, and the definitions there. */
import { defineErrors, makersOf } from "./define.ts";

export const operatorArea = defineErrors("Operator and installation on a cluster", {
  NO_CLUSTER: {
    when: "`operator` or `install` is called without a cluster",
    message: (what: string, _remedy: string) => `no cluster to ${what}: pass --kubeconfig or --context`,
    remedy: (_what: string, remedy: string) => remedy,
    exitStatus: 2,
  },
  UNKNOWN_CONTROLLER: {
    when: "`--controllers` names a controller that does not exist",
    message: (name: string, near: string | undefined, _known: readonly string[]) =>
      `unknown controller "${name}"${near ? `; did you mean ${near}?` : ""}`,
    remedy: (_name: string, _near: string | undefined, known: readonly string[]) => `controllers: ${known.join(", ")}`,
    exitStatus: 2,
  },
  CONTROLLER_GATED: {
    when: "`--controllers` names a controller whose feature gate is off",
    message: (name: string, gate: string) => `the controller ${name} runs only with the feature gate ${gate}`,
    remedy: (_name: string, gate: string) => `add --feature-gates ${gate}=true`,
    exitStatus: 2,
  },
  BAD_NAMESPACE: {
    when: "`operator --namespace` is not a valid namespace name",
    message: (name: string, problem: string) => `--namespace ${name}: ${problem}`,
    remedy: "name one namespace, or leave the option out to watch all; to watch several, start one operator for each",
    exitStatus: 2,
  },
  FEATURE_GATE: {
    when: "`--feature-gates` is malformed, or names a gate that is unknown or not supported",
    message: (problem: string, _known: readonly string[]) => problem,
    remedy: (_problem: string, known: readonly string[]) => `gates: ${known.join(", ")}`,
    exitStatus: 2,
  },
  CONFIGURATION: {
    when: "the file given to `operator --config` is not a valid KubeRay Configuration",
    message: (problem: string, _remedy: string) => problem,
    remedy: (_problem: string, remedy: string) => remedy,
    exitStatus: 2,
  },
  BIND_ADDRESS: {
    when: "the address for metrics or probes is malformed",
    message: (flag: string, text: string) => `${flag} ${text}: expected HOST:PORT or :PORT, or 0 to disable it`,
    exitStatus: 2,
  },
  ADDRESS_UNAVAILABLE: {
    when: "the operator cannot listen on the address for metrics or probes",
    message: (flag: string, address: string, reason: string) => `${flag}: cannot listen on ${address}: ${reason}`,
    remedy: (flag: string) => `choose another address with ${flag}, or 0 to disable it`,
  },
  LEADERSHIP_LOST: {
    when: "the operator could not renew its Lease",
    message: (reason: string) => reason,
    remedy: "restart this operator as a standby: another one may be the leader now",
  },
  CRDS_ONLY: {
    when: "`install` is called without `--crds-only`",
    message: () => "only the custom resource definitions can be installed",
    remedy: "add --crds-only, then run the controllers with `windlass operator --context NAME`",
    exitStatus: 2,
  },
  CRD_OWNED: {
    when: "another field manager owns a definition that `install` would change",
    message: (definition: string, reason: string) => `${definition}: ${reason}`,
    remedy: "add --force-conflicts to take it over",
  },
  CRD_NOT_ESTABLISHED: {
    when: "the API server accepted a definition but does not serve it yet",
    message: (definition: string, seconds: number) => `${definition} was not established within ${seconds} s`,
    remedy: (definition: string) => `see \`kubectl describe crd ${definition}\` for the reason`,
  },
});

export const operatorErrors = makersOf(operatorArea);
