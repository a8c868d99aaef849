/**
 * How the user of a kubeconfig logs in: token, password or client certificate as they stand there, or what an exec plugin
 * or an OIDC provider gives, asked again when it has expired.
 */
import { dirname, resolve } from "node:path";
import { KubeconfigError, LoginError } from "./errors.ts";
import type { Credential, ExecPlugin } from "./exec-plugin.ts";
import type { HttpsOptions } from "./https-transport.ts";
import { bytesOf, type Entry, isFields, readText, textOf } from "./kubeconfig-entry.ts";

export type Login = Pick<HttpsOptions, "cert" | "key" | "token" | "username" | "password">;

/** The time in milliseconds since 1970, and whether somebody could answer questions. */
export interface Surroundings {
  readonly now: () => number;
  readonly isTerminal: boolean;
}

export interface LoginRequest extends Surroundings {
  readonly user: Entry;
  readonly cluster: Entry;
  readonly context: string;
}

function writtenLogin(user: Entry): Login {
  const { fields, file } = user;
  const tokenFile = textOf(fields, "tokenFile");
  const tokenPath = tokenFile && resolve(dirname(file), tokenFile);
  return {
    cert: bytesOf(user, "client-certificate"),
    key: bytesOf(user, "client-key"),
    username: textOf(fields, "username"),
    password: textOf(fields, "password"),
    // Read for every request: whoever writes token files rotates them.
    token: tokenPath ? () => readText(tokenPath, "token file").trim() : textOf(fields, "token"),
  };
}

/** What the plugin is told of the cluster: certificates always as data. */
function clusterInfo(cluster: Entry): Readonly<Record<string, unknown>> {
  const { "certificate-authority": _, extensions, ...rest } = cluster.fields;
  const ca = bytesOf(cluster, "certificate-authority");
  const own = (Array.isArray(extensions) ? extensions : []).find(
    (entry) => isFields(entry) && entry["name"] === "client.authentication.k8s.io/exec",
  ) as { readonly extension?: unknown } | undefined;
  return {
    ...rest,
    ...(ca && { "certificate-authority-data": ca.toString("base64") }),
    ...(own && { config: own.extension }),
  };
}

const replacements: Readonly<Record<string, string>> = { gcp: "gke-gcloud-auth-plugin", azure: "kubelogin" };

async function askProvider(provider: unknown, { user, now }: LoginRequest): Promise<() => Promise<Credential>> {
  const { name, config } = (isFields(provider) ? provider : {}) as {
    readonly name?: string;
    readonly config?: unknown;
  };
  if (name !== "oidc") {
    const plugin = replacements[name ?? ""];
    throw new KubeconfigError(
      `user "${user.name}" logs in with the auth-provider "${name}", which is not supported, as in kubectl: use ${plugin ? `the exec plugin ${plugin}` : "an exec plugin"}`,
    );
  }
  const entry = { ...user, fields: isFields(config) ? config : {} };
  const text = (field: string) => textOf(entry.fields, field);
  const { createOidcLogin } = await import("./oidc-login.ts");
  const login = createOidcLogin({
    issuer: text("idp-issuer-url") ?? "",
    clientId: text("client-id") ?? "",
    clientSecret: text("client-secret"),
    idToken: text("id-token"),
    refreshToken: text("refresh-token"),
    ca: bytesOf(entry, "idp-certificate-authority"),
  });
  return () => login(now());
}

async function askPlugin(plugin: unknown, { user, cluster, isTerminal }: LoginRequest) {
  // Few kubeconfigs need it, and each start of a command counts.
  const { runExecPlugin } = await import("./exec-plugin.ts");
  const about = { file: user.file, cluster: clusterInfo(cluster), isTerminal };
  return () => runExecPlugin(plugin as ExecPlugin, about);
}

/** Asks once for all who wait, and again when the credential has expired or could not be had. */
function remember(ask: () => Promise<Credential>, now: () => number): () => Promise<Credential> {
  let asked: Promise<Credential> | undefined;
  let expires: number | undefined;
  return () => {
    if (asked && (expires === undefined || expires > now())) return asked;
    expires = undefined;
    const fresh = ask().then(
      (credential) => {
        expires = credential.expires;
        return credential;
      },
      (error: unknown) => {
        if (asked === fresh) asked = undefined;
        throw error;
      },
    );
    asked = fresh;
    return fresh;
  };
}

/** Throws LoginError when the login cannot be had; so does the token when it cannot be renewed. */
export async function loginOf(request: LoginRequest): Promise<Login> {
  const { user, context, now } = request;
  const { exec, "auth-provider": provider } = user.fields;
  if (!exec && !provider) return writtenLogin(user);
  const ask = await (exec ? askPlugin(exec, request) : askProvider(provider, request));
  const credential = remember(ask, now);
  const current = () =>
    credential().catch((cause: Error) => {
      throw new LoginError(`logging in to context "${context}" failed: ${cause.message}`, { cause });
    });
  const { cert, key } = await current();
  return { cert, key, token: async () => (await current()).token };
}
