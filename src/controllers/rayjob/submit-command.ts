/** The submitter's command: waits for the dashboard, submits the job, follows its log. Byte for byte KubeRay's. Pure. */
import { parse as parseYaml, type Tags } from "yaml";
import type { RayJob } from "../../api/ray/types.ts";
import { sortedJson } from "../../machinery/sorted-json.ts";

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
/** Neither letters, marks, numbers, punctuation nor symbols; of the spaces only the plain one is printed. */
const unprintable = /[\p{C}\p{Z}]/u;

function quoteCharacter(char: string): string {
  const known = escapes[char];
  if (known) return known;
  if (char === " " || !unprintable.test(char)) return char;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code >= 0xd800 && code < 0xe000) return "\\ufffd";
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** Go's strconv.Quote: double quotes, with escapes. */
export function goQuote(text: string): string {
  return `"${Array.from(text, quoteCharacter).join("")}"`;
}

/** What YAML 1.1 reads as dates and as numbers to the base of 60; Kubernetes' reader leaves it text. */
const isTime = (tag: Tags[number]) =>
  typeof tag === "object" && (tag.tag === "tag:yaml.org,2002:timestamp" || ("format" in tag && tag.format === "TIME"));

/** Runtime environments are read as Kubernetes reads YAML: version 1.1, where `yes` is a boolean, but without times. */
export function parseRuntimeEnv(yaml: string | undefined): unknown {
  const customTags = (tags: Tags) => tags.filter((tag) => !isTime(tag));
  const parsed: unknown = parseYaml(yaml ?? "", { version: "1.1", customTags }) ?? undefined;
  if (parsed === undefined) return undefined;
  if (typeof parsed !== "object" || Array.isArray(parsed)) throw new Error("runtimeEnvYAML is not a map");
  return parsed;
}

/** What a job's driver asks of Ray: names and amounts. Throws when the text is no JSON object of numbers. */
export function parseEntrypointResources(json: string | undefined): Readonly<Record<string, number>> | undefined {
  if (!json?.trim()) return undefined;
  const parsed: unknown = JSON.parse(json);
  const isMap = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  if (!isMap || Object.values(parsed).some((amount) => typeof amount !== "number"))
    throw new Error("not a JSON object of numbers");
  return parsed as Readonly<Record<string, number>>;
}

function submitFlags({ spec }: RayJob, jobId: string): readonly string[] {
  const runtimeEnv = parseRuntimeEnv(spec.runtimeEnvYAML);
  const flags: string[] = [];
  if (runtimeEnv !== undefined) flags.push("--runtime-env-json", goQuote(sortedJson(runtimeEnv)));
  if (spec.metadata && Object.keys(spec.metadata).length > 0)
    flags.push("--metadata-json", goQuote(sortedJson(spec.metadata)));
  if (jobId) flags.push("--submission-id", jobId);
  if ((spec.entrypointNumCpus ?? 0) > 0) flags.push("--entrypoint-num-cpus", (spec.entrypointNumCpus ?? 0).toFixed(6));
  if ((spec.entrypointNumGpus ?? 0) > 0) flags.push("--entrypoint-num-gpus", (spec.entrypointNumGpus ?? 0).toFixed(6));
  if (spec.entrypointResources) flags.push("--entrypoint-resources", goQuote(spec.entrypointResources));
  return flags;
}

/** The script of the submitter, one line: wait for the dashboard, submit unless submitted, follow the log. */
export function submitCommand(
  job: RayJob,
  { jobId, dashboardUrl }: { readonly jobId: string; readonly dashboardUrl: string },
): string {
  const sidecar = job.spec.submissionMode === "SidecarMode";
  const address = `http://${dashboardUrl}`;
  const health = sidecar ? address.replace("127.0.0.1", "localhost") : address;
  const probe = `python -c "import urllib.request; r=urllib.request.urlopen('${health}/api/gcs_healthz', timeout=10); exit(0 if b'success' in r.read() else 1)"`;
  const wait = `until ${probe} >/dev/null 2>&1 ; do echo "Waiting for Ray Dashboard GCS to become healthy at ${address} ..." ; sleep 2 ; done ;`;
  const submit = [
    "ray job submit --address",
    address,
    ...(sidecar ? [] : ["--no-wait"]),
    ...submitFlags(job, jobId),
    "--",
    (job.spec.entrypoint ?? "").trim(),
    ";",
  ];
  if (sidecar) return [wait, ...submit].join(" ");
  const check = `if ! ray job status --address ${address} ${jobId} >/dev/null 2>&1 ; then`;
  return [wait, check, ...submit, "fi ;", `ray job logs --address ${address} --follow ${jobId}`].join(" ");
}
