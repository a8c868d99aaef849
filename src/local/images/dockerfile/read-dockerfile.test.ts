/** Dockerfiles as they are written, and what a process gets of them. */
import { describe, expect, test } from "vitest";
import { readDockerfile } from "./read-dockerfile.ts";
import type { BuildOptions, Recipe } from "./recipe.ts";

const files = ["Dockerfile", "main.py", "requirements.txt", "pyproject.toml", "uv.lock", "src/pkg/a.py", "conf/x.yaml"];
const options = (more: Partial<BuildOptions> = {}): BuildOptions => ({ files, architecture: "amd64", ...more });
const lines = (...text: readonly string[]) => text.join("\n");

function recipeOf(text: string, more?: Partial<BuildOptions>): Recipe {
  const { recipe, problems } = readDockerfile(text, options(more));
  if (!recipe) throw new Error(JSON.stringify(problems));
  return recipe;
}

const pipSteps = ({ installs }: Recipe) =>
  installs.map((step) => `${step.tool} ${step.arguments.join(" ")} @${step.folder}`);
const noticesOf = ({ notices }: Recipe) =>
  notices
    .filter((notice) => notice.kind === "packages" || !notice.text.startsWith("no "))
    .map((notice) =>
      notice.kind === "packages"
        ? `${notice.line}: packages ${notice.packages.join(" ")}`
        : `${notice.line}: ${notice.text}: ${notice.reason}`,
    );
const placesOf = ({ layout }: Recipe) =>
  layout &&
  [...layout.files]
    .map(([path, file]) => `${layout.root ?? "?"}/${path} < ${file}`)
    .concat([...layout.others].map((entry) => entry.join(" < ")));

