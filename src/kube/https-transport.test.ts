import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { Pod } from "../api/core/kinds.ts";
import { createClient } from "./create-client.ts";
import { isExpired, isNotFound, KubeError } from "./errors.ts";
import { createHttpsTransport, type HttpsOptions } from "./https-transport.ts";
import type { WebSocketChannel } from "./transport.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(handler: Handler, options: Partial<HttpsOptions> = {}) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createHttpsTransport({ server: address, userAgent: "windlass/test", ...options });
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  cleanups.push(() => server.closeAllConnections());
  cleanups.push(() => transport.close?.());
  return { address, server, transport, client: createClient(transport, { fieldManager: "tester" }) };
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "default", resourceVersion: "7" } };
const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const path = "/api/v1/namespaces/default/pods";

async function failing(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail("should have been refused"),
    (error: Error) => error,
  );
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("requests", () => {
  test("carry user agent, token, content type and field manager", async () => {
    const seen: IncomingMessage[] = [];
    const { client } = await serve(
      (request, response) => {
        seen.push(request);
        json(response, 200, pod);
      },
      { token: async () => "secret" },
    );
    await client.patch(
      { kind: Pod, namespace: "default", name: "a" },
      { a: 1 },
      { type: "merge", subresource: "status" },
    );
    expect(seen.map(({ method, url }) => [method, url])).toEqual([["PATCH", `${path}/a/status?fieldManager=tester`]]);
    expect(seen[0]?.headers).toMatchObject({
      "user-agent": "windlass/test",
      authorization: "Bearer secret",
      "content-type": "application/merge-patch+json",
    });
  });

  test("what a delete carries arrives, and the connection goes on", async () => {
    const bodies: string[] = [];
    const { client } = await serve((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => bodies.push(text));
      request.on("end", () => json(response, 200, pod));
    });
    const ref = { kind: Pod, namespace: "default", name: "a" };
    await client.delete(ref, { gracePeriodSeconds: 0 });
    await client.get(ref);
    expect(bodies.map((text) => JSON.parse(text))).toEqual([expect.objectContaining({ gracePeriodSeconds: 0 })]);
  });

  test("a failure Status becomes a KubeError", async () => {
    const status = { kind: "Status", status: "Failure", reason: "NotFound", message: 'pods "a" not found', code: 404 };
    const { client } = await serve((_, response) => json(response, 404, status));
    const error = await failing(client.get({ kind: Pod, namespace: "default", name: "a" }));
    expect(isNotFound(error)).toBe(true);
    expect(error.message).toBe('pods "a" not found');
  });

  test("a failure that is no Status names the request", async () => {
    const { client } = await serve((_, response) =>
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>bad"),
    );
    const error = await failing(client.get({ kind: Pod, namespace: "default", name: "a" }));
    expect(error).toBeInstanceOf(KubeError);
    expect(error.message).toBe(`GET ${path}/a: HTTP 502: <h1>bad`);
  });

  test("a page where an object should be is a failure", async () => {
    const { client } = await serve((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("log in"),
    );
    const error = await failing(client.list(Pod));
    expect(error.message).toBe("GET /api/v1/pods: not a JSON object (text/html: log in)");
  });

  test("a server that does not answer is named", async () => {
    const { client, server, address } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const error = await failing(client.list(Pod));
    expect(error.message).toMatch(`cannot reach the Kubernetes API at ${address}: `);
    expect(error.cause).toBeDefined();
  });

  test("a token that cannot be had is not the server's fault", async () => {
    const token = () => Promise.reject(new Error("plugin failed"));
    const { client } = await serve((_, response) => json(response, 200, pod), { token });
    expect((await failing(client.list(Pod))).message).toBe("plugin failed");
  });

  test.each([
    ["reads are tried again", "GET", 429, 2],
    ["patches are tried again", "PATCH", 503, 2],
    ["creates are not", "POST", 429, 1],
    ["nor is a failure without Retry-After", "GET", 500, 1],
  ] as const)("after Retry-After %s", async (_, method, status, requests) => {
    let count = 0;
    const { transport } = await serve((_request, response) => {
      count++;
      if (count > 1) return json(response, 200, pod);
      return json(response, status, {}, status === 500 ? {} : { "retry-after": "0" });
    });
    const answer = await transport.request({ method, path });
    expect([count, answer.status]).toEqual([requests, requests === 1 ? status : 200]);
  });

  test("a read on a connection that broke is asked once more, a create is not", async () => {
    let count = 0;
    const { transport } = await serve((request, response) => {
      count++;
      if (count % 2 === 1) request.socket.destroy();
      else json(response, 200, pod);
    });
    expect((await transport.request({ method: "GET", path })).status).toBe(200);
    expect((await failing(transport.request({ method: "POST", path, body: pod }))).message).toMatch("cannot reach");
    expect(count).toBe(3);
  });

  test("warnings are unquoted", async () => {
    const headers = { warning: '299 - "spec.a is deprecated", 299 - "say \\"b\\""' };
    const { transport } = await serve((_, response) => json(response, 200, pod, headers));
    expect((await transport.request({ method: "GET", path })).warnings).toEqual(["spec.a is deprecated", 'say "b"']);
  });

  test("a user agent that is not ours is refused", () => {
    expect(() => createHttpsTransport({ server: "https://x", userAgent: "curl/8" })).toThrow(
      "does not begin with windlass/",
    );
  });
});

