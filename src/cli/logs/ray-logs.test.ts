import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chooseRayLog, filesBelow } from "./ray-logs.ts";

const logs = ["e-head-1/gcs_server.out", "e-head-1/raylet.out", "e-cpu-worker-2/raylet.out"].map((name) => ({
  name,
  file: `/logs/${name}`,
  size: 1,
}));

describe("which of Ray's logs is meant", () => {
  it.each([
    ["e-head-1/raylet.out", "e-head-1/raylet.out"],
    ["gcs", "e-head-1/gcs_server.out"],
    ["worker-2/raylet", "e-cpu-worker-2/raylet.out"],
  ])("by %s", (wanted, name) => expect(chooseRayLog(logs, wanted).name).toBe(name));
  it.each([
    ["nothing", "RAY_LOG_NOT_FOUND"],
    ["raylet.out", "RAY_LOG_AMBIGUOUS"],
  ])("is none or not clear by %s: %s", (wanted, code) => {
    expect(() => chooseRayLog(logs, wanted)).toThrow(expect.objectContaining({ code }));
  });
});

describe("Ray's logs in a folder", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "windlass-ray-"));
    mkdirSync(join(folder, "events"));
    for (const name of ["raylet.out", "events/event_GCS.log"]) writeFileSync(join(folder, name), name);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const names = (logs: ReturnType<typeof filesBelow>) =>
    logs.map(({ name, size }) => [name, size] as const).toSorted(([a], [b]) => a.localeCompare(b));

  it("are listed with their pod and size", () => {
    expect(names(filesBelow(folder, "head"))).toEqual([
      ["head/events/event_GCS.log", 20],
      ["head/raylet.out", 10],
    ]);
  });
  it("are left out when they go while they are listed", () => {
    const withoutRaylet = (file: string) => (file.endsWith("raylet.out") ? undefined : 20);
    expect(names(filesBelow(folder, "head", withoutRaylet))).toEqual([["head/events/event_GCS.log", 20]]);
  });
});
