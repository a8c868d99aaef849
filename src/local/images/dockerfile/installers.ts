/** pip, uv, poetry and conda as they are called in a RUN line: install steps whose paths are the source's. Pure. */
import { posix } from "node:path";
import { valueKindOf } from "../environments/installer-options.ts";
import type { InstallStep, InstallTool } from "../environments/request.ts";
import { type Effect, nothing, unknown } from "./effect.ts";
import { isOption, type Place, sourcePath, translate } from "./install-arguments.ts";

type Words = readonly string[];

/** Variables by which an image's installers find their packages, as options. */
function indexOptions(tool: InstallTool, env: Place["env"]): Words {
  const names = tool === "pip" ? ["PIP_INDEX_URL"] : ["UV_DEFAULT_INDEX", "UV_INDEX_URL"];
  const [main] = names.flatMap((name) => (env[name] ? [env[name]] : []));
  const more = env[tool === "pip" ? "PIP_EXTRA_INDEX_URL" : "UV_EXTRA_INDEX_URL"] ?? "";
  const others = more.split(/\s+/).filter(Boolean);
  return [...(main ? ["--index-url", main] : []), ...others.flatMap((url) => ["--extra-index-url", url])];
}

/** Whether anything is left to install. */
function asksForPackages(words: Words): boolean {
  return words.some((word, at) => {
    const kind = valueKindOf(word);
    if (kind === "requirements" || kind === "project") return true;
    return !isOption(word) && valueKindOf(words[at - 1] ?? "") === undefined;
  });
}

/** `--no-index` without a place for packages: the wheels that an earlier line built are not here, the index is. */
function withIndex(words: Words): Words {
  return words.some((word) => valueKindOf(word) === "links") ? words : words.filter((word) => word !== "--no-index");
}

function pipInstall(tool: "pip" | "uv pip", words: Words, place: Place): Effect {
  const { words: kept, foreign, python } = translate(words, place);
  // Every environment has pip.
  const wanted = kept.filter((word) => !/^pip([<>=!~].*)?$/.test(word));
  const missing = foreign.filter((word) => !/(?:\.whl|\/\*)$/.test(word));
  if (missing.length > 0) return unknown(`${missing.join(", ")} is not in the source`);
  if (!asksForPackages(wanted)) return nothing;
  const step: InstallStep = { tool, arguments: [...withIndex(wanted), ...indexOptions(tool, place.env)], folder: "." };
  return { kind: "install", step, ...(python && { python }) };
}

/** A tool that reads the project where it stands. */
function projectInstall(tool: "uv sync" | "poetry", words: Words, place: Place): Effect {
  const { words: kept, python, folder } = translate(words, place);
  const project = posix.resolve(place.workdir, folder ?? ".");
  const source = place.tree.get(posix.join(project, "pyproject.toml"));
  if (source === undefined) return unknown(`no pyproject.toml was copied to ${project}`);
  const step: InstallStep = { tool, arguments: kept, folder: posix.dirname(source) };
  return { kind: "install", step, ...(python && { python }) };
}

export function pip(words: Words, place: Place): Effect {
  const [first = "", ...rest] = words.slice(words.findIndex((word) => !isOption(word)));
  if (first === "install") return pipInstall("pip", rest, place);
  if (first === "wheel") {
    const isWheelFolder = (word: string | undefined) => word === "-w" || word === "--wheel-dir";
    const own = rest.filter((word, at) => !/^(-w|--wheel-dir)/.test(word) && !isWheelFolder(rest[at - 1]));
    return pipInstall("pip", own, place);
  }
  if (first === "config" && /^(global|user|site)\.index-url$/.test(rest[1] ?? ""))
    return { kind: "variables", env: { PIP_INDEX_URL: rest[2] ?? "" } };
  return ["uninstall", "download"].includes(first) ? unknown() : nothing;
}

/** The first word that is neither an option nor the value of one. */
const operand = (words: Words, valued: Words): string | undefined =>
  words.find((word, at) => !isOption(word) && !valued.includes(words[at - 1] ?? ""));

export function virtualEnvironment(words: Words, place: Place): Effect {
  const { python } = translate(words, place);
  const path = operand(words, ["--python", "-p", "--prompt", "--seed-packages"]) ?? ".venv";
  return { kind: "environment", path: posix.resolve(place.workdir, path), ...(python && { python }) };
}

export function uv(words: Words, place: Place): Effect {
  const [first = "", second = "", ...rest] = words.slice(words.findIndex((word) => !isOption(word)));
  const others = [second, ...rest].filter(Boolean);
  if (first === "sync") return projectInstall("uv sync", others, place);
  if (first === "venv") return virtualEnvironment(others, place);
  if (first === "pip" && second === "install") return pipInstall("uv pip", rest, place);
  if (first === "pip" && second === "sync") {
    const files = rest.flatMap((word) => (isOption(word) ? [word] : ["-r", word]));
    return pipInstall("uv pip", files, place);
  }
  if (first === "python" && second === "install") {
    const version = rest.find((word) => /^\d+\.\d+/.test(word));
    return version ? { kind: "python", version } : nothing;
  }
  const isQuiet = ["cache", "--version", "lock", "python", "version", "self"].includes(first);
  return isQuiet ? nothing : unknown();
}

export function poetry(words: Words, place: Place): Effect {
  const [first = "", ...rest] = words.slice(words.findIndex((word) => !isOption(word)));
  if (first === "install") return projectInstall("poetry", rest, place);
  return ["add", "export", "build", "run"].includes(first) ? unknown() : nothing;
}

const condaValues = ["-n", "--name", "-c", "--channel", "-p", "--prefix", "-f", "--file"];
const condaNeedsFile = "list the packages in an environment.yml or a requirements.txt, and install that file";

/** Packages that a call of conda names; verbs and values of options are none. */
function condaPackages(words: Words): Words {
  const verbs = new Set(["env", "create", "install", "update"]);
  return words.filter((word, at) => {
    return !isOption(word) && !verbs.has(word) && !condaValues.includes(words[at - 1] ?? "");
  });
}

export function conda(words: Words, place: Place): Effect {
  const [first = ""] = words;
  if (!["env", "create", "install", "update"].includes(first)) return nothing;
  const at = words.findIndex((word) => word === "-f" || word === "--file");
  const joined = words.find((word) => word.startsWith("--file="))?.slice("--file=".length);
  const file = joined ?? words[at < 0 ? words.length : at + 1] ?? (first === "env" ? "environment.yml" : undefined);
  if (file !== undefined) {
    const path = sourcePath(file, place);
    if (path === undefined) return unknown(`${file} is not in the source`);
    if (!/\.ya?ml$/.test(path)) return unknown(condaNeedsFile);
    return { kind: "install", step: { tool: "conda", arguments: [path], folder: "." } };
  }
  const packages = condaPackages(words);
  const version = packages.map((word) => /^python=+(\d+\.\d+(?:\.\d+)?)/.exec(word)?.[1]).find(Boolean);
  const isPythonOnly = packages.every((word) => /^(python|pip)([=<>].*)?$/.test(word));
  if (!isPythonOnly) return unknown(condaNeedsFile);
  return version ? { kind: "python", version } : nothing;
}
