/** Where a cluster is: a kubeconfig file, merged as kubectl does, or the files that Kubernetes puts into a pod. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { closest } from "../machinery/did-you-mean.ts";
import { KubeconfigError } from "./errors.ts";
import type { HttpsOptions } from "./https-transport.ts";
import { bytesOf, type Entry, isFields, readText, textOf } from "./kubeconfig-entry.ts";
import { loginOf, type Surroundings } from "./kubeconfig-login.ts";

export interface LoadedConfig {
  readonly namespace: string;
  readonly context: string;
  readonly transport: Omit<HttpsOptions, "userAgent">;
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

/** Throws KubeconfigError, which names the file and what is missing in it, and LoginError. */
export async function loadKubeconfig(
  source: KubeconfigSource,
  surroundings: Surroundings = { now: Date.now, isTerminal: process.stdin.isTTY === true },
): Promise<LoadedConfig> {
  const path = source.path ?? join(homedir(), ".kube", "config");
  const config = readAll(path);
  const context = source.context ?? config.currentContext;
  if (!context) throw new KubeconfigError(`${config.files.join(", ")} has no current-context: choose a context`);
  const { fields, file } = find(config, "contexts", context);
  const cluster = find(config, "clusters", textOf(fields, "cluster") ?? "");
  const userName = textOf(fields, "user");
  const user = userName ? find(config, "users", userName) : { name: "", fields: {}, file };
  const login = await loginOf({ user, cluster, context, ...surroundings });
  return {
    namespace: textOf(fields, "namespace") ?? "default",
    context,
    transport: { ...serverOf(cluster), ...login },
  };
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
    ca: bytesOf(cluster, "certificate-authority"),
    insecure: fields["insecure-skip-tls-verify"] === true,
    servername: textOf(fields, "tls-server-name"),
  };
}
