/** One command of a RUN line as its effect: which program it is, whatever stands before it. Pure. */
import { posix } from "node:path";
import { type Effect, nothing, unknown } from "./effect.ts";
import { isOption, type Place } from "./install-arguments.ts";
import { conda, pip, poetry, uv, virtualEnvironment } from "./installers.ts";

type Words = readonly string[];
type Describe = (words: Words, place: Place) => Effect;

/** Package managers of systems, and the word after which packages follow. */
const packageManagers: Readonly<Record<string, string>> = {
  "apt-get": "install",
  apt: "install",
  aptitude: "install",
  apk: "add",
  yum: "install",
  dnf: "install",
  microdnf: "install",
};

function systemPackages(name: string, words: Words): Effect {
  const at = words.indexOf(packageManagers[name] ?? "");
  if (at < 0) return nothing;
  const all = words.filter((_, index) => index !== at);
  const isValue = (index: number) => ["-o", "-t", "-X", "--repository"].includes(all[index - 1] ?? "");
  const packages = all.filter((word, index) => !isOption(word) && !isValue(index));
  return { kind: "system", packages: packages.map((word) => word.replace(/[=<>~].*$/, "")) };
}

function python(words: Words): Effect {
  const [first = "", second = ""] = words.filter((word) => !/^-[uIEsB]+$/.test(word));
  return ["--version", "-V"].includes(first) || (first === "-m" && second === "compileall") ? nothing : unknown();
}

/** Commands that leave nothing behind which a process would miss: cleaning up, looking, users and owners. */
const harmless = new Set(
  [
    "rm",
    "rmdir",
    "find",
    "echo",
    "printf",
    "true",
    ":",
    "set",
    "unset",
    "ls",
    "pwd",
    "which",
    "type",
    "date",
    "sleep",
  ].concat(
    [
      "chown",
      "chgrp",
      "groupadd",
      "useradd",
      "usermod",
      "adduser",
      "addgroup",
      "groupmod",
      "passwd",
      "test",
      "[",
      "cat",
    ],
    ["ldconfig", "locale-gen", "update-ca-certificates", "dpkg-reconfigure", "update-alternatives", "ulimit", "umask"],
    ["nvidia-smi", "sync", "hash", "apt-key", "add-apt-repository", "apt-mark", "dpkg-query", "tee", "touch"],
  ),
);

const programs: Readonly<Record<string, Describe>> = {
  pip,
  uv,
  poetry,
  conda,
  mamba: conda,
  micromamba: conda,
  python,
  virtualenv: virtualEnvironment,
  cd: ([path = "/root"], { workdir }) => ({ kind: "enter", path: posix.resolve(workdir, path) }),
  mkdir: (words, { workdir }) => ({
    kind: "folders",
    paths: words.filter((word) => !isOption(word)).map((word) => posix.resolve(workdir, word)),
  }),
  export: (words) => ({
    kind: "variables",
    env: Object.fromEntries(words.filter((word) => word.includes("=")).map((word) => word.split(/=(.*)/s, 2))),
  }),
  source: ([file = ""]) => (file.endsWith("activate") ? nothing : unknown()),
};

/** What runs something else. */
const prefixes = new Set(["sudo", "env", "exec", "command", "time", "nice"]);

/** `python3.11 -m pip` is pip, `/opt/venv/bin/pip3` too. */
function unwrap(words: Words): Words {
  const [program = "", ...rest] = words;
  const name = posix.basename(program);
  const [first = ""] = rest;
  if (prefixes.has(name) && first && !isOption(first)) {
    const at = rest.findIndex((word) => !/^\w+=/.test(word));
    return at < 0 ? [":"] : unwrap(rest.slice(at));
  }
  if (/^(python|pypy)\d?(\.\d+)?$/.test(name)) {
    const module = rest.findIndex((word) => word === "-m");
    const called = rest[module + 1] ?? "";
    if (module >= 0 && ["pip", "uv", "poetry", "conda"].includes(called)) return rest.slice(module + 1);
    if (module >= 0 && /^(venv|virtualenv)$/.test(called)) return ["virtualenv", ...rest.slice(module + 2)];
    if (first === "setup.py" && ["install", "develop"].includes(rest[1] ?? "")) return ["pip", "install", "."];
    return ["python", ...rest];
  }
  if (/^(conda|mamba|micromamba)$/.test(name) && first === "run") {
    const values = ["-n", "--name", "-p", "--prefix"];
    const at = rest.findIndex((word, index) => index > 0 && !isOption(word) && !values.includes(rest[index - 1] ?? ""));
    return at < 0 ? [":"] : unwrap(rest.slice(at));
  }
  if (name === ".") return ["source", ...rest];
  return [/^pip\d?(\.\d+)?$/.test(name) ? "pip" : name, ...rest];
}

export function effectOf(words: Words, place: Place): Effect {
  const [name = "", ...rest] = unwrap(words);
  if (Object.hasOwn(packageManagers, name)) return systemPackages(name, rest);
  const describe = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (describe) return describe(rest, place);
  return harmless.has(name) || name === "" ? nothing : unknown();
}

/** A pipeline: of a well-known form, or of commands that all do nothing. */
export function effectOfPipeline(commands: readonly Words[], text: string, place: Place): Effect {
  const [only] = commands;
  if (only && commands.length === 1) return effectOf(only, place);
  if (/astral\.sh\/uv/.test(text)) return { kind: "install", step: { tool: "pip", arguments: ["uv"], folder: "." } };
  return commands.every((words) => effectOf(words, place).kind === "nothing") ? nothing : unknown();
}
