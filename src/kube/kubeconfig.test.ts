import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KubeconfigError } from "./errors.ts";
import { inClusterConfig, loadKubeconfig } from "./kubeconfig.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-kubeconfig-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const config = `
current-context: dev
contexts:
- {name: dev, context: {cluster: one, user: alice, namespace: team}}
- {name: prod, context: {cluster: two, user: bob}}
- {name: nobody, context: {cluster: one}}
- {name: broken, context: {cluster: onne, user: alice}}
clusters:
- {name: one, cluster: {server: "https://one:6443", certificate-authority-data: Q0E=}}
- {name: two, cluster: {server: "https://two", insecure-skip-tls-verify: true, tls-server-name: api}}
users:
- {name: alice, user: {token: abc}}
- {name: bob, user: {client-certificate: bob.crt, client-key-data: S0VZ, tokenFile: bob.token}}
`;

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KubeconfigError);
  return (error as Error).message.replaceAll(folder, "");
}

describe("a kubeconfig", () => {
  test("gives server, namespace, CA and token of the current context", async () => {
    const loaded = await loadKubeconfig({ path: write("config", config) });
    expect(loaded).toMatchObject({
      namespace: "team",
      context: "dev",
      transport: { server: "https://one:6443", ca: Buffer.from("CA"), insecure: false, token: "abc" },
    });
  });

  test("takes a file whose name holds the separator of lists for one file", async () => {
    expect((await loadKubeconfig({ path: write("a:b", config) })).context).toBe("dev");
  });

  test("reads files next to it, token files anew for every request", async () => {
    write("bob.crt", "CERT");
    const token = write("bob.token", "first\n");
    const { namespace, transport } = await loadKubeconfig({ path: write("config", config), context: "prod" });
    const ask = transport.token as () => string;
    expect(namespace).toBe("default");
    expect(transport).toMatchObject({
      cert: Buffer.from("CERT"),
      key: Buffer.from("KEY"),
      insecure: true,
      servername: "api",
    });
    expect(ask()).toBe("first");
    writeFileSync(token, "second");
    expect(ask()).toBe("second");
  });

  test("needs no user", async () => {
    const { transport } = await loadKubeconfig({ path: write("config", config), context: "nobody" });
    expect(transport.token).toBeUndefined();
  });

  test("may be spread over several files, of which some may be missing", async () => {
    const first = write("a", "contexts: [{name: x, context: {cluster: two, user: alice}}]\ncurrent-context: x");
    const path = [first, join(folder, "missing"), write("b", config)].join(delimiter);
    expect(await loadKubeconfig({ path })).toMatchObject({
      context: "x",
      transport: { server: "https://two", token: "abc" },
    });
  });
});

describe("is refused with a reason when", () => {
  test.each([
    [
      "the context is mistyped",
      config,
      "prd",
      '/config has no context "prd"; did you mean "prod"? it has "dev", "prod", "nobody", "broken"',
    ],
    [
      "the cluster is missing",
      config,
      "broken",
      '/config has no cluster "onne"; did you mean "one"? it has "one", "two"',
    ],
    ["there is no current context", "contexts: []", undefined, "/config has no current-context: choose a context"],
    ["it is empty", "", "x", '/config has no context "x"; it has no contexts'],
    ["it is not a mapping", "- a", undefined, "/config is not a kubeconfig: expected a mapping"],
    ["a certificate is missing", config, "prod", "client-certificate of /config: /bob.crt does not exist"],
    [
      "the server is no URL",
      "contexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b, cluster: {server: nowhere}}]",
      "a",
      '/config: cluster "b": server "nowhere" is not a URL',
    ],
  ])("%s", async (_, text, context, message) => {
    expect(await refusal(loadKubeconfig({ path: write("config", text), context }))).toBe(message);
  });

  test("it is malformed, with the place", async () => {
    expect(await refusal(loadKubeconfig({ path: write("config", "a: 1\nb: [1\nc: 2\n") }))).toMatch(
      /^\/config:3:\d+: /,
    );
  });

  test("it does not exist", async () => {
    expect(await refusal(loadKubeconfig({ path: join(folder, "none") }))).toBe("kubeconfig /none does not exist");
  });
});

describe("in a cluster", () => {
  test("the service account is used", () => {
    mkdirSync(join(folder, "sa"));
    for (const [name, text] of Object.entries({ token: "t1\n", namespace: "team", "ca.crt": "CA" }))
      write(`sa/${name}`, text);
    const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };
    const loaded = inClusterConfig(env, join(folder, "sa"));
    expect(loaded).toMatchObject({ namespace: "team", transport: { server: "https://[fd00::1]:6443", ca: "CA" } });
    const { token } = loaded?.transport ?? {};
    expect(typeof token === "function" && token()).toBe("t1");
  });

  test("outside there is none", () => {
    expect(inClusterConfig({}, folder)).toBeUndefined();
  });
});
