/** `run … -- arguments` and `rerun`: the same experiment again, with what was asked to change. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Experiment } from "../../src/api/experiment/types.ts";
import { shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const manifest = shellManifest(`sh main.sh # the program`).replace("command: ", "# how it begins\n  command: ");
const project = () => windlass.project(manifest, { "main.sh": 'echo "args=$* A=$A B=$B first"\n' });

const latest = () => windlass.json<Experiment & { readonly pods: readonly Pod[] }>("get", "latest");

describe("arguments behind --", () => {
  test("reach the command, quoted, and are kept with the experiment", async () => {
    const folder = windlass.project(shellManifest("sh main.sh"), {
      "main.sh": 'for a in "$@"; do echo "<$a>"; done\n',
    });
    const { status, stdout } = await windlass.run("run", folder, "--", "--name", "it's mine", "$HOME");
    expect(status).toBe(0);
    expect(stdout).toContain("<--name>\n<it's mine>\n<$HOME>\n");
    expect((await latest()).spec.manifest).toContain("sh main.sh --name");
  });

  test("words before -- that nothing takes are refused", async () => {
    const { status, stderr } = await windlass.run("run", project(), "--detach", "lr=3");
    expect(status).toBe(2);
    expect(stderr).toContain('unexpected argument "lr=3"; put arguments for the program after --');
  });
});

describe("rerun", () => {
  test("runs the earlier snapshot with its variables and labels, not the folder as it is now", async () => {
    const folder = windlass.project(shellManifest("sh main.sh"), { "main.sh": 'echo "args=$* A=$A B=$B first"\n' });
    expect((await windlass.run("run", folder, "-e", "A=1", "-e", "B=1", "-m", "about it")).stdout).toContain(
      "A=1 B=1 first",
    );
    const earlier = await latest();
    writeFileSync(join(folder, "main.sh"), 'echo "args=$* A=$A B=$B second"\n');

    const again = await windlass.run("rerun", "latest", "-e", "B=2", "--", "--lr", "1e-3");
    expect(again.stdout).toContain("args=--lr 1e-3 A=1 B=2 first");
    expect(again.status).toBe(0);
    const second = await latest();
    expect(second.metadata.labels?.["windlass.dev/rerun-of"]).toBe(earlier.metadata.name);
    expect(second.spec.message).toBe("about it");
    expect((await windlass.run("get", "latest")).stdout).toContain(`rerun of:    ${earlier.metadata.name}`);

    expect((await windlass.run("rerun", "latest", "--fresh")).stdout).toContain("args=--lr 1e-3 A=1 B=2 second");
  });

  test("--set changes the manifest and keeps its comments", async () => {
    const folder = project();
    await windlass.run("run", folder);
    const changed = await windlass.run("rerun", "latest", "--set", "types.main.count=2", "--set", "timeout=1h");
    expect(changed.status).toBe(0);
    const { spec, pods } = await latest();
    expect(pods).toHaveLength(2);
    expect(spec.manifest).toContain("# how it begins");
    expect(spec.manifest).toContain("count: 2");
    expect(spec.manifest).toContain("timeout: 1h");
    expect(readFileSync(join(folder, "manifest.yaml"), "utf8")).toBe(manifest);
  });

  test.each([
    ["types.main.cuont=2", "did you mean count?"],
    ["types.main[0]=2", "--set types.main[0]=2: spec.types.main[0]: this is a map; name a field [BAD_SET]"],
    ["builder.dockerfile=Other", "[SET_NEEDS_BUILD]"],
  ])("--set %s is refused: %s", async (text, message) => {
    await windlass.run("run", project());
    const { status, stderr } = await windlass.run("rerun", "latest", "--set", text);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
  });
});
