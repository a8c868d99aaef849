/**
 * `npm run build`: bundles the command line and its packages into `dist/`, for Node refuses TypeScript in node_modules.
 * One chunk for each group of commands, so that a command loads no more than it needs.
 */
import { cpSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { packageRoot } from "../src/runtime/package-root.ts";

const dist = join(packageRoot, "dist");

// CommonJS packages ask for Node's modules by `require`, which an ES module does not have.
const banner = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * `await import("package")` has the names of a CommonJS package in Node, and only `default` in a bundle: such an import
 * gets a module that names what Node finds in it.
 */
const namedExports: Plugin = {
  name: "named-exports",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^.]/ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import" && !path.startsWith("node:")
        ? { path, namespace: "named-exports", pluginData: resolveDir }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: "named-exports" }, async ({ path, pluginData }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "module.exports");
      const contents = `export { ${names.join(", ")} } from ${JSON.stringify(path)};`;
      return { contents, resolveDir: pluginData as string };
    });
  },
};

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    windlass: join(packageRoot, "src/cli/main.ts"),
    "socket-maker": join(packageRoot, "src/local/kubelet/network/socket-maker.ts"),
  },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "linked",
  banner: { js: banner },
  metafile: true,
  plugins: [namedExports],
  logLevel: "warning",
});
const helper = "src/local/kubelet/helper";
cpSync(join(packageRoot, helper), join(dist, basename(helper)), { recursive: true });
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`dist: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} KiB`);
