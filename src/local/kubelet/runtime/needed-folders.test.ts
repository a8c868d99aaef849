import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { neededFolders } from "./needed-folders.ts";

describe("what programs need of hidden folders", () => {
  let root = "";
  const home = () => join(root, "home");
  const made = (path: string, text = "") => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const linked = (path: string, to: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(join(root, to), join(root, path));
  };
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "windlass-needed-")));
    mkdirSync(home());
  });
  afterEach(() => rmSync(root, { recursive: true }));
  /** Paths below the root, for a PATH of these. */
  const needed = (...path: readonly string[]) => {
    const env = { PATH: path.map((folder) => join(root, folder)).join(":") };
    return neededFolders(env, { hidden: [home()], homes: [home()], silent: [join(root, "home/share")] })
      .map((folder) => folder.slice(root.length + 1))
      .sort();
  };

  it("is nothing for programs of the system", () => {
    made("usr/bin/python3");
    expect(needed("usr/bin", "home/missing")).toEqual([]);
  });
  it("is a folder of the PATH, and no more of the home around it", () => {
    made("home/bin/tool");
    made("home/.ssh/id");
    expect(needed("home/bin")).toEqual(["home/bin"]);
  });
  it("is nothing of a mount that does not answer", () => {
    made("home/share/bin/python3");
    linked("home/bin/python3", "home/share/bin/python3");
    expect(needed("home/share/bin", "home/bin")).toEqual(["home/bin"]);
  });
  it("is all of pyenv for its shims", () => {
    made("home/.pyenv/shims/python3");
    expect(needed("home/.pyenv/shims")).toEqual(["home/.pyenv", "home/.pyenv/shims"]);
  });
  it("is the whole installation of an interpreter, as conda's", () => {
    made("home/conda/bin/python3");
    mkdirSync(join(root, "home/conda/conda-meta"));
    expect(needed("home/conda/bin")).toEqual(["home/conda", "home/conda/bin"]);
  });
  it("is the interpreter behind a virtual environment, by each link that leads there", () => {
    made("venv/pyvenv.cfg", `home = ${join(root, "home/uv/python/3.12/bin")}\n`);
    made("home/uv/python/3.12.7/bin/python3.12");
    made("home/uv/python/3.12.7/lib/python3.12/site-packages/x.py");
    linked("home/uv/python/3.12", "home/uv/python/3.12.7");
    linked("venv/bin/python3", "home/uv/python/3.12/bin/python3.12");
    expect(needed("venv/bin")).toEqual(
      expect.arrayContaining(["home/uv/python/3.12", "home/uv/python/3.12.7", "home/uv/python/3.12.7/bin"]),
    );
  });
  it("is the packages that the user installed beside the system's, not the folder of everything", () => {
    made("home/.local/bin/ray");
    made("home/.local/lib/python3.11/site-packages/ray.py");
    made("home/.local/share/keyrings/secret");
    expect(needed("home/.local/bin")).toEqual(["home/.local/bin", "home/.local/lib"]);
  });
  it("is where packages lie that are installed in place", () => {
    made("home/work/mine/mine.py");
    made("home/venv/pyvenv.cfg");
    made("home/venv/bin/python3");
    made("home/venv/lib/python3.11/site-packages/mine.pth", `${join(root, "home/work/mine")}\nimport x\n`);
    expect(needed("home/venv/bin")).toEqual(["home/venv", "home/venv/bin", "home/work/mine"]);
  });
});
