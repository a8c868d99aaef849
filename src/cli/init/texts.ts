/** The files that `windlass init` writes. Pure. */
import { stringify } from "yaml";
import type { Choice } from "./choose.ts";

function typesOf({ operator, workers, cpus, memory, gpus }: Choice): unknown {
  const accelerators = gpus > 0 ? { accelerators: { gpu: { count: gpus } } } : {};
  const resources = { cpus, memory, ...accelerators };
  if (operator !== "kuberay") return { worker: { count: workers, resources } };
  return { Head: { resources: { cpus, memory } }, Workers: [{ name: "worker", count: workers, resources }] };
}

/** `schema`: path of the schema for editors, from the manifest's folder. */
export function manifestText(choice: Choice, command: string, schema: string): string {
  const { name, operator, rayVersion, hasDockerfile } = choice;
  const builder = { image: name, ...(hasDockerfile && { dockerfile: "./Dockerfile" }), context: "." };
  const spec = {
    operator,
    image: name,
    command,
    ...(operator === "kuberay" && { rayVersion }),
    types: typesOf(choice),
  };
  const body = { kind: "AIchorManifest", apiVersion: "0.2.3", builder, spec };
  return `# yaml-language-server: $schema=${schema}\n# Written by \`windlass init\`. \`windlass plan\` shows what it creates, \`windlass run\` runs it.\n${stringify(body, { lineWidth: 0 })}`;
}

const rayProgram = `"""Sums on every worker of the cluster, and says where."""
import socket

import ray

ray.init()


@ray.remote(num_cpus=0.1)
def add(numbers):
    return socket.gethostname(), sum(numbers)


for host, total in ray.get([add.remote(range(n)) for n in (10, 100, 1000)]):
    print(f"{host}: {total}")
`;

const plainProgram = `"""Runs once in each pod: says which one it is, and leaves a file among the outputs."""
import os
import pathlib

index = os.environ.get("RANK") or os.environ.get("JAXOPERATOR_PROCESS_ID") or os.environ.get("JOB_INDEX", "0")
print(f"hello from pod {index}")
outputs = os.environ.get("AICHOR_OUTPUT_PATH", ".")
if "://" not in outputs:  # a bucket needs a client, for example boto3
    pathlib.Path(outputs, f"hello-{index}.txt").write_text(f"hello from pod {index}\\n")
`;

/** The example for an empty folder: file → text. */
export function exampleFiles({ operator, rayVersion }: Choice): Readonly<Record<string, string>> {
  const isRay = operator === "kuberay";
  return {
    "main.py": isRay ? rayProgram : plainProgram,
    "requirements.txt": isRay ? `ray[default]==${rayVersion}\n` : "# One package per line, for example numpy==2.2.0\n",
  };
}
