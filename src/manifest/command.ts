/** The command that an experiment runs, and how it survives the shells on its way. Pure. */
import type { Manifest } from "./model.ts";

const jupyterHours = 12;

/** One word of a shell, quoted where it must be. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Whether a shell has to read the command: anything but plain words and quoted words on one line. */
function needsShell(command: string): boolean {
  return /[\n;&|<>()$`\\*?[\]{}~#!]/.test(command) || /^\s*[A-Za-z_]\w*=/.test(command);
}

/** What runs in place of the command while debugging; undefined otherwise. */
function debugCommand({ spec }: Manifest): string | undefined {
  const { jupyter, vscode } = spec.debug ?? {};
  const jupyterPath =
    jupyter === true
      ? "jupyter"
      : typeof jupyter === "object" && jupyter.enabled
        ? (jupyter.path ?? "jupyter")
        : undefined;
  if (jupyterPath && spec.operator === "kuberay")
    return `timeout ${jupyterHours}h ${jupyterPath} server --ip=0.0.0.0 --port=8888 --allow-root --no-browser`;
  if (!vscode?.enabled) return undefined;
  return `${vscode.path ?? "code"} tunnel --accept-server-license-terms${vscode.provider ? ` --provider ${vscode.provider}` : ""}`;
}

/** The command line of the experiment. */
export const commandOf = (manifest: Manifest): string => debugCommand(manifest) ?? manifest.spec.command.trim();

/**
 * The entrypoint of a RayJob. The operator puts it behind `--` into a bash script, and Ray runs what arrives with a shell
 * of its own: plain commands go as they are, all others as one quoted word for one more bash.
 */
export function rayEntrypoint(manifest: Manifest): string {
  const command = commandOf(manifest);
  return needsShell(command) ? `bash -c ${shellQuote(shellQuote(command))}` : command;
}
