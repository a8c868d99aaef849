/** The built-in kinds that Windlass reads, writes or serves locally. */
import { type Kind, parseApiVersion } from "../../meta/object.ts";

const define = (apiVersion: string, kind: string, resource: string, namespaced = true): Kind =>
  Object.freeze({ ...parseApiVersion(apiVersion), kind, resource, namespaced });

export const Namespace = define("v1", "Namespace", "namespaces", false);
export const Node = define("v1", "Node", "nodes", false);
export const PersistentVolume = define("v1", "PersistentVolume", "persistentvolumes", false);
export const Pod = define("v1", "Pod", "pods");
export const Service = define("v1", "Service", "services");
export const Endpoints = define("v1", "Endpoints", "endpoints");
export const ConfigMap = define("v1", "ConfigMap", "configmaps");
export const Secret = define("v1", "Secret", "secrets");
export const ServiceAccount = define("v1", "ServiceAccount", "serviceaccounts");
export const PersistentVolumeClaim = define("v1", "PersistentVolumeClaim", "persistentvolumeclaims");
export const LegacyEvent = define("v1", "Event", "events");
export const ResourceQuota = define("v1", "ResourceQuota", "resourcequotas");
export const LimitRange = define("v1", "LimitRange", "limitranges");
export const PodTemplate = define("v1", "PodTemplate", "podtemplates");
export const Event = define("events.k8s.io/v1", "Event", "events");
export const Job = define("batch/v1", "Job", "jobs");
export const CronJob = define("batch/v1", "CronJob", "cronjobs");
export const ControllerRevision = define("apps/v1", "ControllerRevision", "controllerrevisions");
export const Deployment = define("apps/v1", "Deployment", "deployments");
export const EndpointSlice = define("discovery.k8s.io/v1", "EndpointSlice", "endpointslices");
export const Lease = define("coordination.k8s.io/v1", "Lease", "leases");
export const Role = define("rbac.authorization.k8s.io/v1", "Role", "roles");
export const RoleBinding = define("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings");
export const ClusterRole = define("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false);
export const ClusterRoleBinding = define(
  "rbac.authorization.k8s.io/v1",
  "ClusterRoleBinding",
  "clusterrolebindings",
  false,
);
export const PriorityClass = define("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false);
export const StorageClass = define("storage.k8s.io/v1", "StorageClass", "storageclasses", false);
export const Ingress = define("networking.k8s.io/v1", "Ingress", "ingresses");
export const NetworkPolicy = define("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies");
export const CustomResourceDefinition = define(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);
