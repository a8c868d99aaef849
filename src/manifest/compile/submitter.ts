/**
 * The submitter of an experiment's RayJob: `ray job submit` as the operator's own would run it, then the job's log.
 * `ray job logs --follow` ends three seconds after the job and gives up when a connection breaks; this one asks Ray
 * twice a second, comes back after a break and prints every character once. It needs nothing but Ray. Pure.
 */
import { containerNames } from "../../api/containers.ts";
import type { Container, PodTemplateSpec } from "../../api/core/pod.ts";
import type { WorkloadContext } from "./workload-context.ts";
import { toEntrypoint, toLegacyEntrypoint } from "./entrypoint.ts";
import { containerEnv } from "./env.ts";
import type { Manifest } from "../model/manifest.ts";
import { hostVolumes } from "./volumes.ts";

/** `JobSubmissionClient` is Ray's own; `tail_job_logs` is a prefix of `get_job_logs`, which has the rest at the end (a very long log is waited for instead). */
const follow = `import asyncio, os, signal, sys, time
from ray.job_submission import JobSubmissionClient

signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
address, job = "http://" + os.environ["RAY_DASHBOARD_ADDRESS"], os.environ["RAY_JOB_SUBMISSION_ID"]
client = JobSubmissionClient(address)
patience = 10
printed = 0

def show(text):
    global printed
    printed += len(text)
    print(text, end="", flush=True)

async def tail():
    seen = 0
    async for lines in client.tail_job_logs(job):
        fresh = lines[max(0, printed - seen):]
        seen += len(lines)
        show(fresh)

def start():
    task = asyncio.ensure_future(tail())
    # A stream that broke is asked for again: nobody needs to read why.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task

async def follow():
    ask = lambda: asyncio.get_running_loop().run_in_executor(None, client.get_job_info, job)
    tailing, lost = start(), None
    while True:
        try:
            info, lost = await ask(), None
            if info.status.is_terminal():
                return info, tailing
        except Exception as error:
            lost = lost or time.monotonic()
            if "does not exist" in str(error):
                sys.exit(f"the Ray head at {address} was started again and has lost job {job}")
            if time.monotonic() - lost > patience:
                sys.exit(f"the Ray head at {address} answers no more: {error}")
        await asyncio.sleep(0.5)
        if tailing.done():
            tailing = start()

async def main():
    info, tailing = await follow()
    if printed > 10_000_000:
        await asyncio.wait([tailing])
    else:
        tailing.cancel()
        show(client.get_job_logs(job)[printed:])
    return info

info = asyncio.run(main())
print(f"Job {job}: {info.status.value}" + ("" if info.status.value == "SUCCEEDED" else f", {info.message}"))
`;

const health = `import os, urllib.request as r
url = "http://" + os.environ["RAY_DASHBOARD_ADDRESS"] + "/api/gcs_healthz"
exit(b"success" not in r.urlopen(url, timeout=10).read())`;

/** The file of `ray job submit`: whether it joins words with shlex decides how they are quoted for it. */
const cli = `from importlib.util import find_spec
print(find_spec("ray").submodule_search_locations[0] + "/dashboard/modules/job/cli.py")`;

/** Sets the words that `ray job submit` gets. */
function words(command: string): string {
  const entrypoint = toEntrypoint(command);
  const legacy = toLegacyEntrypoint(command);
  if (entrypoint === legacy) return `set -- ${entrypoint}`;
  return `if grep -q shlex.join "$(python3 -c '${cli}')"; then set -- ${entrypoint}; else set -- ${legacy}; fi`;
}

/** For bash. */
function script(command: string): string {
  return [
    `until python3 -c '${health}' 2>/dev/null; do echo "waiting for the Ray dashboard at $RAY_DASHBOARD_ADDRESS"; sleep 1; done`,
    words(command),
    `ray job submit --address "http://$RAY_DASHBOARD_ADDRESS" --no-wait --submission-id "$RAY_JOB_SUBMISSION_ID" -- "$@" ||`,
    `  ray job status --address "http://$RAY_DASHBOARD_ADDRESS" "$RAY_JOB_SUBMISSION_ID"`,
    `exec python3 -c '${follow}'`,
  ].join("\n");
}

/** As the operator would make it, but small enough for a laptop. */
export function submitterTemplate(manifest: Manifest, context: WorkloadContext, command: string): PodTemplateSpec {
  const volumes = hostVolumes(context);
  const container: Container = {
    name: containerNames.submitter,
    image: context.image,
    terminationMessagePolicy: "FallbackToLogsOnError",
    command: ["/bin/bash", "-ce", "--"],
    // Kubernetes makes one dollar of two.
    args: [script(command).replaceAll("$", () => "$$")],
    env: containerEnv(manifest, context),
    ...(context.envFrom && { envFrom: context.envFrom }),
    resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { cpu: "1", memory: "1Gi" } },
    ...(volumes.length > 0 && { volumeMounts: volumes.map(({ mount }) => mount) }),
  };
  return {
    metadata: { labels: context.labels },
    spec: {
      containers: [container],
      restartPolicy: "Never",
      ...(volumes.length > 0 && { volumes: volumes.map(({ volume }) => volume) }),
    },
  };
}
