/** What the Jobs API answers, and what becomes of it; the paths, headers and bodies on the wire. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiRequest, ApiResponse, Transport } from "../kube/transport.ts";
import { directRayClient, proxiedRayClient, rayClient } from "./http.ts";

const { signal } = new AbortController();
const answering = (status: number, body: unknown) => rayClient(async () => ({ status, body }));
const gone = { kind: "Status", apiVersion: "v1", message: "services not found" };

describe("job info", () => {
  it("keeps what a status is made of", async () => {
    const body = { status: "RUNNING", message: "m", start_time: 5, end_time: 0, entrypoint: "x", metadata: {} };
    expect(await answering(200, body).jobInfo("a", signal)).toEqual({ status: "RUNNING", message: "m", start_time: 5 });
  });

  it("is undefined where Ray knows no such job", async () => {
    expect(await answering(404, "Job a does not exist").jobInfo("a", signal)).toBeUndefined();
  });

  it.each([
    ["the Service is gone", 404, gone, /job status: HTTP 404.*services not found/],
    ["Ray fails", 500, "Traceback", /job status: HTTP 500: Traceback/],
    ["somebody else answers", 200, "<html>", /unexpected response from Ray: <html>/],
    ["there is no status", 200, { job: 1 }, /unexpected response from Ray/],
    ["the body is empty", 200, null, /unexpected response from Ray/],
  ])("rejects when %s", async (_, status, body, told) => {
    await expect(answering(status, body).jobInfo("a", signal)).rejects.toThrow(told);
  });
});

describe("cluster status", () => {
  it("is what `ray status` prints", async () => {
    const body = { result: true, data: { clusterStatus: "Pending Demands:" } };
    expect(await answering(200, body).clusterStatus(signal)).toBe("Pending Demands:");
  });
  it.each([
    ["knows no such format", 200, { data: { clusterStatus: null } }, /unexpected response from Ray/],
    ["does not answer", 503, gone, /cluster status: HTTP 503/],
  ])("rejects when Ray %s", async (_, status, body, told) => {
    await expect(answering(status, body).clusterStatus(signal)).rejects.toThrow(told);
  });
});

describe("submission", () => {
  const request = { entrypoint: "x", submission_id: "a" };
  it.each([
    ["got through", 200, { job_id: "a" }],
    ["was made before", 500, "Job with submission_id a already exists. Please use a different submission_id."],
  ])("resolves when it %s", async (_, status, body) => {
    await expect(answering(status, body).submit(request, signal)).resolves.toBeUndefined();
  });
  it("rejects when it is refused", async () => {
    await expect(answering(400, "bad env").submit(request, signal)).rejects.toThrow(
      "job submission: HTTP 400: bad env",
    );
  });
});

describe("stop", () => {
  it.each([
    ["stopped", 200],
    ["is gone", 404],
  ])("resolves when the job %s", async (_, status) => {
    await expect(answering(status, {}).stop("a", signal)).resolves.toBeUndefined();
  });
  it("rejects when Ray fails", async () => {
    await expect(answering(503, "").stop("a", signal)).rejects.toThrow("stopping the job: HTTP 503");
  });
});

/** Answers what `reply` says and remembers what was asked. */
function fakeTransport(reply: (request: ApiRequest) => ApiResponse) {
  const asked: ApiRequest[] = [];
  const transport = {
    request: async (request: ApiRequest) => {
      asked.push(request);
      return reply(request);
    },
  } as Transport;
  return { transport, asked };
}
const json = (status: number, body: unknown): ApiResponse => ({ status, body, contentType: "application/json" });
const secret = json(200, { data: { auth_token: Buffer.from("t0ken").toString("base64") } });

describe("through the API server", () => {
  const endpoint = { namespace: "ns", service: "c-head-svc", address: "unused:1" };
  it("asks the proxy of the head's Service", async () => {
    const { transport, asked } = fakeTransport(() => json(200, { status: "PENDING" }));
    await proxiedRayClient(transport)(endpoint).jobInfo("a/b", signal);
    expect(asked.map(({ method, path }) => [method, path])).toEqual([
      ["GET", "/api/v1/namespaces/ns/services/c-head-svc:dashboard/proxy/api/jobs/a%2Fb"],
    ]);
  });

  it("reads the token first, and shows it", async () => {
    const { transport, asked } = fakeTransport(({ path }) => (path.includes("/secrets/") ? secret : json(200, {})));
    await proxiedRayClient(transport)({ ...endpoint, tokenSecret: "s" }).stop("a", signal);
    expect(asked[0]?.path).toBe("/api/v1/namespaces/ns/secrets/s");
    expect(asked[1]).toMatchObject({ method: "POST", headers: { "x-ray-authorization": "Bearer t0ken" } });
  });

  it.each([
    ["is not there", json(404, { message: "secrets s not found" }), /Secret ns\/s with Ray's token: .*not found/],
    ["holds none", json(200, { data: {} }), /no auth_token in it/],
  ])("rejects when the token's Secret %s", async (_, answer, told) => {
    const { transport, asked } = fakeTransport(() => answer);
    const client = proxiedRayClient(transport)({ ...endpoint, tokenSecret: "s" });
    await expect(client.jobInfo("a", signal)).rejects.toThrow(told);
    expect(asked).toHaveLength(1);
  });
});

describe("directly", () => {
  let server: Server;
  let address: string;
  const asked: { readonly request: IncomingMessage; readonly body: string }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        asked.push({ request, body });
        if (request.url === "/api/jobs/") response.end('{"job_id":"a"}');
        else response.writeHead(404).end("no such job");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const { transport } = fakeTransport(() => secret);
  const endpoint = () => ({ namespace: "ns", service: "c", address, tokenSecret: "s" });

  it("posts a submission as JSON with the token", async () => {
    const body = { entrypoint: "x", submission_id: "a", metadata: undefined };
    await directRayClient(transport)(endpoint()).submit(body, signal);
    const last = asked.at(-1);
    expect([last?.request.method, last?.request.url, last?.body]).toEqual([
      "POST",
      "/api/jobs/",
      '{"entrypoint":"x","submission_id":"a"}',
    ]);
    expect(last?.request.headers).toMatchObject({
      "content-type": "application/json",
      "x-ray-authorization": "Bearer t0ken",
    });
  });

  it("takes Ray's 404 for what it is", async () => {
    expect(await directRayClient(transport)(endpoint()).jobInfo("a", signal)).toBeUndefined();
  });

  it("rejects when nobody listens, and when it is cancelled", async () => {
    const nobody = directRayClient(transport)({ ...endpoint(), address: "127.0.0.1:1" });
    await expect(nobody.jobInfo("a", signal)).rejects.toThrow(/ECONNREFUSED|connect/);
    const client = directRayClient(transport)(endpoint());
    await expect(client.jobInfo("a", AbortSignal.abort(new Error("cancelled")))).rejects.toThrow("cancelled");
  });
});
