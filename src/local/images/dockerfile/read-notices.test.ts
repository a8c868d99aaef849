/** What of a Dockerfile is not followed, and what Docker would refuse. */
import { describe, expect, test } from "vitest";
import { lines, noticesOf, options, recipeOf } from "./dockerfiles.test-support.ts";
import { readDockerfile } from "./read-dockerfile.ts";
import type { BuildOptions } from "./recipe.ts";

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