describe("what is installed", () => {
  test.each<[sentence: string, text: string, wanted: readonly string[]]>([
    [
      "requirements of the working directory",
      lines(
        "FROM python:3.11-slim",
        "WORKDIR /app",
        "COPY requirements.txt .",
        "RUN pip install --no-cache-dir -r requirements.txt",
        "COPY . .",
      ),
      ["pip -r requirements.txt @."],
    ],
    [
      "a requirements file that was copied elsewhere",
      lines(
        "FROM python:3.11",
        "COPY requirements.txt /tmp/reqs.txt",
        "RUN python3 -m pip install -U pip && pip3 install -r /tmp/reqs.txt --index-url=https://x/simple",
      ),
      ["pip -r requirements.txt --index-url https://x/simple @."],
    ],
    [
      "a chain with comments, caches and the packages of the system",
      lines(
        "FROM python:3.11",
        "RUN --mount=type=cache,target=/root/.cache \\",
        "  apt-get update && \\",
        "  # why",
        "  apt-get install -y --no-install-recommends git=1:2 && \\",
        "  pip install 'numpy<2' \"torch==2.4.0\" --extra-index-url https://download.pytorch.org/whl/cpu",
      ),
      ["pip numpy<2 torch==2.4.0 --extra-index-url https://download.pytorch.org/whl/cpu @."],
    ],
    [
      "the project itself, editable, with extras",
      lines("FROM python:3.11", "WORKDIR /app", "COPY . /app", "RUN pip install -e .[dev] && pip install ./src"),
      ["pip -e .[dev] @.", "pip ./src @."],
    ],
    [
      "a project in a folder of the context",
      lines("FROM python:3.11", "COPY src /opt/lib", "RUN cd /opt/lib && pip install ."),
      ["pip ./src @."],
    ],
    [
      "Ray's image and what is added to it",
      lines("FROM rayproject/ray:2.60.0-py311-cpu", "RUN pip install xgboost"),
      ["pip ray[default]==2.60.0 @.", "pip xgboost @."],
    ],
    ["PyTorch's image", "FROM pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime", ["pip torch==2.4.0 torchvision @."]],
    ["TensorFlow's image", "FROM tensorflow/tensorflow:2.16.1-gpu-jupyter", ["pip tensorflow==2.16.1 notebook @."]],
    [
      "a mirror before the name",
      "FROM harbor.corp:5000/hub/pytorch/pytorch:2.4.0",
      ["pip torch==2.4.0 torchvision @."],
    ],
    [
      "uv in two steps, its project bound into the command",
      lines(
        "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim",
        "WORKDIR /app",
        "RUN --mount=type=cache,target=/root/.cache/uv --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml uv sync --frozen --no-install-project --no-dev",
        "COPY . /app",
        "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev",
      ),
      ["pip uv @.", "uv sync --frozen --no-dev @."],
    ],
    [
      "uv's program copied from its image",
      lines(
        "FROM python:3.12-slim",
        "COPY --from=ghcr.io/astral-sh/uv:0.8.0 /uv /uvx /bin/",
        "COPY requirements.txt .",
        "RUN uv pip install --system --no-cache -r requirements.txt",
      ),
      ["pip uv @.", "uv pip -r requirements.txt @."],
    ],
    [
      "uv by its installer",
      lines(
        "FROM ubuntu:22.04",
        "RUN curl -LsSf https://astral.sh/uv/install.sh | sh",
        "COPY pyproject.toml uv.lock /w/",
        "WORKDIR /w",
        "RUN /root/.local/bin/uv sync",
      ),
      ["pip uv @.", "uv sync  @."],
    ],
    [
      "a virtual environment of an earlier stage",
      lines(
        "FROM python:3.11 AS build",
        "RUN python -m venv /opt/venv && /opt/venv/bin/pip install numpy",
        "FROM python:3.11-slim",
        "COPY --from=build /opt/venv /opt/venv",
        'ENV PATH="/opt/venv/bin:$PATH"',
      ),
      ["pip numpy @."],
    ],
    [
      "a project and its environment copied from an earlier stage as one folder",
      lines(
        "FROM python:3.11 AS build",
        "WORKDIR /app",
        "COPY . .",
        "RUN uv sync",
        "FROM python:3.11-slim",
        "COPY --from=build /app /app",
      ),
      ["uv sync  @."],
    ],
    [
      "wheels that an earlier stage built",
      lines(
        "FROM python:3.11 AS build",
        "COPY requirements.txt .",
        "RUN pip wheel -w /wheels -r requirements.txt",
        "FROM python:3.11-slim",
        "COPY --from=build /wheels /wheels",
        "RUN pip install --no-index --find-links=/wheels /wheels/*",
      ),
      ["pip -r requirements.txt @."],
    ],
    [
      "poetry",
      lines(
        "FROM python:3.11",
        "WORKDIR /app",
        "RUN pip install poetry==1.8 && poetry config virtualenvs.create false",
        "COPY pyproject.toml .",
        "RUN poetry install --no-root --only main --no-interaction",
      ),
      ["pip poetry==1.8 @.", "poetry --no-root --only main @."],
    ],
    [
      "a here-document",
      lines(
        "FROM python:3.11",
        "RUN <<EOT",
        "set -e",
        "pip install numpy",
        "pip install pandas",
        "EOT",
        "RUN pip install scipy",
      ),
      ["pip numpy @.", "pip pandas @.", "pip scipy @."],
    ],
    ["the exec form", lines("FROM python:3.11", 'RUN ["pip", "install", "a b"]'), ["pip a b @."]],
    [
      "variables of the build",
      lines("FROM python:3.11", "ARG TORCH=2.1", 'RUN pip install "torch==${TORCH}" numpy==$NP'),
      ["pip torch==2.1 numpy== @."],
    ],
    [
      "an index of the environment",
      lines("FROM python:3.11", "ENV PIP_INDEX_URL=https://mirror/simple", "RUN pip install numpy"),
      ["pip numpy --index-url https://mirror/simple @."],
    ],
    [
      "a command of an environment of conda",
      lines("FROM continuumio/miniconda3", "RUN conda run -n x pip install numpy"),
      ["pip numpy @."],
    ],
    ["nothing, from a fallback", lines("FROM python:3.11", "RUN pip install a || pip install b"), ["pip a @."]],
    ["nothing, from a loop", lines("FROM python:3.11", "RUN for x in a b; do pip install $x; done"), []],
  ])("%s", (_, text, wanted) => expect(pipSteps(recipeOf(text))).toEqual(wanted));

  test("conda's own file", () =>
    expect(
      pipSteps(
        recipeOf(
          lines(
            "FROM mambaorg/micromamba",
            "COPY conf/x.yaml /tmp/env.yaml",
            "RUN micromamba install -y -n base -f /tmp/env.yaml && micromamba clean -a",
          ),
        ),
      ),
    ).toEqual(["conda conf/x.yaml @."]));
});

