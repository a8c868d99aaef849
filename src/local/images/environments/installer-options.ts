/**
 * Options of pip and uv with a value, by what the value is: the one table for commands of a Dockerfile and for requirement
 * files. Options without a value are not here. Pure.
 */
export type ValueKind = "requirements" | "constraints" | "project" | "links" | "word";

const namesByKind: Readonly<Record<ValueKind, readonly string[]>> = {
  /** A file of packages to install. */
  requirements: ["-r", "--requirement", "--requirements"],
  /** A file that only limits what is installed. */
  constraints: [
    ["-c", "--constraint", "--constraints"],
    ["-b", "--build-constraint", "--build-constraints"],
    ["--override", "--overrides"],
  ].flat(),
  /** A folder with a project. */
  project: ["-e", "--editable"],
  /** A folder of wheels, or an address. */
  links: ["-f", "--find-links"],
  /** Nothing that is looked up in the source. */
  word: [
    ["-i", "--index-url", "--extra-index-url", "--index", "--default-index", "--index-strategy", "--trusted-host"],
    ["--keyring-provider", "--timeout", "--retries", "--progress-bar", "--root-user-action"],
    ["--no-binary", "--only-binary", "--platform", "--python-version", "--torch-backend", "--use-feature"],
    ["-C", "--config-settings", "--config-setting", "--global-option", "--hash", "--upgrade-strategy"],
    ["-P", "--upgrade-package", "--refresh-package", "--prerelease", "--resolution", "--exclude-newer"],
    ["-E", "--extra", "--extras", "--group", "--no-group", "--only", "--package", "--with", "--without"],
  ].flat(),
};

const kinds: ReadonlyMap<string, ValueKind> = new Map(
  Object.entries(namesByKind).flatMap(([kind, names]) => names.map((name) => [name, kind as ValueKind] as const)),
);

/** Undefined for an option without a value, and for what is no option. */
export const valueKindOf = (option: string): ValueKind | undefined => kinds.get(option);

/** Whether the value is a path where it is no address. */
export const isPathKind = (kind: ValueKind | undefined): boolean => kind !== undefined && kind !== "word";

/** `--name=value` and `-rfile` in two; other words, and options with their value behind them, as they are. */
export function splitOption(word: string): readonly [option: string, value?: string] {
  const long = /^(--[^=]+)=(.*)$/s.exec(word);
  if (long) return [long[1] ?? "", long[2] ?? ""];
  const short = /^(-[a-zA-Z])(.+)$/s.exec(word);
  return short && valueKindOf(short[1] ?? "") !== undefined ? [short[1] ?? "", short[2] ?? ""] : [word];
}
