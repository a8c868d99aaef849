/** The network namespace of an ordinary user: its sockets are used here, and are there. */
import { once } from "node:events";
import { existsSync, readlinkSync } from "node:fs";
import type { AddressInfo, Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../testing/eventually.ts";
import { type NetworkSpace, openUserSpace } from "./space.ts";

const ip = "10.88.0.1";
const portOf = (server: Server) => (server.address() as AddressInfo).port;

describe.runIf(process.platform === "linux")("a network in a user namespace", () => {
  let space: NetworkSpace;
  beforeAll(async () => {
    space = await openUserSpace();
    await space.command("ip", "addr", "add", `${ip}/32`, "dev", "lo");
  });
  afterAll(() => space.close());

  it("is not the machine's, and its root may do there what root may", async () => {
    expect(await space.command("id", "-u")).toBe("0\n");
    expect(await space.command("readlink", "/proc/self/ns/net")).not.toBe(`${readlinkSync("/proc/self/ns/net")}\n`);
  });

  it("serves every connection to an address that only it has", async () => {
    const server = await space.listenTcp(ip, 0);
    server.on("connection", (socket) => socket.pipe(socket));
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_none, at) => {
        const socket = await space.dial(ip, portOf(server));
        socket.end(`hello ${at}`);
        return (await once(socket, "data")).toString();
      }),
    );
    expect(answers).toEqual(Array.from({ length: 30 }, (_none, at) => `hello ${at}`));
    server.close();
  });

  it("loses nothing of what comes before the caller listens", async () => {
    const server = await space.listenTcp(ip, 0);
    server.on("connection", (socket) => socket.end("first words"));
    const socket = await space.dial(ip, portOf(server));
    await eventually(() => socket.readableLength > 0, "the words have come");
    expect((await once(socket, "data")).toString()).toBe("first words");
    server.close();
  });

  it("answers every datagram", async () => {
    const [server, client] = await Promise.all([space.bindUdp(ip, 0), space.bindUdp(ip, 0)]);
    server.on("message", (message, from) => server.send(message, from.port, from.address));
    const got: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.on("message", (message) => got.push(message.toString()) === 20 && resolve());
    });
    for (let at = 0; at < 20; at++) client.send(`ask ${at}`, server.address().port, ip);
    await all;
    expect(got).toHaveLength(20);
    server.close();
    client.close();
  });

  it("fails as the system does", async () => {
    await expect(space.dial(ip, 1)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(space.listenTcp("10.1.2.3", 80)).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
    const server = await space.listenTcp(ip, 80);
    await expect(space.listenTcp(ip, 80)).rejects.toMatchObject({ code: "EADDRINUSE" });
    server.close();
  });

  it("ends with all that wait for it, and says so to those who come later", async () => {
    const other = await openUserSpace();
    const pid = /\d+/.exec(other.enter[1] ?? "")?.[0];
    await other.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    await expect(other.dial(ip, 1)).rejects.toThrow("the process that holds the pods' network has exited");
  });
});