describe("the Python that is asked for", () => {
  test.each<[text: string, wanted: readonly string[]]>([
    ["FROM python:3.9-slim", ["3.9"]],
    ["FROM public.ecr.aws/docker/library/python:3.11.4", ["3.11.4"]],
    ["FROM python:3", []],
    ["FROM python", []],
    ["FROM rayproject/ray:2.60.0", []],
    ["FROM rayproject/ray:2.60.0-py310", ["3.10"]],
    ["FROM ghcr.io/astral-sh/uv:0.5-python3.12-bookworm", ["3.12"]],
    ["ARG V=3.10\nFROM python:${V}-slim", ["3.10"]],
    ["FROM ubuntu:22.04\nRUN apt-get install -y python3.10 python3-pip", ["3.10"]],
    ["FROM continuumio/miniconda3\nRUN conda create -y -n env python=3.9", ["3.9"]],
    ["FROM debian\nRUN uv venv --python 3.12 /opt/v", ["3.12"]],
  ])("%s: %j", (text, wanted) => expect(recipeOf(text).python.map(({ version }) => version)).toEqual(wanted));

  test("says where it is asked for", () =>
    expect(recipeOf("FROM python:3.9-slim").python).toEqual([{ version: "3.9", origin: "FROM python:3.9-slim" }]));
});

describe("variables", () => {
  test.each<[sentence: string, text: string, more: Partial<BuildOptions>, wanted: Readonly<Record<string, string>>]>([
    [
      "several forms",
      lines("FROM scratch", 'ENV A=1 B="two words" C=\\ d', "ENV OLD style  value"),
      {},
      { A: "1", B: "two words", C: " d", OLD: "style  value" },
    ],
    [
      "substitutions",
      lines("FROM scratch", "ENV A=a", "ENV B=${A:-x} C=${NO:-y} D=${A:+z} E=$NO F='$A' G=\\$A"),
      {},
      { A: "a", B: "a", C: "y", D: "z", E: "", F: "$A", G: "$A" },
    ],
    ["a line sees what held before it", lines("FROM scratch", "ENV A=1", "ENV A=2 B=$A"), {}, { A: "2", B: "1" }],
    ["an argument with its default", lines("FROM scratch", "ARG V=1", "ENV X=$V"), {}, { X: "1" }],
    [
      "an argument that the manifest gives",
      lines("FROM scratch", "ARG V=1", "ENV X=$V"),
      { buildArgs: { V: "2" } },
      { X: "2" },
    ],
    ["an argument that no ARG takes", lines("FROM scratch", "ENV X=$V"), { buildArgs: { V: "2" } }, { X: "" }],
    ["an argument of before the first FROM", lines("ARG V=1", "FROM scratch", "ARG V", "ENV X=$V"), {}, { X: "1" }],
    [
      "a variable wins over an argument",
      lines("FROM scratch", "ENV V=env", "ARG V=arg", "ENV X=$V"),
      {},
      { V: "env", X: "env" },
    ],
    ["the architecture", lines("FROM scratch", "ARG TARGETARCH", "ENV X=$TARGETARCH"), {}, { X: "amd64" }],
    [
      "those that say where an image has things are left out",
      lines("FROM scratch", "ENV VIRTUAL_ENV=/v PATH=/v/bin:$PATH LD_LIBRARY_PATH=/x HOME=/h A=1"),
      {},
      { A: "1" },
    ],
    [
      "a stage has those of its base",
      lines("FROM scratch AS a", "ENV A=1", "FROM a", "ENV B=$A"),
      {},
      { A: "1", B: "1" },
    ],
  ])("%s", (_, text, more, wanted) => expect(recipeOf(text, more).env).toEqual(wanted));

  test("folders of the PATH that hold programs of the source", () =>
    expect(
      recipeOf(lines("FROM scratch", "ENV HOME=/home/u", "ENV PATH=$HOME/.local/bin:/app/bin:/opt/venv/bin:$PATH"))
        .path,
    ).toEqual(["/home/u/.local/bin", "/app/bin"]));
});

