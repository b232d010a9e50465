import type { V1Container } from '@kubernetes/client-node';
import type { ManagedObject } from '../../../bootstrap/lib/managed-object.ts';
import { containersOf, podsOf } from './pods.ts';

/**
 * The containers whose command or arguments Kubernetes writes a Secret's value into, as `pod/container: variable`:
 * every user of the node could read it in the list of processes
 * (https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/).
 */
export function secretsInArguments(objects: readonly ManagedObject[]): string[] {
  return objects.flatMap(podsOf).flatMap(({ name, spec }) =>
    containersOf(spec).flatMap((container) =>
      secretVariables(container)
        .filter((variable) => isInArguments(container, variable))
        .map((variable) => `${name}/${container.name}: ${variable}`),
    ),
  );
}

function secretVariables({ env = [] }: V1Container): string[] {
  return env.filter(({ valueFrom }) => valueFrom?.secretKeyRef).map(({ name }) => name);
}

function isInArguments({ command = [], args = [] }: V1Container, variable: string): boolean {
  return [...command, ...args].some((one) => one.includes(`$(${variable})`));
}
