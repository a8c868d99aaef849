import { describe, expect, it } from "vitest";
import { command } from "../runtime/processes.ts";
import { ScriptQueue } from "./script-queue.ts";

describe("a queue of scripts", () => {
  it("runs together what comes while two shells run, four at most", async () => {
    const shells: string[] = [];
    const queue = new ScriptQueue(async (script) => {
      shells.push(script);
      return command("sh", "-c", script);
    });
    await Promise.all(Array.from({ length: 7 }, () => queue.run("true")));
    await queue.run("true");
    expect(shells.map((script) => script.split("said=").length - 1)).toEqual([1, 1, 4, 1, 1]);
  });

  it("fails for the one script that fails, with what it said", async () => {
    const queue = new ScriptQueue((script) => command("sh", "-c", script));
    const scripts = ["true", "true", "true", "cat <<'END' >&2 && false\nnot *\nallowed\nEND", "true"];
    const ends = await Promise.allSettled(scripts.map((script) => queue.run(script)));
    expect(ends.map((end) => (end.status === "rejected" ? (end.reason as Error).message : "done"))).toEqual([
      "done",
      "done",
      "done",
      "not *\nallowed",
      "done",
    ]);
  });

  it("fails for all when the shell cannot run, and goes on afterwards", async () => {
    let works = false;
    const queue = new ScriptQueue(async () => {
      if (works) return "";
      throw new Error("no shell");
    });
    await expect(queue.run("true")).rejects.toThrow("no shell");
    works = true;
    await queue.run("true");
  });
});
