/** Names of devices as resources: those of NVIDIA's plug-in, and of the RDMA one unless the manifest says which. */
export const deviceNames = {
  gpu: (type = "gpu") => `nvidia.com/${type}`,
  rdma: (name: string) => (name.includes("/") ? name : `rdma/${name}`),
} as const;
