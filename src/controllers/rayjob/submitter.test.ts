/** The submitter: its Job whole, its command word by word, and what bash and Ray make of quoted texts. */
import { describe, expect, it } from "vitest";
import { makeClusterSpec, makeJob } from "../../api/ray/samples.test-support.ts";
import type { RayJobSpec } from "../../api/ray/types.ts";
import { dashboardURL, options } from "./model.test-support.ts";
import { goQuote, parseEntrypointResources, parseRuntimeEnv, submitCommand } from "./submit-command.ts";
import { desiredSubmitter } from "./submitter.ts";

const address = `http://${dashboardURL}`;
const wait = (health: string, shown = health) =>
  `until python -c "import urllib.request; r=urllib.request.urlopen('${health}/api/gcs_healthz', timeout=10); exit(0 if b'success' in r.read() else 1)" >/dev/null 2>&1 ; do echo "Waiting for Ray Dashboard GCS to become healthy at ${shown} ..." ; sleep 2 ; done ;`;
const command = (flags = "", entrypoint = "python main.py") =>
  [
    wait(address),
    `if ! ray job status --address ${address} id >/dev/null 2>&1 ; then`,
    `ray job submit --address ${address} --no-wait ${flags}--submission-id id -- ${entrypoint} ;`,
    `fi ; ray job logs --address ${address} --follow id`,
  ].join(" ");

describe("the command", () => {
  const rows: readonly (readonly [what: string, spec: Partial<RayJobSpec>, expected: string])[] = [
    ["waits, submits once, and follows the log", {}, command()],
    [
      "trims the entrypoint, and keeps its lines",
      { entrypoint: "\n python a.py\npython b.py \n" },
      command("", "python a.py\npython b.py"),
    ],
    [
      "carries the environment as JSON with sorted keys",
      { runtimeEnvYAML: "pip: [b, a]\nenv_vars: {Z: '1', A: on}" },
      command(String.raw`--runtime-env-json "{\"env_vars\":{\"A\":true,\"Z\":\"1\"},\"pip\":[\"b\",\"a\"]}" `),
    ],
    [
      "carries metadata",
      { metadata: { b: "2", a: "1" } },
      command(String.raw`--metadata-json "{\"a\":\"1\",\"b\":\"2\"}" `),
    ],
  ];
  it.each(rows)("%s", (_, spec, expected) => {
    expect(submitCommand(makeJob(spec), { jobId: "id", dashboardUrl: dashboardURL })).toBe(expected);
  });

  it("carries what the driver asks of Ray after the id", () => {
    const spec = { entrypointNumCpus: 0.5, entrypointNumGpus: 1, entrypointResources: '{"a": 1}' };
    const flags = String.raw`--submission-id id --entrypoint-num-cpus 0.500000 --entrypoint-num-gpus 1.000000 --entrypoint-resources "{\"a\": 1}" --`;
    expect(submitCommand(makeJob(spec), { jobId: "id", dashboardUrl: dashboardURL })).toContain(flags);
  });

  it("of a sidecar submits and stays", () => {
    const job = makeJob({ submissionMode: "SidecarMode" });
    expect(submitCommand(job, { jobId: "id", dashboardUrl: "127.0.0.1:8265" })).toBe(
      [
        wait("http://localhost:8265", "http://127.0.0.1:8265"),
        "ray job submit --address http://127.0.0.1:8265 --submission-id id -- python main.py ;",
      ].join(" "),
    );
  });
});

