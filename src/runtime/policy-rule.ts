/** `rules` of a Role or ClusterRole, as controllers and actions declare them. Pure. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
