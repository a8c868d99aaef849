/** On an experiment of a sweep. */
export { sweepLabel } from "../experiment/labels.ts";

/** Its place in the list of trials, from 0. */
export const trialLabel = "windlass.dev/trial";
/** Its parameters as a JSON object of texts. */
export const parametersAnnotation = "windlass.dev/parameters";
