/** Everything that is not an object: health, version, discovery, OpenAPI, reviews. */
import type { ApiRequest } from "../../../kube/transport.ts";
import { type HandlerResponse, type BytesResponse, json } from "../wire/response.ts";
import { aggregated, coreVersions, groupList, oneGroup, resourceList } from "./discovery.ts";
import { openApiDocument, openApiIndex, openApiV2 } from "../openapi/documents.ts";
import type { Registry } from "../kinds/registry.ts";
import { type IsToken, reviewAnswer } from "./reviews.ts";

/** The Kubernetes version whose API this is. */
const versionInfo = {
  major: "1",
  minor: "33",
  gitVersion: "v1.33.0+windlass",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: `${process.platform}/${process.arch}`,
} as const;

function plainText(text: string): BytesResponse {
  async function* body() {
    yield Buffer.from(text);
  }
  return { type: "bytes", status: 200, contentType: "text/plain", body: body() };
}

function aggregatedVersion(accept: string | undefined): "v2" | "v2beta1" | undefined {
  if (!accept?.includes("APIGroupDiscoveryList")) return undefined;
  return (["v2", "v2beta1"] as const).find((version) => new RegExp(`v=${version}\\b`).test(accept));
}

function discovery(registry: Registry, { path, accept }: ApiRequest): HandlerResponse | undefined {
  const [root, first, second, ...more] = path.split("/").filter(Boolean);
  if (more.length > 0 || (root !== "api" && root !== "apis")) return undefined;
  const isCore = root === "api";
  if (first === undefined) {
    const version = aggregatedVersion(accept);
    if (!version) return json(isCore ? coreVersions("127.0.0.1") : groupList(registry));
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { ...json(aggregated(registry, { isCore, version })), contentType };
  }
  if (isCore) return second === undefined ? found(resourceList(registry, "", first)) : undefined;
  return found(second === undefined ? oneGroup(registry, first) : resourceList(registry, first, second));
}

const found = (body: unknown): HandlerResponse | undefined => (body === undefined ? undefined : json(body));

const health = /^\/(healthz|readyz|livez)(\/|$)/;
const rootPaths = ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];

/** The answer to a request that is about the server itself; undefined for all others. */
export function nonResourceResponse(
  registry: Registry,
  request: ApiRequest,
  isToken: IsToken,
): HandlerResponse | undefined {
  const { path, method } = request;
  const review = reviewAnswer(request, isToken);
  if (review !== undefined) return json(review, 201);
  if (method !== "GET") return undefined;
  if (health.test(path)) return plainText("ok");
  if (path === "/version" || path === "/version/") return json(versionInfo);
  if (path === "/") return json({ paths: rootPaths });
  return path.startsWith("/openapi/") ? openApi(registry, path) : discovery(registry, request);
}

function openApi(registry: Registry, path: string): HandlerResponse | undefined {
  if (path === "/openapi/v2") return json(openApiV2(registry));
  if (path === "/openapi/v3") return json(openApiIndex(registry));
  return path.startsWith("/openapi/v3/")
    ? found(openApiDocument(registry, path.slice("/openapi/v3/".length)))
    : undefined;
}
