#!/usr/bin/env node
// Runs the command line under Node 24: the machine's own if new enough, else the one npm installed beside the project.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const major = Number(process.versions.node.split(".")[0]);
if (major >= 24) {
  module.enableCompileCache?.();
  const source = new URL("../src/cli/main.ts", import.meta.url);
  const { main } = await import(
    existsSync(source) ? source.href : new URL("../dist/windlass.mjs", import.meta.url).href
  );
  await main(process.argv);
  // The command is over: timers of connections that were given up must not keep the terminal waiting, but what was
  // printed has to get through a slow pipe first.
  for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
  process.exit();
} else {
  const own = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `Windlass needs Node 24; this is ${process.version}. Run \`npm ci\` in the project's folder, which brings its own.`,
    );
    process.exit(1);
  }
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)));
}
