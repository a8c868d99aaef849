/**
 * What an environment has of what experiments stand on: Ray's version, the packages without which its dashboard does not
 * start, programs. Asked of the environment's own Python; nothing is imported, so it takes a moment.
 */
import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../../local/images/environments/programs.ts";

export interface ImageFacts {
  /** Version of the Ray that is installed. */
  readonly ray?: string;
  /** Modules that Ray's dashboard imports and the environment has not. */
  readonly missingModules: readonly string[];
  /** Whether a program is there: by its name on the PATH, or by its path. */
  readonly has: (program: string) => boolean;
}

/** Ray itself lists what its dashboard needs: `ray/dashboard/optional_deps.py`, a file of imports. */
const script = `
import ast, glob, importlib.metadata, importlib.util, json, os
def has(name):
    top, *rest = name.split(".")
    spec = importlib.util.find_spec(top)
    folders = list(spec.submodule_search_locations or []) if spec else None
    for part in rest:
        if not folders: break
        found = [f for folder in folders for f in glob.glob(os.path.join(glob.escape(folder), part + "*"))
                 if os.path.basename(f).split(".")[0] == part]
        if not found: return False
        folders = [f for f in found if os.path.isdir(f)]
    return spec is not None
spec = importlib.util.find_spec("ray")
facts = {"missingModules": []}
if spec and spec.origin:
    try: facts["ray"] = importlib.metadata.version("ray")
    except importlib.metadata.PackageNotFoundError: pass
    file = os.path.join(os.path.dirname(spec.origin), "dashboard", "optional_deps.py")
    names = []
    if os.path.exists(file):
        for node in ast.walk(ast.parse(open(file, encoding="utf-8").read())):
            if isinstance(node, ast.Import): names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module: names.append(node.module)
    facts["missingModules"] = sorted({name for name in names if not has(name)})
print(json.dumps(facts))
`;

const run = promisify(execFile);

async function askPython(python: string): Promise<Pick<ImageFacts, "ray" | "missingModules">> {
  try {
    const { stdout } = await run(python, ["-c", script], { timeout: 30_000 });
    return JSON.parse(stdout) as Pick<ImageFacts, "ray" | "missingModules">;
  } catch {
    // A Python that cannot be asked is judged by what its programs do.
    return { missingModules: [] };
  }
}

const known = new Map<string, ReturnType<typeof askPython>>();

/** `environment`: its folder, which never changes once it is made; the machine's own is asked each time. */
export async function imageFacts(path: string, environment: string | undefined): Promise<ImageFacts> {
  const ray = findProgram("ray", path);
  // The Python beside the program is the one that runs it.
  const python = ray && findProgram("python3", `${join(ray, "..")}${delimiter}${path}`);
  const cached = environment === undefined ? undefined : known.get(environment);
  const asked = cached ?? (python ? askPython(python) : Promise.resolve({ missingModules: [] }));
  if (environment !== undefined) known.set(environment, asked);
  return { ...(await asked), has: (program) => findProgram(program, path) !== undefined };
}
