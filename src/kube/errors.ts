/**
 * Errors of the Kubernetes API, one class, told apart by their `Status`, and those of reaching it. Every command loads this
 * file: it must not load a client.
 */
import type { Status } from "../meta/status.ts";

/** A request that the API server answered with a failure `Status`. */
export class KubeError extends Error {
  readonly status: Status;

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? `HTTP ${status.code}`, options);
    this.name = "KubeError";
    this.status = status;
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? "Unknown";
  }
}

/** No answer at all: the server is not there, or not reached. */
export class UnreachableError extends Error {
  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    this.name = "UnreachableError";
  }
}

/** A kubeconfig that cannot be read, or that lacks something. */
export class KubeconfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KubeconfigError";
  }
}

/** A kubeconfig whose exec plugin or identity provider gave no credential. */
export class LoginError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LoginError";
  }
}

/** Builds the Status of a failure; `details` names the object concerned. */
export function failure(code: number, reason: string, message: string, details?: Status["details"]): Status {
  return {
    apiVersion: "v1",
    kind: "Status",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
    ...(details && { details }),
  };
}

const hasReason =
  (reason: string) =>
  (error: unknown): error is KubeError =>
    error instanceof KubeError && error.reason === reason;

export const isNotFound = hasReason("NotFound");
export const isAlreadyExists = hasReason("AlreadyExists");
export const isConflict = hasReason("Conflict");
export const isForbidden = hasReason("Forbidden");
/** 410: the resourceVersion asked for is too old; list again. */
export const isExpired = (error: unknown): error is KubeError =>
  error instanceof KubeError && (error.code === 410 || error.reason === "Expired" || error.reason === "Gone");
