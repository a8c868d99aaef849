/** An S3 server on this machine's own loopback, as a Service: pods have a loopback of their own. */
import { EndpointSlice, Service } from "../../api/core/kinds.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { Storage } from "../../controllers/experiment/compile/storage.ts";
import type { Client } from "../../kube/client.ts";
import { isNotFound } from "../../kube/errors.ts";
import { loopbackPort, loopbackService as metadata } from "../storage/s3-access.ts";

async function remove(client: Client, kind: typeof Service): Promise<void> {
  await client.delete({ kind, ...metadata }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

/** Made anew at each start, for the port may be another. */
export async function publishStorage(client: Client, { s3 }: Storage): Promise<void> {
  await Promise.all([remove(client, Service), remove(client, EndpointSlice)]);
  const port = s3 && loopbackPort(s3);
  if (port === undefined) return;
  const ports = [{ name: "s3", port, protocol: "TCP" }];
  const service = { apiVersion: "v1", kind: "Service", metadata, spec: { ports } };
  const slice: KubeObject & Readonly<Record<string, unknown>> = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": metadata.name } },
    addressType: "IPv4",
    endpoints: [{ addresses: ["127.0.0.1"], conditions: { ready: true } }],
    ports,
  };
  await client.create(Service, service);
  await client.create(EndpointSlice, slice);
}
