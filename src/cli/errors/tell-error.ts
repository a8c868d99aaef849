/** An error in words: a stable code, what happened, what to do about it, and the exit status. Pure. */
import { KubeconfigError, KubeError, LoginError, UnreachableError } from "../../kube/errors.ts";
import { UserError } from "./user-error.ts";

export interface Told {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  /** Of the API server's refusal. */
  readonly httpStatus?: number;
  readonly exitStatus: number;
}

/** By the reason of the API server's Status. */
const refusals: Readonly<Record<string, string>> = {
  Unauthorized: "your credentials have expired or are invalid: log in again, or choose another context with --context",
  Forbidden: "ask the cluster's administrator for this permission, or choose another --context or --namespace",
};

/** By the kubelet's words about a log that cannot be read: for these the API has no reason of its own. */
const unreadable: readonly { readonly says: RegExp; readonly remedy: string }[] = [
  {
    says: /is waiting to start/,
    remedy:
      "`windlass why NAME` shows what it is waiting for; `windlass logs -f NAME` prints the log as soon as it exists",
  },
  { says: /^previous terminated container/, remedy: "leave --previous out: the container has not restarted" },
];

function remedyOf({ reason, status }: KubeError): string | undefined {
  // What is asked for by name is told by name; without one it is the kind itself that the server does not know.
  if (reason === "NotFound" && status.details?.name === undefined)
    return "install the custom resource definitions first: `windlass install --crds-only --context NAME`";
  return refusals[reason] ?? unreadable.find(({ says }) => says.test(status.message ?? ""))?.remedy;
}

/** Undefined for an error that nobody foresaw. */
export function tellError(error: unknown): Told | undefined {
  if (error instanceof UserError) return error;
  if (error instanceof KubeError) {
    const { code: httpStatus, reason: code, message } = error;
    return { code, message, httpStatus, remedy: remedyOf(error), exitStatus: 1 };
  }
  if (error instanceof KubeconfigError) {
    const remedy = "set the file with --kubeconfig or KUBECONFIG, and the context with --context";
    return { code: "KUBECONFIG", message: error.message, remedy, exitStatus: 1 };
  }
  if (error instanceof LoginError) {
    const remedy =
      "log in again with the tools of your cloud: `kubectl get namespaces` with the same context has to work, too";
    return { code: "LOGIN_FAILED", message: error.message, remedy, exitStatus: 1 };
  }
  if (error instanceof UnreachableError) {
    const remedy =
      "check that the cluster is running and reachable from this machine, or choose another one with --context";
    return { code: "API_UNREACHABLE", message: error.message, remedy, exitStatus: 1 };
  }
  return undefined;
}
