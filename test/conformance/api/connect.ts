/** Ways to reach an API server for the suite: within the process, over HTTPS, or a real one. Each run gets a namespace. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Namespace } from "../../../src/api/core/kinds.ts";
import type { Client } from "../../../src/kube/client.ts";
import { createClient } from "../../../src/kube/create-client.ts";
import { createHttpsTransport } from "../../../src/kube/https-transport.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import type { Transport } from "../../../src/kube/transport.ts";
import { createApiServer } from "../../../src/local/apiserver/server.ts";
import { loadCredentials } from "../../../src/local/credentials.ts";

export interface Connected {
  readonly transport: Transport;
  readonly client: Client;
  readonly namespace: string;
  close(): Promise<void>;
}

export type Connect = () => Promise<Connected>;

const randomName = () => `api-${Math.random().toString(36).slice(2, 8)}`;

async function prepared(transport: Transport, close: () => Promise<void>): Promise<Connected> {
  const client = createClient(transport, { fieldManager: "suite" });
  const namespace = randomName();
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return { transport, client, namespace, close };
}

export const inProcess: Connect = async () => {
  const server = createApiServer();
  return prepared(server.transport, () => server.close());
};

export const overHttps: Connect = async () => {
  const folder = mkdtempSync(join(tmpdir(), "windlass-"));
  const credentials = await loadCredentials(folder, ["127.0.0.1"], new Date());
  const server = createApiServer();
  const { url } = await server.listen({ tls: credentials, token: credentials.token });
  const transport = createHttpsTransport({
    server: url,
    ca: credentials.cert,
    token: credentials.token,
    userAgent: "windlass/suite",
  });
  return prepared(transport, async () => {
    await transport.close?.();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
};

export const realKubeconfig = process.env["WINDLASS_REAL_KUBECONFIG"];

export const real: Connect = async () => {
  const config = await loadKubeconfig({ path: realKubeconfig ?? "" });
  const transport = createHttpsTransport({ ...config.transport, userAgent: "windlass/suite" });
  const connected = await prepared(transport, async () => transport.close?.());
  return {
    ...connected,
    async close() {
      await connected.client.delete({ kind: Namespace, name: connected.namespace });
      await transport.close?.();
    },
  };
};