describe("delete", () => {
  const gone = { kind: "Status", status: "Success", code: 200 };
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  test.each([
    ["a Status: gone", gone, false],
    ["the last state of what is gone", pod, false],
    [
      "deleted without grace",
      { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } },
      false,
    ],
    [
      "waiting for its grace period",
      { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 30 } },
      true,
    ],
    [
      "waiting for finalizers",
      { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0, finalizers: ["x"] } },
      true,
    ],
  ])("%s", async (_, answer, stillThere) => {
    const { client } = await serve((_request, response) => json(response, 200, answer));
    const left = await client.delete({ kind: Pod, namespace: "default", name: "a" });
    expect(left !== undefined).toBe(stillThere);
  });
});

describe("watches", () => {
  test("yield events across chunk borders and end with the server", async () => {
    const text = line("ADDED", { ...pod, note: "é" }) + line("MODIFIED", pod);
    const bytes = Buffer.from(text);
    const { client } = await serve((_, response) => {
      response.write(bytes.subarray(0, text.indexOf("é") + 1));
      setImmediate(() => response.end(bytes.subarray(text.indexOf("é") + 1)));
    });
    const events = await collect(client.watch(Pod, { resourceVersion: "1" }));
    expect(events.map(({ type, object }) => [type, object["note"]])).toEqual([
      ["ADDED", "é"],
      ["MODIFIED", undefined],
    ]);
  });

  test.each([
    ["a line that is not JSON", "garbage\n", "not JSON: garbage"],
    ["an event cut short", line("ADDED", pod).slice(0, 30), "not JSON: {"],
  ])("%s is an error", async (_, text, message) => {
    const { client } = await serve((_request, response) => response.end(line("ADDED", pod) + text));
    expect((await failing(collect(client.watch(Pod)))).message).toMatch(message);
  });

  test("an ERROR event is thrown as the KubeError it holds", async () => {
    const status = { kind: "Status", status: "Failure", reason: "Expired", message: "too old", code: 410 };
    const { client } = await serve((_, response) => response.end(line("ERROR", status)));
    expect(isExpired(await failing(collect(client.watch(Pod))))).toBe(true);
  });

  test("a refusal is thrown as KubeError", async () => {
    const { client } = await serve((_, response) =>
      json(response, 403, { kind: "Status", reason: "Forbidden", message: "no", code: 403 }),
    );
    expect(await failing(collect(client.watch(Pod)))).toMatchObject({ code: 403 });
  });

  test("silence after a bookmark is a half-open connection", async () => {
    const { client } = await serve((_, response) => response.write(line("BOOKMARK", pod)), {
      timeouts: { watchIdle: 20 },
    });
    expect((await failing(collect(client.watch(Pod)))).message).toMatch("half open");
  });

  test("a watch that outlives its own timeout is a half-open connection", async () => {
    const { client } = await serve((_, response) => response.write(line("ADDED", pod)), {
      timeouts: { watchGrace: -980 },
    });
    expect((await failing(collect(client.watch(Pod, { timeoutSeconds: 1 })))).message).toMatch("half open");
  });

  test("end without an error when they are aborted", async () => {
    const { client } = await serve((_, response) => response.write(line("ADDED", pod)));
    const abort = new AbortController();
    const types: string[] = [];
    for await (const { type } of client.watch(Pod, { signal: abort.signal })) {
      types.push(type);
      abort.abort();
    }
    expect(types).toEqual(["ADDED"]);
  });
});

describe("streams and websockets", () => {
  test("a log is passed on byte by byte", async () => {
    const { transport } = await serve((_, response) => response.end("one\ntwo\n"));
    const chunks = await collect(transport.stream({ method: "GET", path: `${path}/a/log` }));
    expect(Buffer.concat(chunks).toString()).toBe("one\ntwo\n");
  });

  test("messages keep their frames, also those that came before anybody read", async () => {
    const { transport, server } = await serve(() => {});
    const sockets = new WebSocketServer({ server, handleProtocols: () => "v5.channel.k8s.io" });
    sockets.on("connection", (socket, request) => {
      socket.send(Buffer.from([1, 65]));
      socket.on("message", (data: Buffer) => {
        socket.send(Buffer.concat([data, Buffer.from(request.headers["user-agent"] ?? "")]));
        socket.close();
      });
    });
    const channel = await transport.connect?.({ method: "GET", path: `${path}/a/exec` }, ["v5.channel.k8s.io"]);
    channel?.send(Buffer.from([0, 66]));
    const messages = await collect((channel as WebSocketChannel).messages);
    expect(channel?.protocol).toBe("v5.channel.k8s.io");
    expect(messages.map((message) => Buffer.from(message).toString("latin1"))).toEqual(["\x01A", "\0Bwindlass/test"]);
  });

  test("a handshake takes any type: nodes refuse one that wants JSON alone", async () => {
    const { transport, server } = await serve(() => {});
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket, request) => socket.send(request.headers.accept ?? "", () => socket.close()));
    const channel = await transport.connect?.({ method: "GET", path: `${path}/a/exec` }, []);
    const [accept] = await collect((channel as WebSocketChannel).messages);
    expect(Buffer.from(accept ?? []).toString()).toMatch(/\*\/\*/);
  });

  test("a refused upgrade is thrown as KubeError", async () => {
    const status = { kind: "Status", status: "Failure", reason: "NotFound", message: 'pods "a" not found', code: 404 };
    const { transport, server } = await serve(() => {});
    server.on("upgrade", (_, socket) => {
      const body = JSON.stringify(status);
      socket.end(
        `HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const error = await failing(
      transport.connect?.({ method: "GET", path }, ["v5.channel.k8s.io"]) ?? Promise.resolve(),
    );
    expect(isNotFound(error)).toBe(true);
  });
});
