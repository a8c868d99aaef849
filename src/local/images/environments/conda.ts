/** `environment.yml`: what conda installs and what pip does. One that asks conda for no more than Python needs no conda. Pure. */
import { parse } from "yaml";
import { EnvironmentError } from "./environment-error.ts";
import type { EnvironmentRequest } from "./request.ts";

interface CondaFile {
  readonly dependencies?: readonly (string | { readonly pip?: readonly string[] })[];
}

/** `python=3.10.*`, `python>=3.9,<3.12`, `conda-forge::python=3.11=build`. */
const pythonLine = /^(?:[\w-]+::)?python\s*(?:(={1,2}|[<>!~]=?)?\s*([\d.][\w.*,<>=!~ |]*?))?(?:=\w+)?$/;

function pythonVersion(line: string): string | undefined {
  const [, operator = "", version] = pythonLine.exec(line.trim()) ?? [];
  if (!version) return undefined;
  return operator.startsWith("=") || operator === "" ? version.replace(/\.\*$/, "") : `${operator}${version}`;
}

const isTool = (line: string) => /^(?:[\w-]+::)?(?:pip|setuptools|wheel|uv)\b/.test(line.trim());
const isPython = (line: string) => pythonLine.test(line.trim());

/** The lines of a list under `pip:` as words, as in a requirement file. */
const pipWords = (lines: readonly string[]) =>
  lines.flatMap((line) => (line.startsWith("-") ? line.split(/\s+/) : [line.replace(/\s+#.*$/, "")]));

function read(text: string, file: string): CondaFile {
  try {
    return (parse(text) ?? {}) as CondaFile;
  } catch (cause) {
    throw new EnvironmentError(`${file} cannot be read: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
}

export function condaRequest(text: string, file: string): EnvironmentRequest {
  const { dependencies = [] } = read(text, file);
  const lines = dependencies.filter((each): each is string => typeof each === "string");
  const pip = dependencies.flatMap((each) => (typeof each === "string" ? [] : (each.pip ?? [])));
  const own = lines.filter((line) => !isPython(line) && !isTool(line));
  if (own.length > 0) return { python: [], installs: [{ tool: "conda", arguments: [file], folder: "." }] };
  const python = lines.map(pythonVersion).filter((version) => version !== undefined);
  return {
    python: python.map((version) => ({ version, origin: `python in ${file}` })),
    installs: pip.length > 0 ? [{ tool: "pip", arguments: pipWords(pip), folder: "." }] : [],
  };
}
