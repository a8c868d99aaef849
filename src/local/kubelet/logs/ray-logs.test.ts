import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepRayLogs, rayLogsOf } from "./ray-logs.ts";

describe("Ray's own logs", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "windlass-ray-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const wrote = (session: string, path: string, text: string, seconds = 0) => {
    const file = join(root, "tmp/ray", session, "logs", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, seconds, seconds);
  };
  const keep = (limits?: Parameters<typeof keepRayLogs>[2]) =>
    keepRayLogs(join(root, "tmp"), join(root, "0.ray"), limits);
  const kept = (path: string) => {
    const file = join(root, "0.ray", path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };

  it("are kept beside the container's log", () => {
    expect(rayLogsOf("/logs/pod/main/3.log")).toBe("/logs/pod/main/3.ray");
  });
  it("are those of the last session, with the folders in it", async () => {
    wrote("session_2026-01-01_1", "raylet.out", "old");
    wrote("session_2026-01-02_1", "raylet.out", "new");
    wrote("session_2026-01-02_1", "events/event_GCS.log", "deep");
    await keep();
    expect([kept("raylet.out"), kept("events/event_GCS.log")]).toEqual(["new", "deep"]);
  });
  it("are cut at their beginning, and the oldest left out, when there is too much", async () => {
    wrote("session_2026-01-02_1", "long", "0123456789", 3);
    wrote("session_2026-01-02_1", "short", "abc", 2);
    wrote("session_2026-01-02_1", "old", "xyz", 1);
    await keep({ maxFileBytes: 4, maxBytes: 8 });
    expect([kept("long"), kept("short"), kept("old")]).toEqual(["6789", "abc", undefined]);
  });
  it("are none where no Ray ran", async () => {
    await keep();
    expect(existsSync(join(root, "0.ray"))).toBe(false);
  });
});
