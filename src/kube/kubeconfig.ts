/**
 * Where a cluster is and how to log in: a kubeconfig file, or the files that Kubernetes puts into a pod. Tokens and
 * certificates are read here; exec plugins and cloud logins are left to @kubernetes/client-node, loaded only for them.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { closest } from "../machinery/did-you-mean.ts";
import type { HttpsOptions } from "./https-transport.ts";

export class KubeconfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KubeconfigError";
  }
}

export interface LoadedConfig {
  readonly namespace: string;
  readonly context: string;
  readonly transport: Omit<HttpsOptions, "userAgent">;
}

interface Named {
  readonly name: string;
  readonly cluster?: Record<string, string | boolean>;
  readonly user?: Record<string, unknown>;
  readonly context?: { readonly cluster?: string; readonly user?: string; readonly namespace?: string };
}

interface Document {
  readonly "current-context"?: string;
  readonly clusters?: readonly Named[];
  readonly users?: readonly Named[];
  readonly contexts?: readonly Named[];
}

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The pod's own service account; undefined outside a cluster. */
export function inClusterConfig(env: Readonly<Record<string, string | undefined>>): LoadedConfig | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (!host || !existsSync(join(accountFolder, "token"))) return undefined;
  const address = host.includes(":") ? `[${host}]` : host;
  const transport = {
    server: `https://${address}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`,
    ca: readFileSync(join(accountFolder, "ca.crt")),
    // Read for every request: the kubelet rotates it.
    token: async () => readFileSync(join(accountFolder, "token"), "utf8").trim(),
  };
  return { namespace: readFileSync(join(accountFolder, "namespace"), "utf8").trim(), context: "in-cluster", transport };
}

function parse(path: string): Document {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new KubeconfigError(`kubeconfig ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw new KubeconfigError(`${path}:${line}:${col}: ${error.message.split("\n")[0]}`, { cause: error });
  }
  return (document.toJS() ?? {}) as Document;
}

function find(list: readonly Named[] | undefined, name: string, what: string, path: string): Named {
  const found = list?.find((entry) => entry.name === name);
  if (found) return found;
  const names = (list ?? []).map((entry) => entry.name);
  const near = closest(name, names);
  throw new KubeconfigError(
    `${path} has no ${what} "${name}"${near ? `; did you mean "${near}"?` : names.length > 0 ? `; it has ${names.join(", ")}` : ""}`,
  );
}

const base64 = (value: unknown) => (typeof value === "string" ? Buffer.from(value, "base64") : undefined);

export interface KubeconfigSource {
  /** File, or several separated as in KUBECONFIG; `~/.kube/config` when absent. */
  readonly path?: string;
  readonly context?: string;
}

/** Throws KubeconfigError, which names the file and what is missing in it. */
export async function loadKubeconfig(source: KubeconfigSource): Promise<LoadedConfig> {
  const paths = (source.path ?? join(homedir(), ".kube", "config")).split(delimiter).filter(Boolean);
  const wanted = source.context;
  const path =
    paths.find(
      (file) => wanted !== undefined && existsSync(file) && parse(file).contexts?.some((c) => c.name === wanted),
    ) ??
    paths[0] ??
    "";
  const document = parse(path);
  const contextName = wanted ?? document["current-context"];
  if (!contextName) throw new KubeconfigError(`${path} names no current-context; choose one with --context`);
  const { context = {} } = find(document.contexts, contextName, "context", path);
  const { cluster = {} } = find(document.clusters, context.cluster ?? "", "cluster", path);
  const { user = {} } = context.user ? find(document.users, context.user, "user", path) : {};
  const file = (value: unknown) =>
    typeof value === "string" ? readFileSync(resolve(dirname(path), value)) : undefined;
  const server = cluster["server"];
  if (typeof server !== "string") throw new KubeconfigError(`${path}: cluster "${context.cluster}" has no server`);
  const tokenFile = user["tokenFile"];
  const transport = {
    server,
    ca: base64(cluster["certificate-authority-data"]) ?? file(cluster["certificate-authority"]),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    servername: cluster["tls-server-name"] as string | undefined,
    cert: base64(user["client-certificate-data"]) ?? file(user["client-certificate"]),
    key: base64(user["client-key-data"]) ?? file(user["client-key"]),
    username: user["username"] as string | undefined,
    password: user["password"] as string | undefined,
    token:
      typeof tokenFile === "string"
        ? async () => readFileSync(resolve(dirname(path), tokenFile), "utf8").trim()
        : (user["token"] as string | undefined),
    ...(user["exec"] || user["auth-provider"] ? { token: await pluginToken(path, contextName) } : {}),
  };
  return { namespace: context.namespace ?? "default", context: contextName, transport };
}

/** A token source backed by the exec plugin or auth provider of a context. */
async function pluginToken(path: string, context: string): Promise<() => Promise<string | undefined>> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(path);
  config.setCurrentContext(context);
  return async () => {
    const options: { headers: Record<string, string> } = { headers: {} };
    await config.applyToHTTPSOptions(options as never);
    return options.headers["Authorization"]?.replace(/^Bearer /, "");
  };
}
