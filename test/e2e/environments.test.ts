/** Environments as people have them: files that include each other, projects, locks, the Python that is asked for. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { rayManifest, shellManifest, Windlass } from "./windlass.ts";

const project = (more = "") => `[build-system]
requires = ["setuptools>=64"]
build-backend = "setuptools.build_meta"
[project]
name = "mypkg"
version = "1.0"
dependencies = ["six"]
[project.scripts]
train = "mypkg.cli:main"
${more}`;

const code = (word: string) =>
  `import cowsay, six\ndef main():\n    print("${word}", cowsay.__version__, six.__version__)\n`;

describe("environments", () => {
  const windlass = new Windlass();
  const cache = join(windlass.env["XDG_CACHE_HOME"] ?? "", "windlass");
  const made = () => readdirSync(join(cache, "environments")).filter((name) => !name.endsWith(".lock")).length;
  afterAll(() => windlass.stop());

  test("requirement files that include each other, with a project, limits, markers and hashes", async () => {
    const folder = windlass.project(shellManifest("train && cd / && python -c 'import mypkg; print(mypkg.__file__)'"), {
      "pyproject.toml": project(),
      "src/mypkg/__init__.py": "",
      "src/mypkg/cli.py": code("first"),
      "requirements.txt": "-r reqs/base.txt  # ours\n-e .\nwindlass-no-such ; python_version < '3'\n",
      "reqs/base.txt": "-c ../limits.txt\ncowsay >= 5\n",
      "limits.txt": "cowsay < 6\nsix == 1.16.0\n",
    });
    const first = await windlass.run("run", folder);
    expect(first.output).toMatch(/first 5\.\d+.* 1\.16\.0/);
    expect(first.output).toMatch(/\/windlass\/app\/src\/mypkg\/__init__\.py/);
    const before = made();
    writeFileSync(join(folder, "src", "mypkg", "cli.py"), code("second"));
    expect((await windlass.run("run", folder)).output).toMatch(/second 5\./);
    expect(made()).toBe(before);
  });

  test("hashes are checked", async () => {
    const folder = windlass.project(shellManifest("true"), {
      "requirements.txt": `six==1.16.0 \\\n  --hash=sha256:${"0".repeat(64)}\n`,
    });
    const { status, output } = await windlass.run("run", folder);
    expect(status).toBe(1);
    expect(output).toMatch(/▸ Building\n(.*\n)* {2}creating a Python .*\n {2}\$ pip install -r requirements\.txt\n/);
    expect(output).toMatch(/BuildFailed: the hash of six==1\.16\.0 does not match the requirements/);
    expect(output.match(/does not match the requirements/g)).toHaveLength(1);
    const log = await windlass.run("logs", "latest");
    expect(log.status).toBe(0);
    expect(log.stdout).toMatch(/^\$ pip install -r requirements\.txt$/m);
    expect(log.stdout).toMatch(/sha256:0{64}/);
    expect((await windlass.run("logs", "latest", "--build", "--tail", "1")).stdout.trim().split("\n")).toHaveLength(1);
  });

  test("Ray without what its dashboard needs is refused after the build, with the line to add", async () => {
    const folder = windlass.project(rayManifest("demo"), { "requirements.txt": "ray==2.60.0\n", "main.py": "" });
    const { status, output } = await windlass.run("run", folder);
    expect(status).toBe(1);
    expect(output).toMatch(
      /BuildFailed: commands are submitted through Ray's dashboard, .* has Ray 2\.60\.0 without .*aiohttp/,
    );
    expect(output).toContain("add `ray[default]==2.60.0` to the source's requirements.txt");
  });

  test("an image that there is not ends the run", async () => {
    const folder = windlass.project(rayManifest("demo"), { "main.py": "" });
    const { status, output } = await windlass.run("run", "--image", "rayproject/ray:0.0.1", folder);
    expect(status).toBe(1);
    expect(output).toMatch(/Failed.*: ImageNotFound: pod .*: the package index has no ray\[default\]==0\.0\.1/);
  });

  test("TensorBoard that the environment lacks comes from one of its own", async () => {
    const manifest = shellManifest(
      "command -v tensorboard && python -c 'import tensorboard' 2>&1 | tail -1",
      "  tensorboard: { enabled: true }\n",
    );
    const { status, output } = await windlass.run("run", windlass.project(manifest, { "requirements.txt": "six\n" }));
    expect(output).toMatch(/environments\/\w+\/bin\/tensorboard/);
    expect(output).toContain("No module named 'tensorboard'");
    expect(status).toBe(0);
  });

  test("a lock of uv is followed to the letter", async () => {
    const folder = windlass.project(shellManifest("python -c 'import six, mypkg; print(\"six\", six.__version__)'"), {
      "pyproject.toml": project().replace('"six"', '"six<1.17"'),
      "src/mypkg/__init__.py": "",
    });
    const own = join(cache, "tools", "uv", "bin", "uv");
    const uv = existsSync(own) ? own : "uv";
    execFileSync(uv, ["lock", "--quiet", "--directory", folder]);
    // The lock says 1.16.0; what the project asks for now allows more.
    const lock = readFileSync(join(folder, "uv.lock"), "utf8");
    expect(lock).toContain('version = "1.16.0"');
    expect((await windlass.run("run", folder)).output).toContain("six 1.16.0");
  });

  test("the Python that is asked for, or none", async () => {
    const print = "python3 -c 'import sys; print(\"Python\", *sys.version_info[:2])'";
    const none = windlass.project(shellManifest(print), { ".python-version": "3.7.1\n", "requirements.txt": "six\n" });
    const refused = await windlass.run("run", none);
    expect(refused.status).toBe(1);
    expect(refused.output).toMatch(/Python 3\.7\.1 \(\.python-version\) is required, but this machine has /);
    expect(refused.output).toContain("uv python install 3.7.1");
    const [major = "3", minor = "0"] = execFileSync("python3", ["-c", "import sys; print(*sys.version_info[:2])"])
      .toString()
      .trim()
      .split(" ");
    const own = windlass.project(shellManifest(print), {
      ".python-version": `${major}.${minor}\n`,
      "requirements.txt": "six\n",
    });
    expect((await windlass.run("run", own)).output).toContain(`Python ${major} ${minor}`);
  });

  test("an environment.yml of conda's packages is refused with the way out", async () => {
    const folder = windlass.project(shellManifest("true"), { "environment.yml": "dependencies: [cudatoolkit=11.8]\n" });
    expect((await windlass.run("run", folder)).output).toMatch(
      /environment\.yml requires cudatoolkit=11\.8 from conda, but none of micromamba, mamba, conda is on the PATH: install/,
    );
  });

  test("a path that leads out of the source, and a package that there is not", async () => {
    const outside = windlass.project(shellManifest("true"), { "requirements.txt": "-e ../shared\n" });
    expect((await windlass.run("run", outside)).output).toMatch(
      /requirements\.txt(:1)? refers to \.\.\/shared outside the source folder/,
    );
    const unknown = windlass.project(shellManifest("true"), { "requirements.txt": "windlass-no-such-package-xyz\n" });
    expect((await windlass.run("run", unknown)).output).toMatch(
      /BuildFailed: the package index has no package windlass-no-such-package-xyz: check the name/,
    );
  });
});
