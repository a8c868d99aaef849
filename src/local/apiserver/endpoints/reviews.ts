/** Reviews of access and identity: whoever reached the local API server with its token may do everything. Nothing is stored. */
import type { ApiRequest } from "../../../kube/transport.ts";

export interface ReviewKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

const authorization = { group: "authorization.k8s.io", version: "v1" } as const;
const authentication = { group: "authentication.k8s.io", version: "v1" } as const;

export const reviewKinds: readonly ReviewKind[] = [
  { ...authorization, kind: "LocalSubjectAccessReview", resource: "localsubjectaccessreviews", namespaced: true },
  { ...authorization, kind: "SelfSubjectAccessReview", resource: "selfsubjectaccessreviews", namespaced: false },
  { ...authorization, kind: "SelfSubjectRulesReview", resource: "selfsubjectrulesreviews", namespaced: false },
  { ...authorization, kind: "SubjectAccessReview", resource: "subjectaccessreviews", namespaced: false },
  { ...authentication, kind: "SelfSubjectReview", resource: "selfsubjectreviews", namespaced: false },
  { ...authentication, kind: "TokenReview", resource: "tokenreviews", namespaced: false },
];

const localUser = { username: "local", groups: ["system:masters", "system:authenticated"] } as const;

const allowed = { allowed: true, reason: "the local cluster allows everything to users with its token" };
const rules = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  incomplete: false,
};

/** Whether a bearer token is one this server gave out. */
export type IsToken = (token: string) => boolean;

function statusOf(kind: string, body: unknown, isToken: IsToken): unknown {
  switch (kind) {
    case "SelfSubjectRulesReview":
      return rules;
    case "SelfSubjectReview":
      return { userInfo: localUser };
    case "TokenReview": {
      const token = (body as { spec?: { token?: string } } | undefined)?.spec?.token ?? "";
      return isToken(token) ? { authenticated: true, user: localUser } : { authenticated: false };
    }
    default:
      return allowed;
  }
}

/** The answer to the creation of a review; undefined for every other request. */
export function reviewAnswer({ method, path, body }: ApiRequest, isToken: IsToken): unknown {
  if (method !== "POST" || !path.startsWith("/apis/auth")) return undefined;
  const resource = path.slice(path.lastIndexOf("/") + 1);
  const review = reviewKinds.find(
    (one) => one.resource === resource && path.startsWith(`/apis/${one.group}/${one.version}/`),
  );
  if (!review) return undefined;
  const apiVersion = `${review.group}/${review.version}`;
  return {
    metadata: {},
    ...(body as object | undefined),
    apiVersion,
    kind: review.kind,
    status: statusOf(review.kind, body, isToken),
  };
}
