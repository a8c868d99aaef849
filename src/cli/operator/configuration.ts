/**
 * `--config FILE`: KubeRay's `Configuration` (config.ray.io/v1alpha1), of which what Ray pods get is read here. What is
 * a flag of this operator is refused with the flag's name, so that nothing is left out in silence. Pure.
 */
import { parse as parseYaml } from "yaml";
import { noPodDefaults, type PodDefaults } from "../../controllers/raycluster/options.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { operatorErrors } from "../errors/operator.ts";

type Fields = Readonly<Record<string, unknown>>;

const fields: Readonly<Record<string, keyof PodDefaults>> = {
  defaultContainerEnvs: "env",
  defaultPodLabels: "labels",
  defaultPodAnnotations: "annotations",
  headSidecarContainers: "headSidecars",
  workerSidecarContainers: "workerSidecars",
};

/** Settings of the peer that this operator takes elsewhere. */
const elsewhere: Readonly<Record<string, string>> = {
  metricsAddr: "--metrics-bind-address",
  probeAddr: "--health-probe-bind-address",
  enableLeaderElection: "--no-leader-elect",
  leaderElectionNamespace: "--leader-election-namespace",
  watchNamespace: "--namespace",
  deleteRayJobAfterJobFinishes: "the environment variable DELETE_RAYJOB_CR_AFTER_JOB_FINISHES",
};

const remedyOf = (name: string) =>
  elsewhere[name] ? `use ${elsewhere[name]}` : `use one of the fields ${Object.keys(fields).join(", ")}`;

const refused = operatorErrors.CONFIGURATION;

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isStringMap = (value: unknown) => isObject(value) && Object.values(value).every((v) => typeof v === "string");
const isNamedList = (value: unknown) =>
  Array.isArray(value) && value.every((item) => isObject(item) && typeof item["name"] === "string");

function read(text: string, file: string): Fields {
  let parsed: unknown;
  try {
    parsed = parseYaml(text);
  } catch (cause) {
    throw refused(`${file} is not YAML: ${(cause as Error).message}`, "fix the line named above").because(cause);
  }
  if (!isObject(parsed) || parsed["kind"] !== "Configuration" || parsed["apiVersion"] !== "config.ray.io/v1alpha1")
    throw refused(
      `${file} is not a Configuration`,
      "begin it with apiVersion: config.ray.io/v1alpha1 and kind: Configuration",
    );
  const { apiVersion: _, kind: __, ...settings } = parsed;
  return settings;
}

function check(name: string, value: unknown, file: string): void {
  const field = fields[name];
  if (!field) {
    const near = closest(name, Object.keys(fields));
    throw refused(`${file}: ${name} is not supported`, near ? `did you mean ${near}?` : remedyOf(name));
  }
  const isMap = field === "labels" || field === "annotations";
  if (isMap && !isStringMap(value)) throw refused(`${file}: ${name} must map strings to strings`, `quote its values`);
  if (!isMap && !isNamedList(value))
    throw refused(`${file}: ${name} must be a list of objects, each with a name`, `give each a name`);
}

/** Throws naming the file and the field that cannot be read, or that belongs elsewhere. */
export function parseConfiguration(text: string, file: string): PodDefaults {
  const given = Object.entries(read(text, file)).filter(([, value]) => value !== null);
  for (const [name, value] of given) check(name, value, file);
  const settings = given.map(([name, value]) => [fields[name] ?? "", value]);
  return { ...noPodDefaults, ...(Object.fromEntries(settings) as Partial<PodDefaults>) };
}
