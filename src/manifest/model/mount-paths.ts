/** Where an experiment's pods find what the manifest only asks for. */

/** Where shared memory is. */
export const sharedMemoryMount = "/dev/shm";
/** Where TensorBoard's logs are when they are on a volume. */
export const tensorboardMount = "/mnt/tensorboard";
