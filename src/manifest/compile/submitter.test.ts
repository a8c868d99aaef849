import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseManifest, toRayJob } from "../index.ts";

/** Ray's SDK as far as the script uses it: a job of three lines whose log breaks off once, and a status per question. */
const sdk = `import asyncio, enum, os

class Status(enum.Enum):
    RUNNING, SUCCEEDED, FAILED = "RUNNING", "SUCCEEDED", "FAILED"
    def is_terminal(self):
        return self is not Status.RUNNING

class Info:
    def __init__(self, status, message):
        self.status, self.message = status, message

log = "one\\ntwo\\nthree\\n"

class JobSubmissionClient:
    asked = tails = 0
    def __init__(self, address):
        pass
    async def tail_job_logs(self, job):
        self.tails += 1
        yield log[:6]
        if self.tails == 1:
            raise RuntimeError("the connection broke")
        yield log[6:10]
        await asyncio.sleep(60)
    def get_job_info(self, job):
        self.asked += 1
        if os.environ.get("LOST"):
            raise RuntimeError(f"Job '{job}' does not exist")
        if self.asked == 2:
            raise RuntimeError("a hiccup")
        end = os.environ.get("END", "SUCCEEDED")
        return Info(Status.RUNNING if self.asked < 4 else Status(end), "exit code 3")
    def get_job_logs(self, job):
        return log
`;

const dashboard = `import io, os, urllib.request
def urlopen(url, timeout):
    flag = os.path.join(os.environ["PYTHONPATH"], "asked")
    if "REFUSE" in os.environ and not os.path.exists(flag):
        open(flag, "w").close()
        raise OSError("refused")
    return io.BytesIO(b"success" if url == "http://head:8265/api/gcs_healthz" else b"wrong address")
urllib.request.urlopen = urlopen
`;

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const { manifest } = parseManifest(
  `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: kuberay
  command: python3 main.py
  types:
    Head: { resources: { cpus: 1, ramRatio: 1 } }
    Workers: []
`,
  { file: "m.yaml" },
);

const asKubernetesDoes = (text: string) => text.replaceAll("$$", () => "$");

/** Runs the submitter's container as a process, with this program as `ray`. */
function submit(env: Readonly<Record<string, string>> = {}, ray = `echo "ray $*"`) {
  if (!manifest) throw new Error("the manifest is wrong");
  const { spec } = toRayJob(manifest, { name: "e", image: "demo", labels: {}, env: {} });
  const [container] = spec.submitterPodTemplate?.spec.containers ?? [];
  const [shell = "", ...flags] = container?.command ?? [];
  const folder = mkdtempSync(join(tmpdir(), "submitter-"));
  folders.push(folder);
  mkdirSync(join(folder, "ray"));
  writeFileSync(join(folder, "ray", "__init__.py"), "");
  writeFileSync(join(folder, "ray", "job_submission.py"), sdk);
  writeFileSync(join(folder, "sitecustomize.py"), dashboard);
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "ray"), `#!/bin/sh\n${ray}\n`, { mode: 0o755 });
  const path = `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`;
  const job = { RAY_DASHBOARD_ADDRESS: "head:8265", RAY_JOB_SUBMISSION_ID: "job-1" };
  const { status, stdout, stderr } = spawnSync(shell, [...flags, ...(container?.args ?? []).map(asKubernetesDoes)], {
    encoding: "utf8",
    env: { PATH: path, PYTHONPATH: folder, ...job, ...env },
  });
  return { status, lines: stdout.trimEnd().split("\n"), stderr };
}

const submitted = "ray job submit --address http://head:8265 --no-wait --submission-id job-1 -- python3 main.py";
const waited = "waiting for the Ray dashboard at head:8265";

describe("the submitter's script", () => {
  it("waits for the dashboard, submits, prints each line of the log once over breaks, and tells how the job ended", () => {
    const { status, lines } = submit({ REFUSE: "1" });
    expect(lines).toEqual([waited, submitted, "one", "two", "three", "Job job-1: SUCCEEDED"]);
    expect(status).toBe(0);
  });

  it("tells Ray's message of a failed job, and ends well itself: the job's outcome is Ray's word", () => {
    const { status, lines } = submit({ END: "FAILED" });
    expect([status, lines.at(-1)]).toEqual([0, "Job job-1: FAILED, exit code 3"]);
  });

  it("follows a job that was submitted before it", () => {
    const { status, lines } = submit({}, `case "$2" in submit) exit 1;; *) echo "ray $*";; esac`);
    expect(lines).toEqual([
      "ray job status --address http://head:8265 job-1",
      "one",
      "two",
      "three",
      "Job job-1: SUCCEEDED",
    ]);
    expect(status).toBe(0);
  });

  it("fails when the job could not be submitted", () => {
    expect(submit({}, "exit 4")).toMatchObject({ status: 4, lines: [""] });
  });

  it("fails when Ray lost the job", () => {
    const { status, stderr } = submit({ LOST: "1" });
    expect(status).toBe(1);
    expect(stderr).toContain("was started again and has lost job job-1");
  });
});
