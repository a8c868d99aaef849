/** The script in which a worker waits for the head, run by bash with a Ray that answers what the test wants. */
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { waitForGcs } from "./init-container.ts";

const container = { name: "ray-worker", image: "ray" };
/** Nothing listens on port 1. */
const { args: [script = ""] = [] } = waitForGcs({ container, fqdn: "127.0.0.1", port: "1", shell: [], auth: [] });

/** As after `seconds` of waiting. */
function run(seconds: number, ray: string): string {
  const text = `ray() { ${ray}; }\nsleep() { echo "slept $1"; exit 9; }\n${script.replace("SECONDS=0", `SECONDS=${seconds}`)}`;
  try {
    return execFileSync("bash", ["-c", text], { encoding: "utf8", timeout: 20_000 });
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

test("at first it is silent about Ray, and looks again after a second", () => {
  expect(run(7, "echo asked")).toBe("7 seconds elapsed: Waiting for GCS to be ready.\nslept 1\n");
});

test("once patience is over Ray's own words are shown", () => {
  const said = run(121, "echo connection refused; return 1");
  expect(said).toMatch(/^connection refused\n121 seconds elapsed: Still waiting for GCS to be ready\..*\nslept 5\n$/);
});

test("once patience is over Ray's word alone is enough, where bash cannot look at ports", () => {
  expect(run(121, "return 0")).toBe("GCS is ready. Any error messages above can be safely ignored.\n");
});
