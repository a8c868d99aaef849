/**
 * Makes protobuf.json from the `generated.proto` files of k8s.io/api and k8s.io/apimachinery: the numbers of the fields of
 * every type in built-in.json. Run after extract.ts: node extract-protobuf.ts FOLDER_OF_API FOLDER_OF_APIMACHINERY
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reviewKinds } from "../endpoints/reviews.ts";
import { builtInShapes } from "./built-in.ts";

/** Field number → name, type, and whether it repeats (r), is a map (m), or is part of its parent (i). */
type Message = Record<string, readonly [name: string, type: string, form?: "r" | "m" | "i"]>;

const fieldLine = /^\s*(optional|repeated|map<string, ?([\w.]+)>)\s+(?:([\w.]+)\s+)?(\w+) = (\d+);/;

/** `.k8s.io.api.core.v1.Pod`, or a name of the same file, as built-in.json has it. */
function typeName(text: string, pack: string): string {
  if (/^(string|bool|bytes|double|u?int(32|64))$/.test(text)) return text;
  return `io.${(text.startsWith(".") ? text.slice(1) : text.includes(".") ? text : `${pack}.${text}`).replace("k8s.io.", "k8s.")}`;
}

function messagesIn(file: string): Record<string, Message> {
  const text = readFileSync(file, "utf8");
  const pack = /^package ([\w.]+);/m.exec(text)?.[1] ?? "";
  const found: Record<string, Message> = {};
  for (const [, name = "", body = ""] of text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms)) {
    const message: Message = {};
    for (const line of body.split("\n")) {
      const [, form = "", mapped, type = "", field = "", number = ""] = fieldLine.exec(line) ?? [];
      if (!field) continue;
      const shape = form === "repeated" ? (["r"] as const) : mapped ? (["m"] as const) : ([] as const);
      message[number] = [field, typeName(mapped ?? type, pack), ...shape];
    }
    found[typeName(name, pack)] = message;
  }
  return found;
}

const all: Record<string, Message> = {};
for (const folder of process.argv.slice(2)) {
  for (const file of globSync("**/generated.proto", { cwd: folder }))
    Object.assign(all, messagesIn(join(folder, file)));
}

/** Members that Go embeds are not members in JSON. */
function marked(name: string, message: Message): Message {
  const { properties } = (builtInShapes[name] ?? {}) as { properties?: Record<string, unknown> };
  if (!properties) return message;
  const entries = Object.entries(message).map(([number, [field, type, form]]) => {
    const isEmbedded = !(field in properties) && all[type] !== undefined;
    return [number, isEmbedded ? [field, type, "i"] : form ? [field, type, form] : [field, type]] as const;
  });
  return Object.fromEntries(entries) as unknown as Message;
}

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";
/** Kinds that are sent and never stored. */
const transient = [
  `${meta}.DeleteOptions`,
  "io.k8s.api.policy.v1.Eviction",
  "io.k8s.api.core.v1.Binding",
  ...["TokenRequest", "TokenReview", "SelfSubjectReview"].map((kind) => `io.k8s.api.authentication.v1.${kind}`),
  ...reviewKinds
    .filter(({ group }) => group.startsWith("authorization"))
    .map(({ kind }) => `io.k8s.api.authorization.v1.${kind}`),
];
const stored = Object.keys(builtInShapes).filter((name) => !name.includes("apiextensions"));
const queue = new Set([...stored, ...transient]);
const kept: Record<string, Message> = {};
for (const name of queue) {
  const message = all[name];
  if (!message) continue;
  kept[name] = marked(name, message);
  for (const [, type] of Object.values(message)) if (all[type]) queue.add(type);
}
writeFileSync(join(import.meta.dirname, "protobuf.json"), `${JSON.stringify(kept)}\n`);
