/** Where a Dockerfile puts the files of the source, also through stages. */
import { describe, expect, test } from "vitest";
import { lines, noticesOf, placesOf, recipeOf } from "./dockerfiles.test-support.ts";

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
