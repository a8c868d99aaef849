/** The real kubectl, where there is one, against the embedded server over HTTPS, with a node that is played by this file. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiServer, createApiServer } from "../../src/local/apiserver/server.ts";
import type { NodeAgent } from "../../src/local/contracts.ts";
import { type Credentials, formatKubeconfig, loadCredentials } from "../../src/local/credentials.ts";

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

let folder: string;
let server: ApiServer;
let credentials: Credentials;
let url: string;
const web = createServer((request, response) =>
  response.end(`${request.method} ${request.url} ${request.headers.authorization ?? "no token"}`),
);

const time = "2026-01-02T03:04:05Z";
const usage = {
  startTime: time,
  cpu: { time, usageNanoCores: 250_000_000, usageCoreNanoSeconds: 5e9, peakNanoCores: 1e9 },
  memory: { time, usageBytes: 3 << 20, workingSetBytes: 2 << 20, peakBytes: 4 << 20 },
};

const agent: NodeAgent = {
  stats: () => ({
    node: { nodeName: "local", cpu: usage.cpu, memory: { ...usage.memory, availableBytes: 1 << 20 } },
    pods: [
      {
        podRef: { namespace: "default", name: "busy", uid: "1" },
        startTime: time,
        containers: [{ name: "main", ...usage }],
      },
    ],
  }),
  async *logs(_, { follow }) {
    yield Buffer.from("one\n");
    if (follow) yield Buffer.from("two\n");
  },
  async exec(_, { command }) {
    const [program = "", ...rest] = command;
    const child = spawn(program, rest);
    const exitCode = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 137)));
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      exitCode,
      resize() {},
      kill: () => void child.kill(),
    };
  },
  dial: () =>
    new Promise<Duplex>((resolve, reject) => {
      const socket = connect((web.address() as AddressInfo).port, "127.0.0.1", () => resolve(socket));
      socket.on("error", reject);
    }),
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "windlass-kubectl-"));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  credentials = await loadCredentials(folder, ["127.0.0.1"], new Date());
  server = createApiServer({ agent });
  ({ url } = await server.listen({ tls: credentials, token: credentials.token }));
  writeFileSync(join(folder, "config"), formatKubeconfig(url, credentials));
});

afterAll(async () => {
  await server.close();
  web.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Output {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function kubectl(
  args: readonly string[],
  input = "",
  variables: Readonly<Record<string, string>> = {},
): Promise<Output> {
  const env = { ...process.env, ...variables, KUBECONFIG: join(folder, "config"), HOME: folder };
  const child = spawn("kubectl", args, { env });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data) => (text.out += String(data)));
  child.stderr.on("data", (data) => (text.err += String(data)));
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...text })));
}

const pod = (image = "busybox:1", more = ""): string => `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
    - {name: main, image: "${image}", ports: [{containerPort: 8080, name: http}]${more}}
`;

const running = JSON.stringify({
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [
      { name: "main", image: "b", imageID: "", ready: true, restartCount: 0, state: { running: {} } },
    ],
  },
});

it("without the token there is no way in, but for health", async () => {
  const { request } = await import("node:https");
  const status = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(`${url}${path}`, { ca: credentials.cert }, (response) => resolve(response.resume().statusCode))
        .on("error", reject)
        .end();
    });
  expect(await status("/readyz")).toBe(200);
  expect(await status("/api/v1/pods")).toBe(401);
});

function commands(): void {
  it("lists what there is, and explains it", async () => {
    const { out } = await kubectl(["api-resources", "-o", "name"]);
    expect(out.split("\n")).toEqual(expect.arrayContaining(["pods", "services", "jobs.batch", "events.events.k8s.io"]));
    expect((await kubectl(["explain", "pod.spec.containers.resources"])).out).toContain("limits");
  });

  it("tops pods: what runs, by label and with its containers", async () => {
    await kubectl(["apply", "-f", "-"], pod().replace("name: web", "name: busy"));
    const { out, err } = await kubectl(["top", "pods", "--containers", "--no-headers", "-l", "app=web"]);
    expect(err).toBe("");
    expect(out.trim().split(/\s+/)).toEqual(["busy", "main", "250m", "2Mi"]);
    expect((await kubectl(["top", "pods", "-l", "app=other"])).err).toContain("No resources found");
    expect((await kubectl(["top", "pod", "nobody"])).err).toContain("not found");
    await kubectl(["delete", "pod", "busy"]);
  });

  it("applies, again, with changes, and from the server's side", async () => {
    expect((await kubectl(["apply", "-f", "-"], pod())).out).toBe("pod/web created\n");
    expect((await kubectl(["apply", "-f", "-"], pod())).out).toBe("pod/web unchanged\n");
    expect((await kubectl(["apply", "-f", "-"], pod("busybox:2"))).out).toBe("pod/web configured\n");
    const conflict = await kubectl(["apply", "--server-side", "-f", "-"], pod("busybox:3"));
    expect(conflict.err).toContain(
      'conflict with "kubectl-client-side-apply" using v1: .spec.containers[name="main"].image',
    );
    const forced = await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], pod("busybox:3"));
    expect(forced.out).toBe("pod/web serverside-applied\n");
    expect((await kubectl(["apply", "-f", "-"], pod("busybox:3", ", imag: x"))).err).toContain(
      'unknown field "spec.containers[0].imag"',
    );
  });

  it("shows tables, wide and of one's own making", async () => {
    expect((await kubectl(["get", "pods"])).out).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\nweb +0\/1 +Pending/);
    expect((await kubectl(["get", "pods", "-o", "wide"])).out).toContain("NOMINATED NODE");
    expect((await kubectl(["get", "pods", "-o", "custom-columns=N:.metadata.name", "--no-headers"])).out).toBe("web\n");
    expect((await kubectl(["describe", "pod", "web"])).out).toContain("QoS Class:");
    expect((await kubectl(["get", "pods", "-l", "app=none"])).err).toContain("No resources found");
  });

  it("labels, patches, waits", async () => {
    expect((await kubectl(["label", "pod", "web", "a=b"])).out).toBe("pod/web labeled\n");
    expect((await kubectl(["patch", "pod", "web", "--subresource=status", "--type=merge", "-p", running])).code).toBe(
      0,
    );
    expect((await kubectl(["wait", "pod/web", "--for=condition=Ready", "--timeout=5s"])).out).toContain(
      "condition met",
    );
  });

  it("reads logs and runs commands", async () => {
    expect((await kubectl(["logs", "web"])).out).toBe("one\n");
    expect((await kubectl(["logs", "-f", "web"])).out).toBe("one\ntwo\n");
    const failed = await kubectl(["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3"]);
    expect([failed.code, failed.out]).toEqual([3, "out\n"]);
    expect(failed.err).toContain("err\n");
    expect((await kubectl(["exec", "-i", "web", "--", "cat"], "typed")).out).toBe("typed");
  });

  it("tells a kubectl that speaks SPDY only which one to use", async () => {
    const spdy = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: "false" };
    const { code, err } = await kubectl(["exec", "web", "--", "true"], "", spdy);
    expect(code).toBe(1);
    expect(err).toContain("exec is served over WebSocket only, but this client requested spdy/3.1");
    expect(err).toContain("use kubectl 1.31 or newer, or set KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true");
  });

  it("reaches pods and services through the proxy, and keeps its token", async () => {
    const service =
      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}\n";
    await kubectl(["apply", "-f", "-"], service);
    expect((await kubectl(["get", "--raw", "/api/v1/namespaces/default/pods/web:8080/proxy/a?b=c"])).out).toBe(
      "GET /a?b=c no token",
    );
    expect((await kubectl(["get", "--raw", "/api/v1/namespaces/default/services/web:80/proxy/"])).out).toBe(
      "GET / no token",
    );
  });

  it("forwards ports", async () => {
    const env = { ...process.env, KUBECONFIG: join(folder, "config"), HOME: folder };
    const child = spawn("kubectl", ["port-forward", "pod/web", ":8080", "--address", "127.0.0.1"], { env });
    const port = await new Promise<string>((resolve) => {
      child.stdout.on("data", (data) => {
        const found = /127\.0\.0\.1:(\d+)/.exec(String(data))?.[1];
        if (found) resolve(found);
      });
    });
    const answers = await Promise.all(
      ["a", "b"].map(async (path) => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()),
    );
    child.kill();
    expect(answers).toEqual(["GET /a no token", "GET /b no token"]);
  });

  it("creates and deletes", async () => {
    expect((await kubectl(["create", "configmap", "made", "--from-literal=a=b"])).out).toBe("configmap/made created\n");
    expect((await kubectl(["get", "configmap", "made", "-o", "jsonpath={.data.a}"])).out).toBe("b");
    expect((await kubectl(["delete", "pod/web", "svc/web", "cm/made"])).code).toBe(0);
    expect((await kubectl(["get", "pod", "web"])).err).toContain('pods "web" not found');
  });
}

if (hasKubectl) describe("kubectl", commands);
