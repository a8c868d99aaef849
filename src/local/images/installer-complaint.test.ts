import { expect, test } from "vitest";
import { explainInstaller } from "./installer-complaint.ts";

const missing =
  "ERROR: Could not find a version that satisfies the requirement ray==9 (from versions: none)\nERROR: No matching distribution found for ray==9\n";
const retrying = (cause: string) =>
  `WARNING: Retrying (Retry(total=0)) after connection broken by '${cause}': /simple/ray/\n`;

const cases: Readonly<Record<string, readonly [output: string, words: RegExp]>> = {
  "a name that the index does not have": [missing, /^the package index has no ray==9 for this machine's Python/],
  "an index that refuses connections, which pip calls missing in the end": [
    retrying("NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')") + missing,
    /^cannot reach the package index/,
  ],
  "no name server": [
    retrying("[Errno -3] Temporary failure in name resolution") + missing,
    /cannot reach the package index/,
  ],
  "an index that never answers": [
    retrying('ReadTimeoutError("Read timed out. (read timeout=15)")') + missing,
    /cannot reach the package index/,
  ],
  "a company's proxy that signs for everybody": [
    retrying("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))") + missing,
    /certificate .* not trusted: set PIP_CERT/,
  ],
  "an index that wants credentials": [
    "ERROR: HTTP error 401 while getting x\nERROR: 401 Client Error: Unauthorized for url: https://index.example/simple/x/\n",
    /denied access \(HTTP 401\) to https:\/\/index.example\/simple\/x\//,
  ],
  "requirements that exclude each other": [
    "ERROR: Cannot install a and b because these package versions have conflicting dependencies.\nThe conflict is caused by:\n    a 1 depends on c==1\n    b 1 depends on c==2\n\nTo fix this you could try to:\n",
    /^the requirements conflict: a 1 depends on c==1; b 1 depends on c==2$/,
  ],
  "a package that must be compiled": ["  ERROR: Failed building wheel for greenlet\n", /^greenlet has no wheel/],
  "a full disk": [
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
    /^the disk is full/,
  ],
  "a name that uv does not find": [
    "error: No solution found when resolving dependencies\n  cause: Because windlass-no-such was not found in the package registry and you require windlass-no-such, we can conclude that your requirements are unsatisfiable.\n",
    /^the package index has no package windlass-no-such: check the name/,
  ],
  "a version that uv does not find": [
    "  cause: Because there is no version of ray==99.1 and you require ray==99.1, we can conclude that your requirements are unsatisfiable.\n",
    /^the package index has no ray==99.1: check the version/,
  ],
  "a version that pip does not find, with those that there are": [
    "ERROR: Could not find a version that satisfies the requirement six==99 (from versions: 1.15.0, 1.16.0, 1.17.0)\nERROR: No matching distribution found for six==99\n",
    /^no six==99 .*the newest versions are 1.15.0, 1.16.0, 1.17.0$/,
  ],
  "wheels for other Pythons only": [
    "  cause: Because tensorflow==2.5.0 has no wheels with a matching Python ABI tag (e.g., `cp311`) and you require tensorflow==2.5.0, we can conclude that your requirements are unsatisfiable.\n\nhint: You require CPython 3.11 (`cp311`), but we only found wheels for `tensorflow` (v2.5.0) with the following Python ABI tags: `cp36m`, `cp37m`\n",
    /^tensorflow==2.5.0 has no wheel for this Python, only for cp36m, cp37m: choose another version, or a Python/,
  ],
  "requirements of uv that exclude each other": [
    "  cause: Because you require six==1.16 and six<1.5, we can conclude that your requirements are unsatisfiable.\n",
    /^the requirements conflict: you require six==1.16 and six<1.5$/,
  ],
  "another hash, for uv": [
    "error: Failed to download `six==1.16.0`\n  cause: Hash mismatch for `six==1.16.0`\n",
    /^the hash of six==1.16.0 does not match the requirements/,
  ],
  "another hash, for pip": [
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated\n    six==1.16.0 from https://x/six.whl:\n        Expected sha256 00\n",
    /^the hash of six==1.16.0 does not match/,
  ],
  "no network, for uv": [
    "error: Request failed after 3 retries in 7.6s\n  cause: Failed to fetch: http://127.0.0.1:9/simple/numpy/\n  cause: error sending request for url (http://127.0.0.1:9/simple/numpy/)\n",
    /^cannot reach the package index/,
  ],
  "an index that wants credentials of uv": [
    "error: Failed to fetch: `https://i.example/simple/x/`\n  Caused by: HTTP status client error (401 Unauthorized) for url (https://i.example/simple/x/)\n",
    /^the package index denied access \(HTTP 401\) to https:\/\/i.example\/simple\/x\//,
  ],
  "a file that is not there": [
    "error: File not found: nofile.txt\n",
    /^the requirements refer to nofile.txt, which is not in/,
  ],
  "a compiler that is not there": [
    "error: command 'gcc' failed: No such file or directory\n",
    /must be compiled, but the compiler gcc is not installed/,
  ],
  "a disk that is full for uv": [
    "error: failed to write: No space left on device (os error 28)\n",
    /^the disk is full/,
  ],
  "a line that is no requirement, for uv": [
    "error: Couldn't parse requirement in `bad.txt` at position 0\n  cause: no such comparison operator\n         six=>2\n            ^^^\n",
    /^Invalid requirement in bad.txt: six=>2: no such comparison operator$/,
  ],
  "a line that is no requirement": ["ERROR: Invalid requirement: 'ray=>2'\n", /^Invalid requirement: 'ray=>2'$/],
};

test.each(Object.entries(cases))("%s", (_name, [output, words]) => {
  expect(explainInstaller(output)).toMatch(words);
});

test("anything else is left to pip's own words", () => {
  expect(explainInstaller("ERROR: something new\n")).toBeUndefined();
});
