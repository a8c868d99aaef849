/** What the installers of a Dockerfile come to, and with which Python. */
import { describe, expect, test } from "vitest";
import { lines, pipSteps, recipeOf } from "./dockerfiles.test-support.ts";

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
