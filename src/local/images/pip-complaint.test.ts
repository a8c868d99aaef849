import { expect, test } from "vitest";
import { explainPip } from "./pip-complaint.ts";

const missing =
  "ERROR: Could not find a version that satisfies the requirement ray==9 (from versions: none)\nERROR: No matching distribution found for ray==9\n";
const retrying = (cause: string) =>
  `WARNING: Retrying (Retry(total=0)) after connection broken by '${cause}': /simple/ray/\n`;

const cases: Readonly<Record<string, readonly [output: string, words: RegExp]>> = {
  "a name that the index does not have": [missing, /^no package ray==9 for this machine's Python/],
  "an index that refuses connections, which pip calls missing in the end": [
    retrying("NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')") + missing,
    /^the package index cannot be reached/,
  ],
  "no name server": [retrying("[Errno -3] Temporary failure in name resolution") + missing, /cannot be reached/],
  "an index that never answers": [
    retrying('ReadTimeoutError("Read timed out. (read timeout=15)")') + missing,
    /cannot be reached/,
  ],
  "a company's proxy that signs for everybody": [
    retrying("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))") + missing,
    /certificate .* not trusted: set PIP_CERT/,
  ],
  "an index that wants credentials": [
    "ERROR: HTTP error 401 while getting x\nERROR: 401 Client Error: Unauthorized for url: https://index.example/simple/x/\n",
    /refuses \(401\) https:\/\/index.example\/simple\/x\//,
  ],
  "requirements that exclude each other": [
    "ERROR: Cannot install a and b because these package versions have conflicting dependencies.\nThe conflict is caused by:\n    a 1 depends on c==1\n    b 1 depends on c==2\n\nTo fix this you could try to:\n",
    /^the requirements contradict each other: a 1 depends on c==1; b 1 depends on c==2$/,
  ],
  "a package that must be compiled": ["  ERROR: Failed building wheel for greenlet\n", /^greenlet has no wheel/],
  "a full disk": [
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
    /^the disk is full/,
  ],
  "a line that is no requirement": ["ERROR: Invalid requirement: 'ray=>2'\n", /^Invalid requirement: 'ray=>2'$/],
};

test.each(Object.entries(cases))("%s", (_name, [output, words]) => {
  expect(explainPip(output)).toMatch(words);
});

test("anything else is left to pip's own words", () => {
  expect(explainPip("ERROR: something new\n")).toBeUndefined();
});
