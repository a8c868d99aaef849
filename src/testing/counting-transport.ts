/** A Transport that passes everything on and remembers what was asked: for tests of how much a controller asks. */
import type { ApiRequest, Transport } from "../kube/transport.ts";

export interface CountingTransport extends Transport {
  /** Every request so far, watches (as `WATCH`) and streams included, in the order of their sending. */
  readonly requests: readonly CountedRequest[];
  /** Requests other than reads, as `POST /api/v1/namespaces/default/pods`. */
  writes(options?: { readonly events?: boolean }): readonly string[];
  reset(): void;
}

export interface CountedRequest {
  readonly verb: string;
  readonly path: string;
  readonly body?: unknown;
}

const isEvent = (path: string) => /^\/api(s\/events\.k8s\.io)?\/v1\/namespaces\/[^/]+\/events(\/|$)/.test(path);

export function countingTransport(inner: Transport): CountingTransport {
  let requests: CountedRequest[] = [];
  const count = (verb: string, { path, body }: ApiRequest) =>
    requests.push({ verb, path, ...(body !== undefined && { body }) });
  return {
    get requests() {
      return requests;
    },
    writes: ({ events = true } = {}) =>
      requests
        .filter(({ verb, path }) => !["GET", "WATCH"].includes(verb) && (events || !isEvent(path)))
        .map(({ verb, path }) => `${verb} ${path}`),
    reset: () => {
      requests = [];
    },
    request: (request) => {
      count(request.method, request);
      return inner.request(request);
    },
    watch: (request) => {
      count("WATCH", request);
      return inner.watch(request);
    },
    stream: (request) => {
      count(request.method, request);
      return inner.stream(request);
    },
    ...(inner.connect && { connect: inner.connect.bind(inner) }),
    ...(inner.close && { close: inner.close.bind(inner) }),
  };
}