describe("where files are", () => {
  test.each<[sentence: string, text: string, wanted: readonly string[]]>([
    [
      "a folder into a folder",
      lines("FROM scratch", "WORKDIR /app", "COPY src/ /app/src"),
      ["/app/src/pkg/a.py < src/pkg/a.py"],
    ],
    [
      "a file under another name",
      lines("FROM scratch", "WORKDIR /app", "COPY main.py run.py"),
      ["/app/run.py < main.py"],
    ],
    [
      "a file into the working directory",
      lines("FROM scratch", "WORKDIR /app", "COPY main.py ./"),
      ["/app/main.py < main.py"],
    ],
    [
      "several into a folder",
      lines("FROM scratch", "WORKDIR /app", "COPY main.py requirements.txt lib/"),
      ["/app/lib/main.py < main.py", "/app/lib/requirements.txt < requirements.txt"],
    ],
    ["a pattern", lines("FROM scratch", "WORKDIR /app", "COPY *.py ./"), ["/app/main.py < main.py"]],
    [
      "names with blanks in the exec form",
      lines("FROM scratch", "WORKDIR /app", 'COPY ["main.py", "a b.py"]'),
      ["/app/a b.py < main.py"],
    ],
    [
      "a later copy wins",
      lines("FROM scratch", "WORKDIR /app", "COPY main.py x.py", "COPY src/pkg/a.py x.py"),
      ["/app/x.py < src/pkg/a.py"],
    ],
    [
      "the program's folder is above the working directory",
      lines("FROM scratch", "COPY src /app/src", "COPY main.py /app/", "WORKDIR /app/src"),
      ["/app/src/pkg/a.py < src/pkg/a.py", "/app/main.py < main.py"],
    ],
    [
      "files elsewhere",
      lines("FROM scratch", "WORKDIR /app", "COPY main.py .", "COPY conf/x.yaml /etc/x/"),
      ["/app/main.py < main.py", "/etc/x/x.yaml < conf/x.yaml"],
    ],
    [
      "of another stage",
      lines("FROM scratch AS a", "COPY . /b", "FROM scratch", "WORKDIR /app", "COPY --from=a /b/src /app"),
      ["/app/pkg/a.py < src/pkg/a.py"],
    ],
    [
      "left out by name",
      lines("FROM scratch", "WORKDIR /app", "COPY --exclude=pkg src conf/x.yaml ./"),
      ["/app/x.yaml < conf/x.yaml"],
    ],
    [
      "with their folders",
      lines("FROM scratch", "WORKDIR /app", "COPY --parents conf/x.yaml ./"),
      ["/app/conf/x.yaml < conf/x.yaml"],
    ],
    [
      "the base image's working directory",
      lines("FROM rayproject/ray:2.60.0", "COPY main.py ."),
      ["/home/ray/main.py < main.py"],
    ],
    ["no working directory", lines("FROM scratch", "COPY main.py ."), ["?/main.py < main.py"]],
    [
      "no working directory, but a folder of its own",
      lines("FROM scratch", "COPY src /code", "COPY conf /etc/x"),
      ["/code/pkg/a.py < src/pkg/a.py", "/etc/x/x.yaml < conf/x.yaml"],
    ],
    [
      "relative working directories add up",
      lines("FROM scratch", "WORKDIR /a", "WORKDIR b", "COPY main.py ."),
      ["/a/b/main.py < main.py"],
    ],
  ])("%s", (_, text, wanted) => expect(placesOf(recipeOf(text))).toEqual(wanted));

  test("folders that are made", () =>
    expect(recipeOf(lines("FROM scratch", "WORKDIR /app", "RUN mkdir -p out /app/x/y")).layout.folders).toEqual([
      "out",
      "x/y",
    ]));
});

