/** What the API server, the controllers and the kubelet agree on about PersistentVolumeClaims. */

/** Finalizer that keeps a claim being deleted for as long as a pod uses it. */
export const claimProtection = "kubernetes.io/pvc-protection";
