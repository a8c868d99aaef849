/** What a manifest's Dockerfile says is what a process finds; what is not followed is listed before it runs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Windlass } from "./windlass.ts";

const manifest = (command: string, builder: string) => `kind: AIchorManifest
apiVersion: "0.2.3"
builder: ${builder}
spec:
  operator: jobset
  image: shell
  command: ${JSON.stringify(command)}
  types:
    main:
      resources: { cpus: 0.1, ramRatio: 1 }
`;

const dockerfile = `ARG BASE=debian
FROM \${BASE}:12 AS tools
RUN pip install iniconfig==2.0.0
FROM tools AS prod
ARG MODE=slow
ENV MODE=$MODE LEVEL=\${LEVEL:-9}
RUN apt-get update && apt-get install -y bash no-such-package-of-anyone \\
 && make models
WORKDIR /srv/work
COPY src/ ./lib/
COPY conf/x.yaml /etc/windlass-e2e/
RUN mkdir out
USER worker
FROM prod AS broken
COPY gone /
`;
const files = {
  Dockerfile: dockerfile,
  ".dockerignore": "*\n!src\n!conf/x.yaml\n",
  "src/a.txt": "text of a",
  "src/b.txt": "b",
  "conf/x.yaml": "x: 1",
  "conf/y.yaml": "y",
};
const command =
  'pwd; ls; cat lib/a.txt; echo; cat /etc/windlass-e2e/x.yaml; echo; echo "$MODE $LEVEL"; id -un; touch out/z && echo written; python3 -c "import iniconfig; print(iniconfig.__name__)"';

let windlass: Windlass;
beforeAll(() => {
  windlass = new Windlass();
});
afterAll(() => windlass.stop());

describe("a Dockerfile", () => {
  test("is followed, and what is not is listed first", async () => {
    const project = windlass.project(manifest(command, "{ target: prod, buildArgs: { MODE: fast } }"), files);
    const { status, stderr } = await windlass.run("run", project);
    expect(stderr).toContain(`Dockerfile: 3 lines are not followed on this machine:
  line 7: system packages: bash on this machine; no-such-package-of-anyone missing here
  line 8: make models: not run
  line 13: USER worker: processes are root in the pod, with your rights on this machine
`);
    const printed = ["/srv/work", "lib", "out", "text of a", "x: 1", "fast 9", "root", "written", "iniconfig"].join(
      "\n",
    );
    expect((await windlass.run("logs", "latest")).stdout).toBe(`${printed}\n`);
    expect(status).toBe(0);
  });

  test("is checked before anything starts: a file that is not there, a stage, a syntax error", async () => {
    const wrong = windlass.project(manifest("true", "{ dockerfile: docker/Dockerfile }"), files);
    const missing = await windlass.run("run", wrong);
    expect(missing.stderr).toContain("builder.dockerfile docker/Dockerfile: no such file");
    expect(missing.stderr).toContain("[DOCKERFILE_NOT_FOUND]\n  did you mean Dockerfile?");
    const broken = await windlass.run("validate", windlass.project(manifest("true", "{ target: broken }"), files));
    expect(broken.stdout).toContain("Dockerfile:15: COPY gone: no such file or folder in the build context");
    const syntax = { ...files, Dockerfile: "FROM debian\n\nRUNN pip\n" };
    const invalid = await windlass.run("plan", windlass.project(manifest("true", "{}"), syntax));
    expect(invalid.stderr).toContain("Dockerfile:3: unknown instruction RUNN; did you mean RUN?");
    expect([missing.status, broken.status, invalid.status]).toEqual([1, 1, 1]);
  });

  test("validate and plan list what is not followed", async () => {
    const project = windlass.project(manifest("true", "{ target: prod }"), files);
    const { stdout } = await windlass.run("validate", project);
    expect(stdout).toContain("manifest.yaml: valid\nDockerfile: 3 lines are not followed on this machine:\n  line 7: ");
    expect((await windlass.run("plan", project)).stdout).toContain("\nDockerfile: 3 lines are not followed");
    const { files: [verdict] = [] } = await windlass.json<{ files: { dockerfile?: object }[] }>("validate", project);
    expect(verdict?.dockerfile).toMatchObject({ file: "Dockerfile", notFollowed: { length: 3 } });
  });
});
