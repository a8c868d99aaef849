import { describe, expect, it } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import { compile } from "./compile.ts";

const manifest = (more = "", operator = "pytorch") => `kind: AIchorManifest
apiVersion: "0.2.3"
builder: { image: demo, registry: reg.io/team, dockerfile: ./Dockerfile, context: src, buildArgs: { USE_CUDA: true } }
spec:
  operator: ${operator}
  image: demo
  command: "python3 main.py"
${more}  types: { worker: { count: 2, resources: { cpus: 1, ramRatio: 2 } } }
`;
const id = "6f4a850d-2281-4000-8000-000000000000";
const name = "experiment-6f4a850d-2281";
const experiment = (spec: Partial<Experiment["spec"]> = {}, as = name): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: as, namespace: "team", uid: "u" },
  spec: { manifest: manifest(), id, ...spec },
});

describe("compile", () => {
  it("makes the workload under the experiment's name, marked and with the platform's variables everywhere", () => {
    const labels = { "windlass.dev/experiment": name, "windlass.dev/experiment-id": id };
    expect(compile(experiment(), { projectId: "p" }, undefined)).toMatchObject({
      operator: "pytorch",
      image: "reg.io/team/demo",
      builder: { dockerfile: "./Dockerfile", context: "src", buildArgs: { USE_CUDA: "true" } },
      objects: [],
      workload: {
        kind: "JobSet",
        metadata: { name, namespace: "team", labels },
        spec: {
          replicatedJobs: [
            {
              template: {
                spec: {
                  template: {
                    metadata: { labels },
                    spec: {
                      containers: [{ env: expect.arrayContaining([{ name: "AICHOR_PROJECT_ID", value: "p" }]) }],
                    },
                  },
                },
              },
            },
          ],
        },
      },
    });
  });

  it.each([
    ["what was built", { image: "own" }, "built", "built"],
    ["the experiment's own", { image: "own" }, undefined, "own"],
    ["the manifest's", {}, undefined, "reg.io/team/demo"],
    [
      "a name to build under",
      {
        sourceDirectory: "/src",
        manifest: manifest()
          .replace(/^builder.*\n/m, "")
          .replace("  image: demo\n", ""),
      },
      undefined,
      "experiment",
    ],
  ])("runs %s", (_, spec, built, image) => {
    expect(compile(experiment(spec), {}, built)).toMatchObject({ image });
  });

  it("brings the shared volume's claim", () => {
    const shared = manifest("  storage: { sharedVolume: { mountPoint: /mnt/shared, sizeGB: 1 } }\n");
    expect(compile(experiment({ manifest: shared }), {}, undefined)).toMatchObject({
      objects: [{ kind: { resource: "persistentvolumeclaims" }, object: { metadata: { name: `${name}-shared` } } }],
    });
  });

  it.each([
    [
      "an invalid manifest",
      experiment({ manifest: manifest("  comand: x\n") }),
      "line 8, column 3: spec.comand is not a field of the manifest [MANIFEST_UNKNOWN_KEY] (did you mean command?)",
    ],
    [
      "no image",
      experiment({
        manifest: manifest()
          .replace(/^builder.*\n/m, "")
          .replace("  image: demo\n", ""),
      }),
      "spec.image is missing, and there is no source to build an image from",
    ],
  ])("refuses %s", (_, root, problem) => {
    expect(compile(root, {}, undefined)).toEqual({ problems: [problem] });
  });

  it("refuses a name that leaves no room for pods", () => {
    expect(compile(experiment({}, `e${"x".repeat(60)}`), {}, undefined)).toMatchObject({
      problems: [expect.stringContaining("name")],
    });
  });
});
