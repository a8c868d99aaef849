/**
 * A Transport that refuses what the controllers behind it do not declare, as a cluster with RBAC does, and remembers it; so
 * it does with events that are on none of their lists. For tests: the embedded API server lets everybody do everything.
 */
import { failure, KubeError } from "../kube/errors.ts";
import type { ApiRequest, Transport } from "../kube/transport.ts";
import type { PolicyRule } from "../runtime/policy-rule.ts";
import { leaseRules, rulesFor } from "../runtime/rights.ts";
import { type AnyControllerSpec, reporterOf } from "../runtime/spec.ts";

export interface DeclaredTransport extends Transport {
  /** What was asked or told without being declared. */
  readonly undeclared: readonly string[];
}

interface Asked {
  readonly group: string;
  /** `pods/log`. */
  readonly resource: string;
  readonly verb: string;
}

const pattern =
  /^\/(?:api\/v1|apis\/(?<group>[^/]+)\/[^/]+)(?:\/namespaces\/[^/]+)?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[^/]+))?/;

const verbs = { GET: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;

/** As the API server's authoriser sees it; undefined for discovery, which everybody may read. */
function attributesOf({ method, path }: ApiRequest, isWatch: boolean): Asked | undefined {
  const { group = "", resource, name, sub } = pattern.exec(path)?.groups ?? {};
  if (resource === undefined) return undefined;
  const ofMany = { GET: "list", DELETE: "deletecollection" } as const;
  const verb = name === undefined && (method === "GET" || method === "DELETE") ? ofMany[method] : verbs[method];
  return { group, resource: sub ? `${resource}/${sub}` : resource, verb: isWatch ? "watch" : verb };
}

const covers = ({ apiGroups, resources, verbs: allowed }: PolicyRule, { group, resource, verb }: Asked): boolean =>
  apiGroups.includes(group) && resources.includes(resource) && allowed.includes(verb);

interface EventBody {
  readonly reportingController?: string;
  readonly reason?: string;
}

/** Whether `reason` is that of a kind; what is in braces stands for anything. */
const isOfReason = (kind: string, reason: string): boolean =>
  new RegExp(`^${kind.replaceAll(/\{.*?\}/g, ".+")}$`).test(reason);

function isTold(specs: readonly AnyControllerSpec[], { reportingController, reason = "" }: EventBody): boolean {
  const spec = specs.find((one) => reporterOf(one) === reportingController);
  return spec?.events?.some((kind) => isOfReason(kind.reason, reason)) ?? false;
}

/** `specs` are all controllers that ask over it. */
export function declaredTransport(inner: Transport, specs: readonly AnyControllerSpec[]): DeclaredTransport {
  const rules = [...rulesFor(specs), ...leaseRules];
  const undeclared: string[] = [];
  const refusal = (request: ApiRequest, isWatch = false) => {
    const asked = attributesOf(request, isWatch);
    if (!asked || rules.some((rule) => covers(rule, asked))) return undefined;
    const text = `may not ${asked.verb} ${asked.resource} of group "${asked.group}"`;
    undeclared.push(text);
    return failure(403, "Forbidden", text);
  };
  const heed = ({ method, path, body }: ApiRequest) => {
    if (method !== "POST" || !path.startsWith("/apis/events.k8s.io/") || isTold(specs, body as EventBody)) return;
    const { reason, reportingController } = body as EventBody;
    undeclared.push(`${reportingController} may not tell of ${reason}`);
  };
  return {
    ...inner,
    undeclared,
    async request(request) {
      const status = refusal(request);
      if (status) return { status: status.code, contentType: "application/json", body: status };
      heed(request);
      return inner.request(request);
    },
    async *watch(request) {
      const status = refusal(request, true);
      if (status) throw new KubeError(status);
      yield* inner.watch(request);
    },
    async *stream(request) {
      const status = refusal(request);
      if (status) throw new KubeError(status);
      yield* inner.stream(request);
    },
  };
}

/** Throws for what was asked or told without being declared. */
export function assertDeclared({ undeclared }: DeclaredTransport): void {
  if (undeclared.length > 0) throw new Error(`undeclared: ${[...new Set(undeclared)].join("; ")}`);
}
