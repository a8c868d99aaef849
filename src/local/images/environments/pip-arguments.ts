/** Arguments of `pip install` as uv takes them. Pure. */

/** Options without a meaning here: the target and the cache are Windlass's, the log is plain. With a value: 1. */
const dropped: Readonly<Record<string, 0 | 1>> = {
  "--no-cache-dir": 0,
  "--no-cache": 0,
  "-n": 0,
  "--user": 0,
  "--system": 0,
  "--break-system-packages": 0,
  "--disable-pip-version-check": 0,
  "--no-input": 0,
  "--no-warn-script-location": 0,
  "--no-python-version-warning": 0,
  "--quiet": 0,
  "-q": 0,
  "-qq": 0,
  "--verbose": 0,
  "-v": 0,
  "--use-pep517": 0,
  "--prefer-binary": 0,
  "--compile": 0,
  "--no-compile": 0,
  "--progress-bar": 1,
  "--root-user-action": 1,
  "--cache-dir": 1,
  "--timeout": 1,
  "--default-timeout": 1,
  "--retries": 1,
  "--use-feature": 1,
  "--python": 1,
  "-p": 1,
  "--cert": 1,
};

const renamed: Readonly<Record<string, string>> = {
  "--trusted-host": "--allow-insecure-host",
  "--force-reinstall": "--reinstall",
  "--ignore-installed": "--reinstall",
  "-I": "--reinstall",
  "--pre": "--prerelease=allow",
  "--config-settings": "--config-setting",
};

const nameOf = (word: string) => word.split("=", 1)[0] ?? "";

/** What of the arguments has a meaning here. */
export function ownArguments(words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const values = word.startsWith("-") ? dropped[nameOf(word)] : undefined;
    if (values === undefined) kept.push(word);
    else if (values === 1 && !word.includes("=")) at++;
  }
  return kept;
}

/** A project of the source is installed for editing, so that it is its code of each run that is seen. */
export const editable = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, at) => {
    const isProject = /^\.(?:\[[^\]]*\])?$|^\.{1,2}\/(?!.*\.(?:whl|tar\.gz|zip|txt|toml|in)$)/.test(word);
    return isProject && !words[at - 1]?.startsWith("-") ? ["-e", word] : [word];
  });

/** `fromFiles`: options that pip reads in a requirement file, and uv only here. */
export function uvArguments(words: readonly string[], fromFiles: Iterable<string>): readonly string[] {
  const all = [...words, ...[...fromFiles].flatMap((option) => option.split(" "))];
  return ownArguments(all).map((word) => {
    const name = nameOf(word);
    const other = word.startsWith("-") ? renamed[name] : undefined;
    return other ? `${other}${word.slice(name.length)}` : word;
  });
}
