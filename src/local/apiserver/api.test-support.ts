/** An API server for tests: memory only, time that moves when told to, and requests in one line. */
import type { ApiRequest, ApiResponse, Method } from "../../kube/transport.ts";
import { FakeClock, settled } from "../../testing/fake-clock.ts";
import { memoryJournal, Store } from "../store/index.ts";
import { createApiServer } from "./server.ts";

export const configMaps = "/api/v1/namespaces/default/configmaps";
export const pods = "/api/v1/namespaces/default/pods";

export const configMap = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  ...more,
});

export const pod = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ name: "main", image: "busybox" }], ...spec },
});

type Query = NonNullable<ApiRequest["query"]>;

/** `historySize`: changes that are remembered of each resource, at least. */
export function startApi(historySize = 4096) {
  const clock = new FakeClock();
  const server = createApiServer({ store: new Store(memoryJournal(), { historySize }), clock, random: () => 0.5 });
  const ask = (method: Method, path: string, more: Omit<ApiRequest, "method" | "path"> = {}): Promise<ApiResponse> =>
    server.transport.request({ method, path, ...more });
  return {
    clock,
    ask,
    /** The answer's body, of a request that must succeed. */
    async done<T>(method: Method, path: string, more: Omit<ApiRequest, "method" | "path"> = {}): Promise<T> {
      const { status, body } = await ask(method, path, more);
      if (status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(body)}`);
      return body as T;
    },
    /** Opens a watch; answers what it has told so far, whenever it is asked: `end` last, once it has ended. */
    watch(path: string, query: Query, more: Pick<ApiRequest, "accept"> = {}) {
      const told: (Told | "end")[] = [];
      const stop = new AbortController();
      const reading = (async () => {
        const request: ApiRequest = { method: "GET", path, query, signal: stop.signal, ...more };
        for await (const { type, object } of server.transport.watch(request))
          told.push({ type, object: object as Seen });
        told.push("end");
      })();
      reading.catch(() => {});
      return {
        /** Rejects when the watch was refused. */
        reading,
        async told(): Promise<readonly (Told | "end")[]> {
          await settled();
          return told;
        },
        stop: () => stop.abort(),
      };
    },
    stop: () => server.close(),
  };
}

export type Api = ReturnType<typeof startApi>;

/** What tests look at, of any object. */
export interface Seen {
  readonly kind?: string;
  readonly code?: number;
  readonly message?: string;
  readonly metadata: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly fieldsV1: object;
    }[];
  };
  readonly [field: string]: unknown;
}

export interface Told {
  readonly type: string;
  readonly object: Seen;
}