describe("the Job", () => {
  const make = (spec: Partial<RayJobSpec> = {}, clusterSpec = makeClusterSpec()) =>
    desiredSubmitter({
      job: makeJob(spec),
      options,
      jobId: "id",
      clusterName: "c",
      clusterSpec,
      dashboardUrl: dashboardURL,
    });
  const labels = {
    "ray.io/originated-from-cr-name": "sample",
    "ray.io/originated-from-crd": "RayJob",
    "app.kubernetes.io/created-by": "kuberay-operator",
  };
  const env = [
    { name: "PYTHONUNBUFFERED", value: "1" },
    { name: "RAY_DASHBOARD_ADDRESS", value: dashboardURL },
    { name: "RAY_JOB_SUBMISSION_ID", value: "id" },
  ];

  it("runs the head's image", () => {
    expect(make()).toEqual({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name: "sample",
        namespace: "default",
        labels,
        ownerReferences: [
          {
            apiVersion: "ray.io/v1",
            kind: "RayJob",
            name: "sample",
            uid: "job-uid",
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        backoffLimit: 2,
        template: {
          metadata: { labels },
          spec: {
            containers: [
              {
                name: "ray-job-submitter",
                image: "rayproject/ray:2.52.0",
                resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m", memory: "200Mi" } },
                command: ["/bin/bash", "-ce", "--"],
                args: [command()],
                env,
              },
            ],
            restartPolicy: "Never",
          },
        },
      },
    });
  });

  it("takes the user's pod, whose first container submits", () => {
    const containers = [
      { name: "mine", image: "own", args: ["lost"], env: [{ name: "A", value: "1" }] },
      { name: "other" },
    ];
    const template = { metadata: { labels: { team: "a" } }, spec: { containers, restartPolicy: "OnFailure" as const } };
    const { spec } = make({ submitterPodTemplate: template, submitterConfig: { backoffLimit: 7 } });
    expect(spec.backoffLimit).toBe(7);
    expect(spec.template).toEqual({
      metadata: { labels: { team: "a", ...labels } },
      spec: {
        restartPolicy: "OnFailure",
        containers: [
          {
            name: "mine",
            image: "own",
            command: ["/bin/bash", "-ce", "--"],
            args: [command()],
            env: [{ name: "A", value: "1" }, ...env],
          },
          { name: "other" },
        ],
      },
    });
  });

  it("leaves a command of the user's alone", () => {
    const template = { spec: { containers: [{ name: "mine", command: ["/submitter"], args: ["--", "x"] }] } };
    const [container] = make({ submitterPodTemplate: template }).spec.template.spec.containers;
    expect(container).toMatchObject({ command: ["/submitter"], args: ["--", "x"], env });
  });

  it("knows the token of a cluster that asks for one", () => {
    const [container] = make({}, makeClusterSpec({ authOptions: { mode: "token" } })).spec.template.spec.containers;
    expect(container?.env?.slice(3)).toEqual([
      { name: "RAY_AUTH_MODE", value: "token" },
      { name: "RAY_AUTH_TOKEN", valueFrom: { secretKeyRef: { name: "c", key: "auth_token" } } },
    ]);
  });
});

it.each([
  ["quotes and backslashes", 'a"b\\c', String.raw`"a\"b\\c"`],
  ["control characters", "\u0007\b\f\n\r\t\v\u0001\u007f", String.raw`"\a\b\f\n\r\t\v\x01\x7f"`],
  ["letters of any alphabet and symbols", "é 中 🚀 $`", '"é 中 🚀 $`"'],
  ["spaces that are not plain, and what has no shape", "\u00a0\u200b\u{e0001}", String.raw`"\u00a0\u200b\U000e0001"`],
])("quotes as Go does: %s", (_, text, expected) => {
  expect(goQuote(text)).toBe(expected);
});

describe("texts of the spec", () => {
  it.each([
    ["nothing", undefined, undefined],
    ["an empty text", " ", undefined],
    ["nothing but a comment", "# none yet", undefined],
    ["booleans of YAML 1.1", "a: yes\nb: off\nc: 010", { a: true, b: false, c: 8 }],
    [
      "dates and times, which stay as they are written",
      "a: 2024-01-01\nb: 2024-01-01T10:00:00Z\nc: 22:30\nd: 1:30.5",
      { a: "2024-01-01", b: "2024-01-01T10:00:00Z", c: "22:30", d: "1:30.5" },
    ],
  ])("runtimeEnvYAML: %s", (_, yaml, expected) => {
    expect(parseRuntimeEnv(yaml)).toEqual(expected);
  });

  it.each([["[a]"], ["text"], ["a: ["]])("runtimeEnvYAML is no map: %s", (yaml) => {
    expect(() => parseRuntimeEnv(yaml)).toThrow();
  });

  it.each([["[1]"], ["3"], ['{"a":"1"}'], ["{"]])("entrypointResources are no amounts: %s", (json) => {
    expect(() => parseEntrypointResources(json)).toThrow();
  });
});
