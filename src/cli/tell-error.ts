/** An error in words: a stable code, what happened, what to do about it, and the exit status. Pure. */
import { KubeError } from "../kube/errors.ts";
import { UnreachableError } from "../kube/https-transport.ts";
import { KubeconfigError } from "../kube/kubeconfig.ts";
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
  Unauthorized: "the login of the kubeconfig does not hold (any more): log in again, or name another with --context",
  Forbidden: "ask whoever runs the cluster for this right, or name another context or --namespace",
};

/** By the kubelet's words about a log that cannot be read: for these the API has no reason of its own. */
const unreadable: readonly { readonly says: RegExp; readonly remedy: string }[] = [
  {
    says: /is waiting to start/,
    remedy: "`windlass why NAME` says what it waits for; `windlass logs -f NAME` prints the log when there is one",
  },
  { says: /^previous terminated container/, remedy: "it has not been restarted: leave --previous out" },
];

function remedyOf({ reason, status }: KubeError): string | undefined {
  // What is asked for by name is told by name; without one it is the kind itself that the server does not know.
  if (reason === "NotFound" && status.details?.name === undefined)
    return "a cluster must know the kinds first: `windlass install --crds-only --context NAME`";
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
    const remedy = "name the file with --kubeconfig or KUBECONFIG, and what is in it with --context";
    return { code: "KUBECONFIG", message: error.message, remedy, exitStatus: 1 };
  }
  if (error instanceof UnreachableError) {
    const remedy = "see whether the cluster runs and whether this machine reaches it, or name another with --context";
    return { code: "API_UNREACHABLE", message: error.message, remedy, exitStatus: 1 };
  }
  return undefined;
}
