/** On a cluster nothing builds images: is there one that its nodes can pull? Said before anything is submitted. Pure. */
import { imageOf, parseManifest } from "../../manifest/index.ts";
import { imageErrors } from "../errors/images.ts";

/** Rejects with UserError a manifest whose image exists only where it is built. `given`: --image, the user's own word. */
export function checkPullable(manifestText: string, given: string | undefined): void {
  const { manifest } = parseManifest(manifestText, { file: "manifest.yaml" });
  if (!manifest || given) return;
  const image = imageOf(manifest);
  if (image === undefined) throw imageErrors.NO_IMAGE();
  if (manifest.builder && !image.includes("/")) throw imageErrors.IMAGE_NOT_BUILT(image);
}
