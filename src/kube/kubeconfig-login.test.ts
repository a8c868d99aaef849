import { createServer } from "node:http";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KubeconfigError, LoginError } from "./errors.ts";
import { loadKubeconfig } from "./kubeconfig.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-login-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const v1 = "client.authentication.k8s.io/v1";
const start = Date.parse("2026-01-01T00:00:00Z");

/** A kubeconfig whose user logs in in this way. */
function write(user: object): string {
  const path = join(folder, "config");
  const cluster = { server: "https://k", "certificate-authority-data": "Q0E=" };
  const config = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
    clusters: [{ name: "k", cluster }],
    users: [{ name: "u", user }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** A program in the folder of the kubeconfig, as a shell script. */
function plugin(script: string): string {
  const path = join(folder, "plugin");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return "./plugin";
}

const credential = (status: object, apiVersion = v1) =>
  `echo '${JSON.stringify({ apiVersion, kind: "ExecCredential", status })}'`;

const load = (user: object, { now = start, isTerminal = false } = {}) =>
  loadKubeconfig({ path: write(user) }, { now: () => now, isTerminal });

const exec = (script: string, more: object = {}) => ({ exec: { apiVersion: v1, command: plugin(script), ...more } });

const tokenOf = async (loaded: Promise<Awaited<ReturnType<typeof loadKubeconfig>>>) =>
  ((await loaded).transport.token as () => Promise<string>)();

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const isLogin = (error as Error).message.startsWith("logging in to context");
  expect(error).toBeInstanceOf(isLogin ? LoginError : KubeconfigError);
  return (error as Error).message.replaceAll(folder, "");
}

describe("an exec plugin", () => {
  test("gives its token, with the arguments and variables that the kubeconfig names", async () => {
    const script = `echo "{\\"apiVersion\\":\\"${v1}\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$1-$WHO\\"}}"`;
    const user = exec(script, { args: ["a"], env: [{ name: "WHO", value: "b" }] });
    expect(await tokenOf(load(user))).toBe("a-b");
  });

  test("gives a client certificate", async () => {
    const { transport } = await load(exec(credential({ clientCertificateData: "CERT", clientKeyData: "KEY" })));
    expect(transport).toMatchObject({ server: "https://k", cert: "CERT", key: "KEY" });
  });

  test.each([
    ["nothing of the cluster, and that nobody can answer", {}, { interactive: false }],
    [
      "the cluster when it asks for it",
      { provideClusterInfo: true },
      { interactive: false, cluster: { server: "https://k", "certificate-authority-data": "Q0E=" } },
    ],
  ])("is told %s", async (_, more, spec) => {
    const script = `printf %s "$KUBERNETES_EXEC_INFO" > ${join(folder, "info")}; ${credential({ token: "t" })}`;
    await load(exec(script, more));
    expect(JSON.parse(readFileSync(join(folder, "info"), "utf8"))).toEqual({
      kind: "ExecCredential",
      apiVersion: v1,
      spec,
    });
  });

  test("is asked again when its token has expired, once for all who wait", async () => {
    let now = start;
    const script = `echo x >> ${join(folder, "calls")}; ${credential({ token: "t", expirationTimestamp: "2026-01-01T00:10:00Z" })}`;
    const { transport } = await loadKubeconfig({ path: write(exec(script)) }, { now: () => now, isTerminal: false });
    const token = transport.token as () => Promise<string>;
    const calls = () => readFileSync(join(folder, "calls"), "utf8").length / 2;
    await token();
    expect(calls()).toBe(1);
    now += 600_000;
    expect(await Promise.all([token(), token()])).toEqual(["t", "t"]);
    expect(calls()).toBe(2);
  });

  test("is asked again after it failed", async () => {
    let now = start;
    const mark = join(folder, "works");
    writeFileSync(mark, "");
    const script = `test -f ${mark} || exit 3; ${credential({ token: "t", expirationTimestamp: "2026-01-01T00:10:00Z" })}`;
    const { transport } = await loadKubeconfig({ path: write(exec(script)) }, { now: () => now, isTerminal: false });
    const token = transport.token as () => Promise<string>;
    now += 600_000;
    rmSync(mark);
    expect(await refusal(token())).toBe(
      'logging in to context "c" failed: the exec plugin "./plugin" exited with 3: it said nothing',
    );
    writeFileSync(mark, "");
    expect(await token()).toBe("t");
  });

  test.each([
    [
      "it complains",
      "echo 'run aws sso login' >&2; exit 255",
      {},
      'the exec plugin "./plugin" exited with 255: run aws sso login',
    ],
    [
      "it is not there",
      "",
      { command: "no-such-plugin", installHint: "install it with gcloud" },
      'the exec plugin "no-such-plugin" was not found; install it with gcloud',
    ],
    ["it prints something else", "echo hello", {}, 'the exec plugin "./plugin" did not print JSON'],
    [
      "it prints another object",
      'echo \'{"kind":"Pod"}\'',
      {},
      'the exec plugin "./plugin" did not print an ExecCredential',
    ],
    [
      "it answers in another version",
      credential({ token: "t" }, "client.authentication.k8s.io/v1beta1"),
      {},
      `the exec plugin "./plugin" printed apiVersion client.authentication.k8s.io/v1beta1, and the kubeconfig says ${v1}`,
    ],
    [
      "it gives no credential",
      credential({}),
      {},
      'the exec plugin "./plugin" printed neither a token nor a client certificate with its key',
    ],
    [
      "the version is too old",
      "",
      { apiVersion: "client.authentication.k8s.io/v1alpha1" },
      'the exec plugin "./plugin" has the apiVersion client.authentication.k8s.io/v1alpha1; supported: client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1',
    ],
    [
      "it needs a terminal",
      "",
      { interactiveMode: "Always" },
      'the exec plugin "./plugin" needs a terminal to ask its questions, and there is none',
    ],
    ["no command is named", "", { command: undefined }, "/config: exec has no command"],
  ])("fails with a reason when %s", async (_, script, more, wanted) => {
    expect(await refusal(load(exec(script, more)))).toBe(`logging in to context "c" failed: ${wanted}`);
  });
});

const jwt = (exp: number) => `h.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.s`;

describe("the auth-provider oidc", () => {
  interface Asked {
    readonly authorization: string | undefined;
    readonly form: Readonly<Record<string, string>>;
  }

  /** An issuer that answers each refresh with the next of these. */
  async function withIssuer(
    { methods, answers }: { readonly methods?: readonly string[]; readonly answers: readonly object[] },
    work: (issuer: string, asked: readonly Asked[]) => Promise<void>,
  ): Promise<void> {
    const asked: Asked[] = [];
    const server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo;
      const reply = (status: number, body: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (request.url === "/realm/.well-known/openid-configuration") {
        const endpoint = `http://127.0.0.1:${port}/token?realm=1`;
        return reply(200, { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods });
      }
      void textOf(request).then((body) => {
        const { authorization } = request.headers;
        asked.push({ authorization, form: Object.fromEntries(new URLSearchParams(body)) });
        const answer = answers[asked.length - 1] ?? {};
        reply("error" in answer ? 400 : 200, answer);
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`, asked);
    } finally {
      server.close();
    }
  }

  const user = (config: object) => ({ "auth-provider": { name: "oidc", config } });
  const expired = { "client-id": "me", "id-token": jwt(start / 1000 - 1), "refresh-token": "r1" };

  test("gives its ID token while that lasts", async () => {
    expect(await tokenOf(load(user({ "id-token": jwt(start / 1000 + 60) })))).toBe(jwt(start / 1000 + 60));
  });

  test("gives a new one with the newest refresh token", () => {
    const [first, second] = [jwt(start / 1000 + 60), jwt(start / 1000 + 120)];
    const answers = [{ id_token: first, refresh_token: "r2" }, { id_token: second }];
    return withIssuer({ answers }, async (issuer, asked) => {
      let now = start;
      const path = write(user({ ...expired, "idp-issuer-url": issuer }));
      const { transport } = await loadKubeconfig({ path }, { now: () => now, isTerminal: false });
      const token = transport.token as () => Promise<string>;
      expect(await token()).toBe(first);
      now += 60_000;
      expect(await token()).toBe(second);
      expect(asked.map(({ form }) => form)).toEqual([
        { grant_type: "refresh_token", refresh_token: "r1", client_id: "me" },
        { grant_type: "refresh_token", refresh_token: "r2", client_id: "me" },
      ]);
    });
  });

  test.each([
    ["the header", undefined, `Basic ${Buffer.from("me:a%2Fb").toString("base64")}`, {}],
    [
      "the body, if the issuer takes it only there",
      ["client_secret_post"],
      undefined,
      { client_id: "me", client_secret: "a/b" },
    ],
  ])("sends the client's secret in %s", (_, methods, authorization, fields) =>
    withIssuer({ methods, answers: [{ id_token: jwt(start / 1000 + 60) }] }, async (issuer, asked) => {
      await load(user({ ...expired, "client-secret": "a/b", "idp-issuer-url": issuer }));
      expect(asked).toEqual([{ authorization, form: { grant_type: "refresh_token", refresh_token: "r1", ...fields } }]);
    }),
  );

  test("fails with what the issuer says", () =>
    withIssuer({ answers: [{ error: "invalid_grant", error_description: "Token is not active" }] }, async (issuer) => {
      const said = await refusal(load(user({ ...expired, "idp-issuer-url": issuer })));
      expect(said.replace(/:\d+\//, "/")).toBe(
        'logging in to context "c" failed: http://127.0.0.1/token?realm=1 answered 400: Token is not active',
      );
    }));

  test.each([
    [
      "oidc",
      { "id-token": jwt(1) },
      'logging in to context "c" failed: the ID token has expired, and there is no refresh-token: log in again',
    ],
    [
      "gcp",
      {},
      'user "u" logs in with the auth-provider "gcp", which is not supported, as in kubectl: use the exec plugin gke-gcloud-auth-plugin',
    ],
    [
      "mine",
      {},
      'user "u" logs in with the auth-provider "mine", which is not supported, as in kubectl: use an exec plugin',
    ],
  ])("%s without what it needs is refused", async (name, config, wanted) => {
    expect(await refusal(load({ "auth-provider": { name, config } }))).toBe(wanted);
  });
});
