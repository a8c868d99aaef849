/** What an API server must do, whichever it is: the embedded one in process, the same over HTTPS, a real one where there is one. */
import { afterAll, beforeAll, describe } from "vitest";
import { changes } from "./api/changes.ts";
import { type Connect, type Connected, inProcess, overHttps, real, realKubeconfig } from "./api/connect.ts";
import { custom } from "./api/custom.ts";
import { reads } from "./api/reads.ts";
import { writes } from "./api/writes.ts";

export function describeApi(name: string, connect: Connect): void {
  describe(name, () => {
    let server: Connected;
    beforeAll(async () => {
      server = await connect();
    });
    afterAll(() => server?.close());
    for (const part of [writes, reads, changes, custom]) describe(part.name, () => part(() => server));
  });
}

describeApi("in process", inProcess);
describeApi("over HTTPS", overHttps);
if (realKubeconfig) describeApi("a real API server", real);
