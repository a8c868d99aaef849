/** What pip, uv or conda say when they fail, in the words of somebody who would put it right. Pure. */

type Explanation = readonly [pattern: RegExp, words: (match: RegExpExecArray) => string];

const unreachable =
  /Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|NewConnectionError|Network is unreachable|No route to host|Connection refused|ConnectTimeoutError|Read timed out|error sending request for url|operation timed out/;

const oneLine = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .join("; ");

/** The name of a requirement without its version. */
const bare = (requirement: string) => /^[\w.-]+/.exec(requirement)?.[0] ?? requirement;

const noPackage = (name: string) =>
  `the package index has no package ${bare(name)}: check the name; a private package needs its index (\`--extra-index-url\` in requirements.txt, or pip's configuration)`;

const noWheel = (name: string, have = "") =>
  `${name} has no wheel for this Python${have}: choose another version, or a Python that it supports (\`.python-version\`, requires-python)`;

/** Why pip found nothing: `from versions: none` is a name that the index does not know. */
function pipFoundNothing([, versions = "", requirement = ""]: RegExpExecArray): string {
  if (versions === "" || versions === "none")
    return `the package index has no ${requirement} for this machine's Python: check the name, the version, and the Python version it needs`;
  const newest = versions.split(", ").slice(-3).join(", ");
  return `no ${requirement} for this machine's Python; the newest versions are ${newest}`;
}

/** The first that fits counts: pip ends with "no matching distribution" whatever kept it from looking. */
const explanations: readonly Explanation[] = [
  [
    /No space left on device|Errno 28|os error 28/,
    () => "the disk is full: free some space (`windlass prune`) and try again",
  ],
  [
    /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|invalid peer certificate/,
    () =>
      "the certificate of the package index is not trusted: set PIP_CERT to the file of the CA that signed it, and restart the local cluster",
  ],
  [
    /(40[137]) Client Error:? .*?(?:for url: )(\S+)|HTTP status client error \((40[137])[^)]*\) for url \((\S+)\)/,
    ([, pipCode, pipUrl, uvCode, uvUrl]) =>
      `the package index denied access (HTTP ${pipCode ?? uvCode}) to ${pipUrl ?? uvUrl}: check PIP_INDEX_URL and its credentials`,
  ],
  [unreachable, () => "cannot reach the package index: check the network, PIP_INDEX_URL and the proxy settings"],
  [/THESE PACKAGES DO NOT MATCH THE HASHES[\s\S]*?\n\s+(\S+) from/, ([, name = ""]) => hashMismatch(name)],
  [/Hash mismatch for `([^`]+)`/, ([, name = ""]) => hashMismatch(name)],
  [
    /all requirements must have their versions pinned with ==|require-hashes.*?mode[\s\S]*?\n\s+(\S+)/,
    ([, name]) =>
      `some requirements have hashes, so all need one${name ? `, but ${name} has none` : ""}: regenerate the file with \`pip-compile --generate-hashes\` or \`uv pip compile --generate-hashes\``,
  ],
  [
    /(\S+) has no wheels with a matching Python(?:[\s\S]*following Python \w+ tags?: ([^\n]+))?/,
    ([, name = "", tags]) => noWheel(name, tags ? `, only for ${tags.replaceAll("`", "").trim()}` : ""),
  ],
  [/(\S+) has no wheels with a matching platform/, ([, name = ""]) => noWheel(name, " on this platform")],
  [/Because (\S+) was not found in the package registry/, ([, name = ""]) => noPackage(name)],
  [
    /Because there (?:is no version|are no versions) of (\S+)(?: and|,)/,
    ([, name = ""]) => `the package index has no ${name}: check the version, and the Python version it needs`,
  ],
  [
    /Because the (?:current|requested) Python version \(([^)]+)\) does not satisfy Python(\S+) and (\S+) depends/,
    ([, python, needs, name]) => `${name} needs Python ${needs}, but this is ${python}`,
  ],
  [
    /Because ([\s\S]*?), we can conclude that (?:your requirements|the requirements|your project's requirements)[^\n]*are unsatisfiable/,
    ([, reasons = ""]) => `the requirements conflict: ${oneLine(reasons)}`,
  ],
  [/from versions: ([^)]*)\)[\s\S]*?No matching distribution found for (\S+)/, pipFoundNothing],
  [/()No matching distribution found for (\S+)/, pipFoundNothing],
  [/The conflict is caused by:\n((?: {4}.*\n?)+)/, ([, lines = ""]) => `the requirements conflict: ${oneLine(lines)}`],
  [
    /(?:command|Command) '?(?:\[')?(\S*(?:gcc|cc|g\+\+|clang|cl\.exe))'? failed: No such file|error: command '(\S+)' failed: No such file|Failed building wheel for (\S+)|Failed to build `?([^`\s]+)`?/,
    ([, compiler, command, wheel, built]) => {
      const name = wheel ?? built;
      return name
        ? `${name} has no wheel for this machine's Python and failed to build from source: install the compiler and headers it needs, or choose a version with a wheel`
        : `a package has no wheel and must be compiled, but the compiler ${compiler ?? command} is not installed: install it (\`apt-get install build-essential\`), or choose a version with a wheel`;
    },
  ],
  [
    /(?:File not found: `?|Could not open requirements file: .*?: ')([^'`\n]+)/,
    ([, file]) =>
      `the requirements refer to ${file}, which is not in the source folder (or is excluded by an ignore file)`,
  ],
  [/Multiple top-level packages discovered in a flat-layout: (\[[^\]]*\])/, ([, names]) => flatLayout(names ?? "")],
  [
    /The lockfile at `?uv\.lock`? needs to be updated|lockfile is (?:outdated|missing)|Unable to find lockfile/,
    () => "uv.lock does not match pyproject.toml: run `uv lock` and try again",
  ],
  [
    /ensurepip is not\s+available/,
    () =>
      "this machine's Python cannot create virtual environments: install its venv module (`apt-get install python3-venv`), or uv (https://docs.astral.sh/uv)",
  ],
  [/(Invalid requirement: .*)/, ([, words = ""]) => words],
  [
    /Couldn't parse requirement in `([^`]+)`[^\n]*\n\s*cause: ([^\n]+)\n\s*([^\n]+)/,
    ([, file, why, line]) => `Invalid requirement in ${file}: ${line?.trim()}: ${why}`,
  ],
];

const hashMismatch = (name: string) =>
  `the hash of ${name} does not match the requirements: the file was republished, or it comes from another index; nothing was installed`;

const flatLayout = (names: string) =>
  `setuptools cannot tell which of the folders ${names} is the package: set it in pyproject.toml (\`[tool.setuptools] packages = ["…"]\`), or list the dependencies in a requirements.txt`;

/** Undefined when what it says is nothing known. */
export function explainInstaller(output: string): string | undefined {
  for (const [pattern, words] of explanations) {
    const match = pattern.exec(output);
    if (match) return words(match);
  }
  return undefined;
}