describe("stages", () => {
  const text = lines(
    "FROM python:3.9 AS base",
    "ENV A=base",
    "FROM base AS dev",
    "ENV A=dev",
    "RUN make dev",
    "FROM base AS prod",
    "ENV A=prod",
  );
  test.each([
    [undefined, "prod"],
    ["dev", "dev"],
    ["Base", "base"],
    ["1", "dev"],
  ])("target %s is %s", (target, wanted) =>
    expect(recipeOf(text, target === undefined ? {} : { target }).env["A"]).toBe(wanted),
  );
  test("what is not needed is not told of", () => expect(noticesOf(recipeOf(text))).toEqual([]));
});

describe("how it is started", () => {
  test.each<[text: string, entrypoint: readonly string[] | undefined, command: readonly string[] | undefined]>([
    ['ENTRYPOINT ["python"]\nCMD ["main.py"]', ["python"], ["main.py"]],
    ["CMD python main.py", undefined, ["/bin/sh", "-c", "python main.py"]],
    ['CMD ["a"]\nENTRYPOINT ["b"]', ["b"], undefined],
  ])("%s", (text, entrypoint, command) => {
    const recipe = recipeOf(`FROM scratch\n${text}`);
    expect([recipe.entrypoint, recipe.command]).toEqual([entrypoint, command]);
  });
});

describe("what is not followed", () => {
  test.each<[sentence: string, text: string, wanted: readonly string[]]>([
    [
      "nothing",
      lines(
        "FROM python:3.11-slim",
        "WORKDIR /app",
        "EXPOSE 80",
        "LABEL a=b",
        "RUN apt-get update && rm -rf /var/lib/apt/lists/*",
      ),
      [],
    ],
    [
      "packages of the system, but not Python",
      lines(
        "FROM python:3.11",
        "RUN apt-get update \\",
        " && apt-get install -y python3-pip wget \\",
        "   build-essential \\",
        " && rm -rf /var/lib/apt/lists/*",
      ),
      ["3: packages wget build-essential"],
    ],
    [
      "a command, with its own line",
      lines("FROM python:3.11", "RUN pip install a \\", " && make install"),
      ["3: make install: not run"],
    ],
    [
      "the last user",
      lines("FROM python:3.11", "USER root", "USER ray"),
      ["3: USER ray: processes are root in the pod, with your rights on this machine"],
    ],
    [
      "a user by number, with a group",
      lines("FROM python:3.11", "USER 1000:100"),
      ["2: USER 1000:100: processes are root in the pod, with your rights on this machine"],
    ],
    ["not root, whom processes run as", lines("FROM python:3.11", "USER ray", "USER 0:0"), []],
    [
      "an entry point",
      lines("FROM python:3.11", 'ENTRYPOINT ["x"]'),
      ["2: ENTRYPOINT: spec.command replaces it, on a cluster too"],
    ],
    [
      "an unknown image",
      "FROM ghcr.io/corp/base-ml:1",
      ["1: FROM ghcr.io/corp/base-ml:1: programs and packages of this image are not available here"],
    ],
    [
      "a requirements file that is made on the way",
      lines("FROM python:3.11", "RUN curl -O https://x/r.txt && pip install -r r.txt"),
      ["2: curl -O https://x/r.txt: not run", "2: pip install -r r.txt: r.txt is not in the source"],
    ],
    [
      "another image's files",
      lines("FROM python:3.11", "COPY --from=nginx /etc/nginx /etc/nginx"),
      ["2: COPY /etc/nginx /etc/nginx: files of other images are not available here"],
    ],
    [
      "a download",
      lines("FROM python:3.11", "ADD https://x/y.tgz /data/"),
      ["2: ADD https://x/y.tgz /data/: nothing is downloaded"],
    ],
    [
      "variables of the machine",
      lines("FROM python:3.11", "ENV LD_LIBRARY_PATH=/x"),
      ["2: ENV LD_LIBRARY_PATH=/x: LD_LIBRARY_PATH comes from this machine"],
    ],
    [
      "what a command of another stage made",
      lines(
        "FROM golang AS a",
        "RUN go build -o /bin/tool",
        "FROM python:3.11",
        "COPY --from=a /bin/tool /usr/bin/tool",
      ),
      [
        "1: FROM golang: programs and packages of this image are not available here",
        "2: go build -o /bin/tool: not run",
        "4: COPY /bin/tool /usr/bin/tool: created by a command that is not run here",
      ],
    ],
    [
      "a folder of its own",
      lines("FROM python:3.11", "WORKDIR /app", "RUN mkdir /data"),
      ["3: mkdir /data: not created outside the program's folder"],
    ],
  ])("%s", (_, text, wanted) => expect(noticesOf(recipeOf(text))).toEqual(wanted));

  test.each<[text: string, wanted: readonly string[]]>([
    ["FROM python:3.11\nWORKDIR /app", ["1: no COPY: the image's /app has no files of the source"]],
    ["FROM python:3.11\nCOPY . .", ["1: no WORKDIR: the files of / are in a separate folder here"]],
    ["FROM python:3.11\nWORKDIR /app\nCOPY . .", []],
  ])("where the program is: %j", (text, wanted) => {
    const odd = recipeOf(text).notices.flatMap((notice) =>
      notice.kind === "line" ? [`${notice.line}: ${notice.text}: ${notice.reason}`] : [],
    );
    expect(odd).toEqual(wanted);
  });

  test("a build argument without an ARG", () =>
    expect(noticesOf(recipeOf("FROM python:3.11", { buildArgs: { X: "1", http_proxy: "p" } }))).toEqual([
      "0: builder.buildArgs.X: no ARG uses it",
    ]));

  test("whether all that may install was understood", () => {
    expect(recipeOf("FROM python\nRUN pip install a").isWhole).toBe(true);
    expect(recipeOf("FROM python\nRUN make").isWhole).toBe(false);
  });
});

