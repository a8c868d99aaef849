/** A Transport whose watches of a resource never tell anything: what a controller knows of it, it has from its own writes. */
import type { ApiRequest, Transport, WatchEvent } from "../kube/transport.ts";

/** An open watch that has nothing to tell until it is aborted. */
const silence = ({ signal }: ApiRequest): AsyncIterable<WatchEvent> => ({
  [Symbol.asyncIterator]: () => ({
    next: () =>
      new Promise((resolve) =>
        signal?.addEventListener("abort", () => resolve({ done: true, value: undefined }), { once: true }),
      ),
  }),
});

/** `resource` as paths have it: `pods`. */
export const silentWatches = (inner: Transport, resource: string): Transport => ({
  ...inner,
  request: (request) => inner.request(request),
  stream: (request) => inner.stream(request),
  watch: (request) => (request.path.endsWith(`/${resource}`) ? silence(request) : inner.watch(request)),
});
