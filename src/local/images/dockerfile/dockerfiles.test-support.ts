/** For the tests of Dockerfiles: what is read from a text, in words that fit a line of a table. */
import { readDockerfile } from "./read-dockerfile.ts";
import type { BuildOptions, Recipe } from "./recipe.ts";

export const files = [
  "Dockerfile",
  "main.py",
  "requirements.txt",
  "pyproject.toml",
  "uv.lock",
  "src/pkg/a.py",
  "conf/x.yaml",
];
export const options = (more: Partial<BuildOptions> = {}): BuildOptions => ({ files, architecture: "amd64", ...more });
export const lines = (...text: readonly string[]) => text.join("\n");

export function recipeOf(text: string, more?: Partial<BuildOptions>): Recipe {
  const { recipe, problems } = readDockerfile(text, options(more));
  if (!recipe) throw new Error(JSON.stringify(problems));
  return recipe;
}

export const pipSteps = ({ installs }: Recipe) =>
  installs.map((step) => `${step.tool} ${step.arguments.join(" ")} @${step.folder}`);
export const noticesOf = ({ notices }: Recipe) =>
  notices
    .filter((notice) => notice.kind === "packages" || !notice.text.startsWith("no "))
    .map((notice) =>
      notice.kind === "packages"
        ? `${notice.line}: packages ${notice.packages.join(" ")}`
        : `${notice.line}: ${notice.text}: ${notice.reason}`,
    );
export const placesOf = ({ layout }: Recipe) =>
  layout &&
  [...layout.files]
    .map(([path, file]) => `${layout.root ?? "?"}/${path} < ${file}`)
    .concat([...layout.others].map((entry) => entry.join(" < ")));
