/** The GPUs that the driver's own program lists are what the local node offers. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Windlass } from "./windlass.ts";

const programs = mkdtempSync(join(tmpdir(), "windlass-gpus-"));
const listed = [
  "GPU 0: NVIDIA A100 (UUID: GPU-1)",
  "  MIG 1g.5gb Device 0: (UUID: MIG-1)",
  "GPU 1: NVIDIA A100 (UUID: GPU-2)",
];
writeFileSync(join(programs, "nvidia-smi"), `#!/bin/sh\ncat <<'LIST'\n${listed.join("\n")}\nLIST\n`);
chmodSync(join(programs, "nvidia-smi"), 0o755);

const windlass = new Windlass({ PATH: `${programs}:${process.env["PATH"] ?? ""}` });
afterAll(async () => {
  await windlass.stop();
  rmSync(programs, { recursive: true, force: true });
});

interface Status {
  readonly allocatable: Readonly<Record<string, string>>;
}

test("the node offers the GPUs that nvidia-smi lists, or as many as it is told to", async () => {
  const gpus = async () => (await windlass.json<Status>("status")).allocatable["nvidia.com/gpu"];
  expect((await windlass.run("up")).status).toBe(0);
  expect(await gpus()).toBe("2");
  expect((await windlass.run("down")).status).toBe(0);
  expect((await windlass.run("up", "--gpus", "5")).status).toBe(0);
  expect(await gpus()).toBe("5");
});
