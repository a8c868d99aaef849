/**
 * A Transport to a server that may move: the local cluster has another port after `windlass down` and `windlass up`. Asks
 * before each request where the server is now, and connects anew when that has changed.
 */
import type { ApiRequest, Transport } from "../../kube/transport.ts";

export interface Moving {
  /** Where the server is now; undefined while it is nowhere. */
  readonly where: () => string | undefined;
  readonly connect: () => Promise<Transport>;
}

export function createMovingTransport({ where, connect }: Moving): Transport {
  let place: string | undefined;
  let connected: Promise<Transport> | undefined;
  const current = (): Promise<Transport> => {
    const now = where();
    // Nowhere: the old address says in its own words that nobody answers.
    if (connected && (now === undefined || now === place)) return connected;
    void connected?.then((old) => old.close?.()).catch(() => {});
    place = now;
    connected = connect();
    return connected;
  };
  return {
    request: async (request) => (await current()).request(request),
    async *watch(request: ApiRequest) {
      yield* (await current()).watch(request);
    },
    async *stream(request: ApiRequest) {
      yield* (await current()).stream(request);
    },
    connect: async (request, protocols) => {
      const transport = await current();
      if (!transport.connect) throw new Error("this server takes no websockets");
      return transport.connect(request, protocols);
    },
    close: async () => (await connected)?.close?.(),
  };
}
