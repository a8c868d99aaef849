/**
 * Which files and folders an installer's arguments lead to: requirement files that include each other, constraints,
 * local projects, wheels. Only what decides an environment's content is looked at; the rest is the installer's. Pure.
 */
import { posix } from "node:path";
import { splitOption, valueKindOf } from "./installer-options.ts";

/** Looks into the source; paths are relative to it. */
export interface SourceReader {
  /** Undefined when it is no file. */
  text(path: string): string | undefined;
  isFolder(path: string): boolean;
}

export interface Included {
  /** Files whose bytes count. */
  readonly files: ReadonlySet<string>;
  /** Folders with a project that is installed. */
  readonly projects: ReadonlySet<string>;
  /** Variables of the environment that are named, `${TOKEN}`. */
  readonly variables: ReadonlySet<string>;
  /** Options that pip reads in a file and uv only on its command line. */
  readonly options: ReadonlySet<string>;
  /** Whether a line pins the hash of its package. */
  readonly hasHashes: boolean;
  /** Whether it is names of an index only: no path, address, hash or constraint. */
  readonly isPlain: boolean;
  /** The requirements as they are written, without options. */
  readonly requirements: readonly string[];
  /** Paths that lead out of the source, each with the file or command that names it. */
  readonly outside: readonly { readonly path: string; readonly where: string }[];
}

interface Found {
  readonly files: Set<string>;
  readonly projects: Set<string>;
  readonly variables: Set<string>;
  readonly options: Set<string>;
  readonly outside: { readonly path: string; readonly where: string }[];
  readonly requirements: string[];
  hasHashes: boolean;
  isPlain: boolean;
}

/** Where words are read. */
interface Place {
  /** Folder of the file: files that it includes begin there. */
  readonly folder: string;
  /** Folder where the command is typed: projects and wheels begin there, in pip and in uv. */
  readonly typedIn: string;
  /** As a user would name the place. */
  readonly where: string;
}

const fileOnlyOptions = new Set(["--pre", "--trusted-host", "--require-hashes"]);

const isAddress = (text: string) => /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(text);
/** A path by its look: pip takes a bare name for a package, whatever lies beside it. */
const isPath = (text: string) =>
  /^\.{0,2}\/|^\.{1,2}$/.test(text) || (/[/\\]/.test(text) && !isAddress(text)) || /\.(?:whl|tar\.gz|zip)$/.test(text);

/** The words of a line; quotes keep blanks. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/^(["'])(.*)\1$/g, "$2"));

/** Logical lines: continuations joined, comments and blank lines gone. */
const requirementLines = (text: string): readonly string[] =>
  text
    .replaceAll(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean);

class Scan {
  readonly #source: SourceReader;
  readonly found: Found = {
    files: new Set(),
    projects: new Set(),
    variables: new Set(),
    options: new Set(),
    outside: [],
    requirements: [],
    hasHashes: false,
    isPlain: true,
  };

  constructor(source: SourceReader) {
    this.#source = source;
  }

  words(words: readonly string[], place: Place): void {
    for (let at = 0; at < words.length; at++) {
      const [option, inline] = splitOption(words[at] ?? "");
      for (const [, name = ""] of (words[at] ?? "").matchAll(/\$\{([A-Z0-9_]+)\}/g)) this.found.variables.add(name);
      if (!option.startsWith("-")) {
        this.#requirement(option, place);
        continue;
      }
      const value = inline ?? (valueKindOf(option) ? words[++at] : undefined);
      this.#option(option, value ?? "", place);
    }
  }

  #option(option: string, value: string, place: Place): void {
    if (option === "--hash") {
      this.found.hasHashes = true;
      this.found.isPlain = false;
    }
    if (fileOnlyOptions.has(option))
      this.found.options.add(option === "--trusted-host" ? `${option} ${value}` : option);
    const kind = valueKindOf(option);
    if (kind === "requirements" || kind === "constraints") this.#file(value, kind === "requirements", place);
    else if (kind === "project") this.#local(value, place);
    else if (kind === "links" && !isAddress(value)) this.#links(value, place);
  }

  #requirement(text: string, place: Place): void {
    if (!text) return;
    const [, address = ""] = /^[\w.[\],-]+\s*@\s*(.*)$/.exec(text) ?? [];
    const target = address || text;
    if (target.startsWith("file:") || isPath(target)) return this.#local(target, place);
    if (isAddress(target) || text === "@") this.found.isPlain = false;
  }

  #resolve(path: string, folder: string, where: string): string | undefined {
    const plain = path
      .replace(/^file:(?:\/\/)?/, "")
      .replace(/(?<=[^\s])\[[^\]]*\]$/, "")
      .replace(/#.*$/, "");
    const resolved = posix.normalize(posix.join(plain.startsWith("/") ? "" : folder, plain));
    if (!resolved.startsWith("..") && !resolved.startsWith("/")) return resolved;
    this.found.outside.push({ path, where });
    return undefined;
  }

  #file(path: string, isRequirements: boolean, place: Place): void {
    if (!isRequirements) this.found.isPlain = false;
    if (isAddress(path)) {
      this.found.isPlain = false;
      return;
    }
    const file = this.#resolve(path, place.folder, place.where);
    if (file === undefined || this.found.files.has(file)) return;
    this.found.files.add(file);
    if (file.endsWith(".toml") || /(?:^|\/)setup\.(?:py|cfg)$/.test(file)) return;
    const within = { ...place, folder: posix.dirname(file), where: file };
    for (const line of requirementLines(this.#source.text(file) ?? "")) {
      if (!line.startsWith("-")) this.found.requirements.push(line.replace(/\s--[\s\S]*$/, ""));
      this.words(lineWords(line), within);
    }
  }

  #local(path: string, place: Place): void {
    this.found.isPlain = false;
    if (isAddress(path) && !path.startsWith("file:")) return;
    const target = this.#resolve(path, place.typedIn, place.where);
    if (target === undefined) return;
    if (this.#source.isFolder(target)) this.found.projects.add(target);
    else this.found.files.add(target);
  }

  #links(path: string, place: Place): void {
    const links = this.#resolve(path, place.folder, place.where);
    if (links !== undefined) this.found.files.add(links);
  }
}

/** Words of a requirement line that matter here: the requirement without its marker, and its options. */
function lineWords(line: string): readonly string[] {
  if (line.startsWith("-")) return wordsOf(line);
  const [requirement = "", ...options] = line.split(/\s(?=--)/);
  const bare = requirement.replace(/\s*;.*$/, "").trim();
  return [bare.replaceAll(/\s+/g, isAddressed(bare) ? "" : " "), ...options.flatMap(wordsOf)];
}

const isAddressed = (requirement: string) => /^[\w.[\],-]+\s*@\s/.test(requirement);

/** What `words` of a command typed in `folder` of the source lead to. */
export function findIncluded(
  words: readonly string[],
  folder: string,
  source: SourceReader,
  command: string,
): Included {
  const scan = new Scan(source);
  scan.words(words, { folder, typedIn: folder, where: command });
  return scan.found;
}
