import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';

type Labels = Readonly<Record<string, string>>;
type Is<T> = (value: unknown) => value is T;
type Named = { readonly metadata?: { readonly name?: string } };

const kinds = [
  kind(ConfigMap.is, (data) => new ConfigMap(data)),
  kind(Deployment.is, (data) => new Deployment(data)),
  kind(HorizontalPodAutoscaler.is, (data) => new HorizontalPodAutoscaler(data)),
  kind(Job.is, (data) => new Job(data)),
  kind(Namespace.is, (data) => new Namespace(data)),
  kind(NetworkPolicy.is, (data) => new NetworkPolicy(data)),
  kind(PodDisruptionBudget.is, (data) => new PodDisruptionBudget(data)),
  kind(Secret.is, (data) => new Secret(data)),
  kind(Service.is, (data) => new Service(data)),
  kind(ServiceAccount.is, (data) => new ServiceAccount(data)),
];

function kind<T>(is: Is<T>, build: (data: T) => { validate(): void }): (document: unknown) => boolean {
  return (document) => {
    if (!is(document)) return false;
    build(document).validate();
    return true;
  };
}

/** Throws what Kubernetes' own schema finds wrong. Keys that it does not know pass; what matters is tested by name. */
export function validateDocument(document: unknown): void {
  if (!kinds.some((check) => check(document))) {
    const { apiVersion, kind: name } = Object(document);
    throw new Error(`no such kind is expected here: ${apiVersion} ${name}`);
  }
}

export function listOf<T>(documents: readonly unknown[], is: Is<T>): readonly T[] {
  return documents.filter(is);
}

/** The one of that name; kustomize adds a hash to the names of what it generates, and to what refers to them. */
export function getNamed<T extends Named>(documents: readonly unknown[], is: Is<T>, name: string): T {
  const all = listOf(documents, is);
  const found = all.find((one) => one.metadata?.name === name);
  if (found === undefined) throw new Error(`${name} is not among ${all.map((one) => one.metadata?.name)}`);
  return found;
}

export type Pod = {
  readonly owner: string;
  readonly labels: Labels;
  readonly spec: IPodSpec;
};

export function listPods(documents: readonly unknown[]): readonly Pod[] {
  return [...listOf(documents, Deployment.is), ...listOf(documents, Job.is)].map((one) => {
    const template = one.spec?.template;
    if (template?.spec === undefined) throw new Error(`${one.metadata?.name} has no pod`);
    return {
      owner: `${one.kind} ${one.metadata?.name}`,
      labels: template.metadata?.labels ?? {},
      spec: template.spec,
    };
  });
}

export function getPod(
  documents: readonly unknown[],
  owner: string,
): Pod & { readonly container: IContainer } {
  const pod = listPods(documents).find((one) => one.owner === owner);
  const [container, ...others] = pod?.spec.containers ?? [];
  if (pod === undefined || container === undefined) throw new Error(`there is no ${owner}`);
  if (others.length > 0) throw new Error(`${owner} has more than one container`);
  return { ...pod, container };
}

/** What the container finds in its environment. `extra`: a Secret that is not among the documents. */
export function environmentOf(
  documents: readonly unknown[],
  container: IContainer,
  extra: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const sources = (container.envFrom ?? []).map(({ configMapRef, secretRef }) => {
    if (configMapRef !== undefined) return getNamed(documents, ConfigMap.is, configMapRef.name ?? '').data;
    const name = secretRef?.name ?? '';
    return listOf(documents, Secret.is).length === 0
      ? extra
      : getNamed(documents, Secret.is, name).stringData;
  });
  const single = (container.env ?? []).map(({ name, value = '' }) => [name, value] as const);
  return Object.assign({}, ...sources, Object.fromEntries(single));
}

/** As Kubernetes does: every label of the selector is on the object. An empty selector takes all. */
export function matches(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value);
}
