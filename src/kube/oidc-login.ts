/**
 * Logs in with the ID token of a kubeconfig's `auth-provider` named oidc, and gets a new one with its refresh token when it
 * has expired. Writes nothing back: the file is kubectl's. Source: OpenID Connect Discovery 1.0, RFC 6749 section 6.
 */
import { KubeconfigError } from "./errors.ts";
import type { Credential } from "./exec-plugin.ts";
import { createHttpsTransport, type HttpsOptions } from "./https-transport.ts";
import type { ApiRequest } from "./transport.ts";

/** The `config` of the provider, with the certificate authority read. */
export interface OidcLogin {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly idToken?: string;
  readonly refreshToken?: string;
  readonly ca?: Buffer;
}

interface Discovery {
  readonly token_endpoint?: string;
  readonly token_endpoint_auth_methods_supported?: readonly string[];
}

interface Tokens {
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly error?: string;
  readonly error_description?: string;
}

/** When a JSON web token expires, in milliseconds since 1970; undefined when it cannot be told. */
function expiryOf(token: string): number | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: unknown };
    return typeof payload.exp === "number" ? payload.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

type Server = Omit<HttpsOptions, "server" | "userAgent">;

async function ask<Answer>(url: string, request: Omit<ApiRequest, "path">, server: Server): Promise<Answer> {
  const { origin, pathname, searchParams } = new URL(url);
  const transport = createHttpsTransport({ ...server, server: origin, userAgent: "windlass/oidc" });
  const query = Object.fromEntries(searchParams);
  try {
    const { status, body } = await transport.request({ ...request, path: pathname, query });
    const { error, error_description: description } = (body ?? {}) as Tokens;
    if (status !== 200)
      throw new KubeconfigError(`${url} answered ${status}: ${description ?? error ?? "without a reason"}`);
    return body as Answer;
  } finally {
    await transport.close?.();
  }
}

/** A secret goes into the header, unless the issuer takes it only in the body. */
function authenticated(
  { clientId, clientSecret, ca }: OidcLogin,
  methods: readonly string[] | undefined,
): { readonly server: Server; readonly fields: Readonly<Record<string, string>> } {
  const inBody = methods !== undefined && !methods.includes("client_secret_basic");
  if (!clientSecret) return { server: { ca }, fields: { client_id: clientId } };
  if (inBody) return { server: { ca }, fields: { client_id: clientId, client_secret: clientSecret } };
  const server = { ca, username: encodeURIComponent(clientId), password: encodeURIComponent(clientSecret) };
  return { server, fields: {} };
}

async function refresh(login: OidcLogin, refreshToken: string): Promise<Tokens & { readonly id_token: string }> {
  const place = `${login.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const found = await ask<Discovery>(place, { method: "GET" }, { ca: login.ca });
  const { token_endpoint: endpoint, token_endpoint_auth_methods_supported: methods } = found;
  if (!endpoint) throw new KubeconfigError(`${place} names no token_endpoint`);
  const { server, fields } = authenticated(login, methods);
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken, ...fields });
  const request = { method: "POST", contentType: "application/x-www-form-urlencoded", body: form.toString() } as const;
  const { id_token: idToken, ...tokens } = await ask<Tokens>(endpoint, request, server);
  if (!idToken) throw new KubeconfigError(`${endpoint} answered without an id_token`);
  return { ...tokens, id_token: idToken };
}

/** Answers a token that has not expired at the time `now`; keeps the refresh token that it is given for the next time. */
export function createOidcLogin(login: OidcLogin): (now: number) => Promise<Credential> {
  let { idToken, refreshToken } = login;
  return async (now) => {
    const expires = idToken === undefined ? 0 : expiryOf(idToken);
    if (idToken !== undefined && (expires === undefined || expires > now)) return { token: idToken, expires };
    if (!refreshToken)
      throw new KubeconfigError("the ID token has expired, and there is no refresh-token: log in again");
    const tokens = await refresh(login, refreshToken);
    idToken = tokens.id_token;
    refreshToken = tokens.refresh_token ?? refreshToken;
    return { token: idToken, expires: expiryOf(idToken) };
  };
}
