/** What pip says when it fails, in the words of somebody who would put it right. Pure. */

type Explanation = readonly [pattern: RegExp, words: (match: RegExpExecArray) => string];

const unreachable =
  /Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|NewConnectionError|Network is unreachable|No route to host|Connection refused|ConnectTimeoutError|Read timed out/;

/** The first that fits counts: pip ends with "no matching distribution" whatever kept it from looking. */
const explanations: readonly Explanation[] = [
  [/No space left on device|Errno 28/, () => "the disk is full: free some space and try again"],
  [
    /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError/,
    () =>
      "the certificate of the package index is not trusted: set PIP_CERT to the file of the authority that signed it, and start the local cluster again",
  ],
  [unreachable, () => "the package index cannot be reached: check the network, PIP_INDEX_URL and the proxy settings"],
  [
    /(40[13]) Client Error:? .*?(?:for url: )(\S+)/,
    ([, code, url]) => `the package index refuses (${code}) ${url}: check PIP_INDEX_URL and its credentials`,
  ],
  [
    /No matching distribution found for (\S+)/,
    ([, name]) =>
      `no package ${name} for this machine's Python: check the name, the version, and the Python version it needs`,
  ],
  [
    /The conflict is caused by:\n((?: {4}.*\n?)+)/,
    ([, lines = ""]) =>
      `the requirements contradict each other: ${lines
        .trim()
        .split("\n")
        .map((line) => line.trim())
        .join("; ")}`,
  ],
  [
    /Failed building wheel for (\S+)|Failed to build (\S+)/,
    ([, wheel, built]) =>
      `${wheel ?? built} has no wheel for this machine's Python and could not be built from its source: install the compiler and headers it needs, or ask for a version with a wheel`,
  ],
  [/(Invalid requirement: .*)/, ([, words = ""]) => words],
];

/** Undefined when what it says is nothing known. */
export function explainPip(output: string): string | undefined {
  for (const [pattern, words] of explanations) {
    const match = pattern.exec(output);
    if (match) return words(match);
  }
  return undefined;
}
