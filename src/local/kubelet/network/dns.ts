/** The pods' name server: cluster names from the caches, all others from the machine's own resolver. */
import type { Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import type { Server } from "node:net";
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  type Packet,
  type Question,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  streamDecode,
  streamEncode,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import { errorText, type Logger } from "../../../runtime/log.ts";
import { type NameSources, resolveName, type Target } from "./resolve.ts";
import type { Sockets } from "./sockets.ts";

const ttl = 2;
const nameError = 3;
const serverFailure = 2;
/** What fits one frame on any network; resolvers that cannot take as much do not ask for more than 512. */
const maxUdpBytes = 1232;
const tcpTimeoutMs = 5000;

export interface DnsServer {
  close(): Promise<void>;
}

interface Reply {
  readonly answers: readonly Answer[];
  /** Addresses of what the answers name, so that nobody has to ask for them. */
  readonly additionals?: readonly Answer[];
  readonly code: number;
}

const resolver = new Resolver({ timeout: 2000, tries: 1 });

/** Errors that mean "the name exists without such a record", or "it does not exist". */
const emptyCodes = new Set(["ENODATA"]);
const missingCodes = new Set(["ENOTFOUND"]);

async function askOutside({ name, type }: Question): Promise<Reply> {
  try {
    if (type === "A")
      return { code: 0, answers: (await resolver.resolve4(name)).map((data) => ({ type: "A", name, ttl, data })) };
    if (type === "AAAA")
      return { code: 0, answers: (await resolver.resolve6(name)).map((data) => ({ type: "AAAA", name, ttl, data })) };
    return { code: 0, answers: [] };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (emptyCodes.has(code)) return { code: 0, answers: [] };
    return { code: missingCodes.has(code) ? nameError : serverFailure, answers: [] };
  }
}

/** Reverse names and others of the private network are never asked for outside: they only cost time. */
const isLocalOnly = (name: string) => name.endsWith(".in-addr.arpa") || !name.includes(".");

/** A chain of aliases is followed this far. */
const maxAliases = 8;

async function answer(question: Question, sources: NameSources, aliases = maxAliases): Promise<Reply> {
  const { name, type } = question;
  const found = resolveName(name, sources);
  switch (found.kind) {
    case "missing":
      return { code: nameError, answers: [] };
    case "notOurs":
      return isLocalOnly(name) ? { code: nameError, answers: [] } : askOutside(question);
    case "alias": {
      if (aliases === 0) return { code: serverFailure, answers: [] };
      const alias: Answer = { type: "CNAME", name, ttl, data: found.name };
      const target = await answer({ ...question, name: found.name }, sources, aliases - 1);
      return { code: 0, answers: [alias, ...target.answers] };
    }
    case "names":
      return { code: 0, answers: type === "PTR" ? found.list.map((data) => ({ type, name, ttl, data })) : [] };
    case "addresses":
      return recordsOf(question, found.list, found.targets);
  }
}

function recordsOf({ name, type }: Question, list: readonly string[], targets: readonly Target[]): Reply {
  if (type === "A") return { code: 0, answers: list.map((data) => ({ type, name, ttl, data })) };
  if (type !== "SRV") return { code: 0, answers: [] };
  const weight = Math.max(1, Math.floor(100 / Math.max(1, targets.length)));
  const addresses = new Map(targets.map(({ host, address }) => [host, address]));
  return {
    code: 0,
    answers: targets.map(({ host, port }) => ({
      type,
      name,
      ttl,
      data: { target: host, port, priority: 0, weight },
    })),
    additionals: [...addresses].map(([host, data]) => ({ type: "A", name: host, ttl, data })),
  };
}

async function reply(query: Packet, sources: NameSources): Promise<Packet> {
  const [question] = query.questions ?? [];
  const answered: Reply = question ? await answer(question, sources) : { answers: [], code: serverFailure };
  const { answers, additionals = [], code } = answered;
  const flags = AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | code;
  return {
    type: "response",
    id: query.id,
    flags,
    questions: query.questions,
    answers: [...answers],
    additionals: [...additionals],
  };
}

/** A UDP answer that does not fit says so, whereupon the client asks again over TCP. */
function fitted(packet: Packet): Buffer {
  const bytes = encode(packet);
  if (bytes.length <= maxUdpBytes) return bytes;
  return encode({ ...packet, answers: [], additionals: [], flags: (packet.flags ?? 0) | TRUNCATED_RESPONSE });
}

function serveUdp(socket: Socket, sources: NameSources, log: Logger): void {
  socket.on("error", (error) => log.warn("name server", { error: error.message }));
  socket.on("message", (message, from) => {
    let query: Packet;
    try {
      query = decode(message);
    } catch {
      return;
    }
    void reply(query, sources)
      .then((packet) => socket.send(fitted(packet), from.port, from.address))
      .catch((error: unknown) => log.warn("name not answered", { error: errorText(error) }));
  });
}

async function answerStream(received: Buffer, sources: NameSources): Promise<Buffer> {
  const query = streamDecode(received);
  if (!query) throw new Error("not a DNS query");
  return streamEncode(await reply(query, sources));
}

function serveTcp(server: Server, sources: NameSources): void {
  server.on("connection", (connection) => {
    connection.on("error", () => connection.destroy());
    let received = Buffer.alloc(0);
    connection.setTimeout(tcpTimeoutMs, () => connection.destroy());
    connection.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return;
      void answerStream(received, sources).then(
        (bytes) => connection.end(bytes),
        () => connection.destroy(),
      );
    });
  });
}

const dnsPort = 53;

/** Rejects when the port is not to be had. */
export async function startDns(
  sockets: Sockets,
  address: string,
  sources: NameSources,
  log: Logger,
): Promise<DnsServer> {
  const udp = await sockets.bindUdp(address, dnsPort);
  const tcp = await sockets.listenTcp(address, dnsPort).catch((error: unknown) => {
    udp.close();
    throw error;
  });
  serveUdp(udp, sources, log);
  serveTcp(tcp, sources);
  return {
    async close() {
      await new Promise<void>((resolve) => udp.close(() => resolve()));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}
