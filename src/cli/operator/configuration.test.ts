import { expect, it } from "vitest";
import { noPodDefaults } from "../../controllers/raycluster/options.ts";
import { UserError } from "../errors/user-error.ts";
import { parseConfiguration } from "./configuration.ts";

const head = "apiVersion: config.ray.io/v1alpha1\nkind: Configuration\n";
const parse = (text: string) => parseConfiguration(text, "ray.yaml");

it.each([
  ["nothing but its kind", head, {}],
  ["fields left empty", `${head}defaultPodLabels:\n`, {}],
  [
    "all that pods get",
    `${head}
defaultContainerEnvs: [{name: A, value: "1"}]
defaultPodLabels: {team: a}
defaultPodAnnotations: {note: b}
headSidecarContainers: [{name: for-heads, image: h}]
workerSidecarContainers: [{name: for-workers, image: w}]
`,
    {
      env: [{ name: "A", value: "1" }],
      labels: { team: "a" },
      annotations: { note: "b" },
      headSidecars: [{ name: "for-heads", image: "h" }],
      workerSidecars: [{ name: "for-workers", image: "w" }],
    },
  ],
])("%s", (_, text, expected) => {
  expect(parse(text)).toEqual({ ...noPodDefaults, ...expected });
});

it.each([
  ["what is no YAML", "a: [", /^ray\.yaml is not YAML: /, /fix the line/],
  ["another kind", "apiVersion: v1\nkind: ConfigMap\n", /^ray\.yaml is not a Configuration$/, /config\.ray\.io/],
  ["what is a flag here", `${head}metricsAddr: ":9090"\n`, /metricsAddr is not supported/, /--metrics-bind-address/],
  ["a misspelt field", `${head}defaultPodLabel: {a: b}\n`, /is not supported/, /did you mean defaultPodLabels\?/],
  ["a field of nobody", `${head}batchScheduler: volcano\n`, /batchScheduler is not supported/, /one of the fields /],
  ["labels that are no strings", `${head}defaultPodLabels: {a: 1}\n`, /defaultPodLabels must map/, /quote/],
  ["variables without a name", `${head}defaultContainerEnvs: [{value: a}]\n`, /objects, each with a name/, /name/],
])("refuses %s", (_, text, message, remedy) => {
  let error: unknown;
  try {
    parse(text);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(UserError);
  const { message: said, remedy: way, code, exitStatus } = error as UserError;
  expect([code, exitStatus]).toEqual(["CONFIGURATION", 2]);
  expect(said).toMatch(message);
  expect(way).toMatch(remedy);
});
