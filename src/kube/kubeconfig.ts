/**
 * Where a cluster is and how to log in: a kubeconfig file, or the files that Kubernetes puts into a pod. Tokens and
 * certificates are read here; exec plugins and cloud logins are left to @kubernetes/client-node, loaded only for them.
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { closest } from "../machinery/did-you-mean.ts";
import { KubeconfigError } from "./errors.ts";
import type { HttpsOptions } from "./https-transport.ts";

export interface LoadedConfig {
  readonly namespace: string;
  readonly context: string;
  readonly transport: Omit<HttpsOptions, "userAgent">;
}

type Fields = Readonly<Record<string, unknown>>;

/** An entry of `clusters`, `users` or `contexts`, with the file it came from: paths in it are relative to that file. */
interface Entry {
  readonly name: string;
  readonly fields: Fields;
  readonly file: string;
}

interface Kubeconfig {
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
  readonly contexts: readonly Entry[];
}

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The pod's own service account; undefined outside a cluster. */
export function inClusterConfig(
  env: Readonly<Record<string, string | undefined>>,
  folder: string = accountFolder,
): LoadedConfig | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (!host || !existsSync(join(folder, "token"))) return undefined;
  const address = host.includes(":") ? `[${host}]` : host;
  const read = (name: string) => readText(join(folder, name), "service account file").trim();
  const transport = {
    server: `https://${address}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`,
    ca: read("ca.crt"),
    // Read for every request: the kubelet rotates it.
    token: () => read("token"),
  };
  return { namespace: read("namespace"), context: "in-cluster", transport };
}

/** One file, or several as KUBECONFIG names them; a file whose name holds the separator is one. */
const filesOf = (path: string): readonly string[] =>
  existsSync(path) ? [path] : path.split(delimiter).filter(Boolean);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? "does not exist" : `cannot be read: ${(cause as Error).message}`;
    throw new KubeconfigError(`${what} ${path} ${why}`, { cause });
  }
}

function parse(file: string): Kubeconfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(readText(file, "kubeconfig"), { lineCounter });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw new KubeconfigError(`${file}:${line}:${col}: ${error.message.split("\n")[0]}`, { cause: error });
  }
  const content: unknown = document.toJS() ?? {};
  if (!isFields(content)) throw new KubeconfigError(`${file} is not a kubeconfig: expected a mapping`);
  const entries = (list: string, key: string): readonly Entry[] => {
    const items: readonly unknown[] = Array.isArray(content[list]) ? content[list] : [];
    return items.filter(isFields).map((item) => {
      const fields = item[key];
      return { name: String(item["name"]), fields: isFields(fields) ? fields : {}, file };
    });
  };
  const current = content["current-context"];
  return {
    files: [file],
    currentContext: typeof current === "string" && current ? current : undefined,
    clusters: entries("clusters", "cluster"),
    users: entries("users", "user"),
    contexts: entries("contexts", "context"),
  };
}

/** As kubectl merges KUBECONFIG: of entries with one name, and of current contexts, the first wins. */
function merge(configs: readonly Kubeconfig[]): Kubeconfig {
  return {
    files: configs.flatMap(({ files }) => files),
    currentContext: configs.find(({ currentContext }) => currentContext)?.currentContext,
    clusters: configs.flatMap(({ clusters }) => clusters),
    users: configs.flatMap(({ users }) => users),
    contexts: configs.flatMap(({ contexts }) => contexts),
  };
}

function readAll(path: string): Kubeconfig {
  const files = filesOf(path);
  const present = files.length > 1 ? files.filter((file) => existsSync(file)) : files;
  if (present.length === 0) throw new KubeconfigError(`no kubeconfig file exists: ${files.join(", ")}`);
  return merge(present.map(parse));
}

function find(config: Kubeconfig, list: "clusters" | "users" | "contexts", name: string): Entry {
  const found = config[list].find((entry) => entry.name === name);
  if (found) return found;
  const names = [...new Set(config[list].map((entry) => entry.name))];
  const near = closest(name, names);
  const has = names.length > 0 ? `it has ${names.map((one) => `"${one}"`).join(", ")}` : `it has no ${list}`;
  const hint = near ? `did you mean "${near}"? ` : "";
  throw new KubeconfigError(`${config.files.join(", ")} has no ${list.slice(0, -1)} "${name}"; ${hint}${has}`);
}

