/** Access reviews: whoever reached the local API server with its token may do everything. Pure. */
import type { ApiRequest } from "../../kube/transport.ts";

const reviews: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  selfsubjectaccessreviews: { status: { allowed: true, reason: "the local cluster has one user" } },
  subjectaccessreviews: { status: { allowed: true, reason: "the local cluster has one user" } },
  localsubjectaccessreviews: { status: { allowed: true, reason: "the local cluster has one user" } },
  selfsubjectrulesreviews: {
    status: { resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }], nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }], incomplete: false },
  },
  selfsubjectreviews: { status: { userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] } } },
};

/** The answer to a review request; undefined for every other request. */
export function accessReview({ method, path, body }: ApiRequest): unknown {
  if (method !== "POST" || !/^\/apis\/auth(orization|entication)\.k8s\.io\/v1\//.test(path)) return undefined;
  const answer = reviews[path.slice(path.lastIndexOf("/") + 1)];
  return answer && { ...(body as object), ...answer };
}
