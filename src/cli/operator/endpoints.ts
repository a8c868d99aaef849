/** What an operator answers over HTTP: `/metrics`, `/healthz`, `/readyz`, each on the address that is asked for. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { operatorErrors } from "../errors/operator.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export const plainAnswer = (status: number, text: string): Answer => ({ status, type: "text/plain", text });

/** `:8080`, `127.0.0.1:8080`, `[::1]:8080`; undefined for "0", which switches the endpoint off. */
export function parseBindAddress(flag: string, text: string): { host?: string; port: number } | undefined {
  if (text === "0") return undefined;
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(text) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw operatorErrors.BIND_ADDRESS(flag, text);
  }
  const name = host.replaceAll(/[[\]]/g, "");
  return { ...(name && { host: name }), port: Number(port) };
}

const listener =
  (routes: Routes): RequestListener =>
  async (request, response) => {
    const path = new URL(request.url ?? "/", "http://operator").pathname;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const answer = (await route?.()) ?? plainAnswer(404, `there is ${Object.keys(routes).join(", ")}\n`);
    response.writeHead(answer.status, { "content-type": answer.type }).end(answer.text);
  };

export interface Endpoint {
  readonly port: number;
  close(): Promise<void>;
}

function listen(server: Server, flag: string, address: { host?: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why = cause.code === "EADDRINUSE" ? "the port is already in use" : cause.message;
      const where = `${address.host ?? ""}:${address.port}`;
      reject(operatorErrors.ADDRESS_UNAVAILABLE(flag, where, why).because(cause));
    });
    server.listen(address, resolve);
  });
}

/** Serves `routes` on the address that `flag` was given; nothing for "0". */
export async function serve(flag: string, text: string, routes: Routes): Promise<Endpoint | undefined> {
  const address = parseBindAddress(flag, text);
  if (!address) return undefined;
  const server = createServer(listener(routes));
  await listen(server, flag, address);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