export interface KubeconfigSource {
  /** File, or several separated as in KUBECONFIG; `~/.kube/config` when absent. */
  readonly path?: string;
  /** The file's current context when absent. */
  readonly context?: string;
}

/** Throws KubeconfigError, which names the file and what is missing in it. */
export async function loadKubeconfig(source: KubeconfigSource): Promise<LoadedConfig> {
  const path = source.path ?? join(homedir(), ".kube", "config");
  const config = readAll(path);
  const context = source.context ?? config.currentContext;
  if (!context) throw new KubeconfigError(`${config.files.join(", ")} has no current-context: choose a context`);
  const { fields, file } = find(config, "contexts", context);
  const cluster = find(config, "clusters", textOf(fields, "cluster") ?? "");
  const userName = textOf(fields, "user");
  const user = userName ? find(config, "users", userName) : { name: "", fields: {}, file };
  const plugin = user.fields["exec"] ?? user.fields["auth-provider"];
  const login = plugin ? await pluginLogin(path, context) : loginOf(user);
  return {
    namespace: textOf(fields, "namespace") ?? "default",
    context,
    transport: { ...serverOf(cluster), ...login },
  };
}

function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Inline data (base64), else the file that is named. */
function bytesOf({ fields, file }: Entry, data: string, name: string): Buffer | undefined {
  const inline = textOf(fields, data);
  if (inline) return Buffer.from(inline, "base64");
  const path = textOf(fields, name);
  return path ? Buffer.from(readText(resolve(dirname(file), path), `${name} of ${file}:`)) : undefined;
}

function serverOf(cluster: Entry) {
  const { fields, file, name } = cluster;
  const server = textOf(fields, "server");
  if (!server) throw new KubeconfigError(`${file}: cluster "${name}" has no server`);
  if (!URL.canParse(server)) throw new KubeconfigError(`${file}: cluster "${name}": server "${server}" is not a URL`);
  if (fields["proxy-url"])
    throw new KubeconfigError(`${file}: cluster "${name}" needs proxy-url, which is not supported`);
  return {
    server,
    ca: bytesOf(cluster, "certificate-authority-data", "certificate-authority"),
    insecure: fields["insecure-skip-tls-verify"] === true,
    servername: textOf(fields, "tls-server-name"),
  };
}

type Login = Pick<HttpsOptions, "cert" | "key" | "token" | "username" | "password">;

function loginOf(user: Entry): Login {
  const { fields, file } = user;
  const tokenFile = textOf(fields, "tokenFile");
  const tokenPath = tokenFile && resolve(dirname(file), tokenFile);
  return {
    cert: bytesOf(user, "client-certificate-data", "client-certificate"),
    key: bytesOf(user, "client-key-data", "client-key"),
    username: textOf(fields, "username"),
    password: textOf(fields, "password"),
    // Read for every request: whoever writes token files rotates them.
    token: tokenPath ? () => readText(tokenPath, "token file").trim() : textOf(fields, "token"),
  };
}

/** The login that an exec plugin or an auth provider gives: a token that is refreshed, or a client certificate. */
async function pluginLogin(path: string, context: string): Promise<Login> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const [first = "", ...others] = filesOf(path).filter((file) => existsSync(file));
  config.loadFromFile(first);
  for (const other of others) {
    const next = new KubeConfig();
    next.loadFromFile(other);
    config.mergeConfig(next, true);
  }
  config.setCurrentContext(context);
  const ask = async () => {
    const options: { headers: Record<string, string>; cert?: string; key?: string } = { headers: {} };
    try {
      await config.applyToHTTPSOptions(options as never);
    } catch (cause) {
      throw new KubeconfigError(`logging in to context "${context}" failed: ${(cause as Error).message}`, { cause });
    }
    return options;
  };
  const { cert, key } = await ask();
  const token = async () => (await ask()).headers["Authorization"]?.replace(/^Bearer /, "");
  return { cert, key, token };
}