describe("what Docker would refuse", () => {
  test.each<[text: string, more: Partial<BuildOptions>, wanted: readonly string[]]>([
    ["", {}, ["1: the Dockerfile has no FROM"]],
    ["RUN x\nFROM y", {}, ["1: RUN is before the first FROM; only ARG may be there"]],
    ["FROM x\nRUNN pip", {}, ["2: unknown instruction RUNN; did you mean RUN?"]],
    ["FROM x\nCOPY a", {}, ["2: COPY needs a source and a destination"]],
    ["FROM x\n\nENV A", {}, ["3: ENV needs a value: ENV A=VALUE"]],
    ["FROM x y", {}, ["1: FROM takes an image, and optionally AS and a name"]],
    ["FROM x\nWORKDIR", {}, ["2: WORKDIR needs an argument"]],
    ["FROM x\nENV A=${B", {}, ["2: ${ without }"]],
    ["FROM x\nENV A=${B:?say which}", {}, ["2: B: say which"]],
    ["FROM $X", {}, ["1: FROM $X: the image name is empty because a variable in it has no value"]],
    ["FROM x\nCOPY gone.py /", {}, ["2: COPY gone.py: no such file or folder in the build context, or it is ignored"]],
    ["FROM x AS prod", { target: "prd" }, ["1: unknown stage prd (builder.target); did you mean prod?"]],
    ["FROM x", { target: "prd" }, ["1: unknown stage prd (builder.target); its stages have no names"]],
  ])("%j", (text, more, wanted) =>
    expect(readDockerfile(text, options(more)).problems?.map(({ line, message }) => `${line}: ${message}`)).toEqual(
      wanted,
    ),
  );
});

describe("how text is read", () => {
  test.each<[sentence: string, text: string, env: Readonly<Record<string, string>>]>([
    ["Windows' line ends", "FROM scratch\r\nENV A=1\r\nENV B=2\r\n", { A: "1", B: "2" }],
    ["another escape", "# escape=`\nFROM scratch\nENV A=1 `\n  B=C:\\x", { A: "1", B: "C:\\x" }],
    ["comments and blank lines within an instruction", "FROM scratch\nENV A=1 \\\n# no\n\n  B=2", { A: "1", B: "2" }],
    ["a here-document after a blank", "FROM scratch\nRUN cat << 'EOF' > /x\nsetopt A\nEOF\nENV A=1", { A: "1" }],
    ["keywords in small letters", "from scratch\nenv A=1", { A: "1" }],
  ])("%s", (_, text, env) => expect(recipeOf(text).env).toEqual(env));
});
