// The command line, started under Node 24 by `bin/windlass` beside it, and by the command line for its local cluster.
import { existsSync } from "node:fs";
import module from "node:module";

module.enableCompileCache?.();
const source = new URL("../src/cli/main.ts", import.meta.url);
const { main } = await import(existsSync(source) ? source.href : new URL("../dist/windlass.mjs", import.meta.url).href);
await main(process.argv);
// The command is over: timers of connections that were given up must not keep the terminal waiting, but what was
// printed has to get through a slow pipe first.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
process.exit();
