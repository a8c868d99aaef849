/**
 * Logs in with the program that a kubeconfig names (`aws`, `gke-gcloud-auth-plugin`, `kubelogin`), as kubectl does: it
 * prints an ExecCredential, which counts until it expires. Knows nothing of other logins.
 * Source: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
import { spawn } from "node:child_process";
import { dirname, resolve } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { KubeconfigError } from "./errors.ts";

/** What a login sends: a token for each request, or a client certificate. */
export interface Credential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since 1970; absent: as long as this process runs. */
  readonly expires?: number;
}

/** The `exec` of a kubeconfig's user. */
export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly interactiveMode?: "Never" | "IfAvailable" | "Always";
  readonly provideClusterInfo?: boolean;
  readonly installHint?: string;
}

export interface PluginContext {
  /** The kubeconfig: a command with a slash is relative to it. */
  readonly file: string;
  /** For plugins that ask for it (`provideClusterInfo`). */
  readonly cluster: Readonly<Record<string, unknown>>;
  /** Whether somebody could answer the plugin's questions. */
  readonly isTerminal: boolean;
}

const known: ReadonlySet<string> = new Set(["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]);

interface ExecCredential {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

function mayAsk({ command, interactiveMode = "IfAvailable" }: ExecPlugin, isTerminal: boolean): boolean {
  if (interactiveMode === "Always" && !isTerminal)
    throw new KubeconfigError(`the exec plugin "${command}" needs a terminal to ask its questions, and there is none`);
  return interactiveMode !== "Never" && isTerminal;
}

function environmentOf(plugin: ExecPlugin, { cluster }: PluginContext, interactive: boolean): NodeJS.ProcessEnv {
  const spec = { interactive, ...(plugin.provideClusterInfo && { cluster }) };
  const info = { kind: "ExecCredential", apiVersion: plugin.apiVersion, spec };
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  return { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

/** What it printed. Its questions go to the terminal if there is one; else what it complains of is part of the error. */
async function run(plugin: ExecPlugin, context: PluginContext, interactive: boolean): Promise<string> {
  const { command = "", args } = plugin;
  const file = command.includes("/") ? resolve(dirname(context.file), command) : command;
  const [input, complaints] = interactive ? (["inherit", "inherit"] as const) : (["ignore", "pipe"] as const);
  const env = environmentOf(plugin, context, interactive);
  const child = spawn(file, [...(args ?? [])], { env, stdio: [input, "pipe", complaints] });
  const ended = new Promise<string | undefined>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => done(code === 0 ? undefined : `exited with ${code ?? signal}`));
  });
  const said = child.stderr ? textOf(child.stderr) : "";
  const [printed, failed, stderr] = await Promise.all([textOf(child.stdout as NodeJS.ReadableStream), ended, said]);
  if (failed)
    throw new KubeconfigError(`the exec plugin "${command}" ${failed}: ${stderr.trim() || "it said nothing"}`);
  return printed;
}

function parse(plugin: ExecPlugin, printed: string): Credential {
  const refuse = (why: string) => new KubeconfigError(`the exec plugin "${plugin.command}" ${why}`);
  let found: ExecCredential;
  try {
    found = JSON.parse(printed) as ExecCredential;
  } catch (cause) {
    throw new KubeconfigError(`the exec plugin "${plugin.command}" did not print JSON`, { cause });
  }
  if (found?.kind !== "ExecCredential") throw refuse("did not print an ExecCredential");
  if (found.apiVersion !== plugin.apiVersion)
    throw refuse(`printed apiVersion ${found.apiVersion}, and the kubeconfig says ${plugin.apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = found.status ?? {};
  if (!token && !(cert && key)) throw refuse("printed neither a token nor a client certificate with its key");
  const expires = expirationTimestamp === undefined ? undefined : Date.parse(expirationTimestamp);
  return { token, cert, key, expires };
}

function explainStart({ command, installHint }: ExecPlugin, cause: unknown): KubeconfigError {
  const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  const why = missing ? "was not found" : `could not be started: ${(cause as Error).message}`;
  const hint = missing && installHint ? `; ${installHint.trim()}` : "";
  return new KubeconfigError(`the exec plugin "${command}" ${why}${hint}`, { cause });
}

/** Runs the plugin once. Throws KubeconfigError, which names it and says what it said. */
export async function runExecPlugin(plugin: ExecPlugin, context: PluginContext): Promise<Credential> {
  if (!plugin.command) throw new KubeconfigError(`${context.file}: exec has no command`);
  if (!known.has(plugin.apiVersion ?? ""))
    throw new KubeconfigError(
      `the exec plugin "${plugin.command}" has the apiVersion ${plugin.apiVersion}; supported: ${[...known].join(", ")}`,
    );
  const interactive = mayAsk(plugin, context.isTerminal);
  const printed = await run(plugin, context, interactive).catch((cause: unknown) => {
    throw cause instanceof KubeconfigError ? cause : explainStart(plugin, cause);
  });
  return parse(plugin, printed);
}
