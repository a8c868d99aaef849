/** Addresses of Services: the lowest free one of 10.97.0.0/16. */
import type { Store } from "../store/store.ts";

export const serviceNetwork = "10.97";

export function clusterIps(store: Store): () => string {
  let last = 0;
  return () => {
    const used = new Set(store.list("/services").map((service) => (service["spec"] as { clusterIP?: string } | undefined)?.clusterIP));
    for (let tries = 0; tries < 65_000; tries++) {
      last = (last % 65_000) + 1;
      const address = `${serviceNetwork}.${last >> 8}.${last & 255}`;
      if ((last & 255) !== 0 && (last & 255) !== 255 && !used.has(address)) return address;
    }
    throw new Error("no free cluster IP is left");
  };
}
