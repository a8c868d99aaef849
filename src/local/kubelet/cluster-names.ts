/** What pods may know of the cluster's Services, read from the caches: names, addresses, variables. */
import { EndpointSlice as EndpointSliceKind, Service as ServiceKind } from "../../api/core/kinds.ts";
import type { EndpointSlice, Service } from "../../api/core/service.ts";
import type { Cache } from "../../runtime/cache.ts";
import { serviceLinks } from "./env.ts";
import type { NameSources } from "./network/resolve.ts";

const serviceLabel = "kubernetes.io/service-name";

export class ClusterNames {
  readonly #cache: Cache;
  readonly #addressOf: (service: Service) => string | undefined;

  /** `addressOf`: where a Service with a cluster IP is answered; undefined where none is. */
  constructor(cache: Cache, addressOf: (service: Service) => string | undefined) {
    this.#cache = cache;
    this.#addressOf = addressOf;
  }

  get sources(): NameSources {
    return {
      service: (namespace, name) => this.#cache.storeOf(ServiceKind).get(namespace, name) as Service | undefined,
      services: () => this.#services(),
      slices: (namespace, name) => this.#slices(namespace, name),
      addressOf: this.#addressOf,
    };
  }

  /** `NAME_SERVICE_HOST` and the like. */
  links(namespace: string): Readonly<Record<string, string>> {
    return serviceLinks(this.#services(namespace), this.#addressOf);
  }

  /** Every name that a pod of `namespace` may use for a Service or a pod behind one. */
  hostNames(namespace: string): readonly string[] {
    const all = this.#services().filter(({ spec }) => spec.type !== "ExternalName");
    return all.flatMap(({ metadata }) => {
      const domain = `${metadata.name}.${metadata.namespace}`;
      const hosts = this.#slices(metadata.namespace ?? "", metadata.name ?? "").flatMap(({ endpoints }) =>
        endpoints.flatMap(({ hostname }) => (hostname ? [hostname] : [])),
      );
      const own =
        metadata.namespace === namespace
          ? [metadata.name ?? "", ...hosts.map((host) => `${host}.${metadata.name}`)]
          : [];
      const full = [domain, ...hosts.map((host) => `${host}.${domain}`)];
      return [...full.flatMap((name) => [`${name}.svc.cluster.local`, `${name}.svc`, name]), ...own];
    });
  }

  /** Calls `changed` after every change of a Service or its endpoints. Answers how to stop. */
  onChange(changed: () => void): () => void {
    const stops = [ServiceKind, EndpointSliceKind].map((kind) => this.#cache.storeOf(kind).onChange(changed));
    return () => stops.forEach((stop) => stop());
  }

  /** The API server as pods reach it. */
  apiVariables(): Readonly<Record<string, string>> {
    const service = this.#cache.storeOf(ServiceKind).get("default", "kubernetes") as Service | undefined;
    const address = service && this.#addressOf(service);
    if (service && address) {
      // A stand-in is no address that the server's certificate names; the Service's own name is.
      const host = address === service.spec.clusterIP ? address : "kubernetes.default.svc";
      return { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: String(service.spec.ports?.[0]?.port ?? 443) };
    }
    const [slice] = this.#slices("default", "kubernetes");
    const [host] = slice?.endpoints[0]?.addresses ?? [];
    const port = slice?.ports?.[0]?.port;
    return host && port ? { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: String(port) } : {};
  }

  #services(namespace?: string): readonly Service[] {
    return this.#cache
      .storeOf(ServiceKind)
      .list({ ...(namespace && { namespace }) }) as readonly unknown[] as readonly Service[];
  }

  #slices(namespace: string, service: string): readonly EndpointSlice[] {
    const filter = { namespace, labels: { [serviceLabel]: service } };
    return this.#cache.storeOf(EndpointSliceKind).list(filter) as readonly unknown[] as readonly EndpointSlice[];
  }
}
