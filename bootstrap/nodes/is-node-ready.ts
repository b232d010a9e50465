import type { KubernetesClient } from '../lib/kubernetes.ts';
import { hasCondition } from '../lib/managed-object.ts';
import { NODE } from '../lib/resource-kinds.ts';

/** Whether there is a node of this name, and its kubelet has said of late that it is Ready. */
export async function isNodeReady(client: KubernetesClient, nodeName: string): Promise<boolean> {
  const node = await client.read(NODE, nodeName);
  return node !== undefined && hasCondition(node, 'Ready');
}
