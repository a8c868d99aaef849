/** Absolute paths, compared. Pure. */

/** Whether a path is `folder` or in it. */
export const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
