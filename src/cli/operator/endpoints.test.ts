import { describe, expect, it } from "vitest";
import { parseBindAddress, plainAnswer, serve } from "./endpoints.ts";

describe("parseBindAddress", () => {
  it.each([
    [":8080", { port: 8080 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::1]:81", { host: "::1", port: 81 }],
    ["0", undefined],
  ])("%s", (text, address) => expect(parseBindAddress("--metrics-bind-address", text)).toEqual(address));

  it.each(["8080", "host", ":99999", ""])("%j is refused, naming the flag", (text) =>
    expect(() => parseBindAddress("--metrics-bind-address", text)).toThrow("--metrics-bind-address"),
  );
});

describe("serve", () => {
  it("answers what is there, says what there is otherwise, and ends", async () => {
    let ready = false;
    const routes = { "/readyz": () => (ready ? plainAnswer(200, "ok") : plainAnswer(503, "syncing")) };
    const endpoint = await serve("--flag", "127.0.0.1:0", routes);
    const at = (path: string) => fetch(`http://127.0.0.1:${endpoint?.port}${path}`);
    expect((await at("/readyz")).status).toBe(503);
    ready = true;
    expect(await (await at("/readyz?verbose")).text()).toBe("ok");
    expect(await (await at("/constructor")).text()).toBe("there is /readyz\n");
    await expect(serve("--flag", `127.0.0.1:${endpoint?.port}`, routes)).rejects.toThrow("the port is already in use");
    await endpoint?.close();
    await expect(at("/readyz")).rejects.toThrow();
  });
});
