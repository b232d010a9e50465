import { quote } from '../lib/shell.ts';
import type { RemoteMachine } from './remote.ts';

/**
 * The labels that K3s itself gives to what it imports when it starts. Without them, or with those of an earlier import
 * taken away by a new one, the kubelet removes images that no pod uses at the moment as soon as the disk is 85 % full,
 * and nothing could pull them again.
 */
const LABELS = ['io.cri-containerd.image=managed', 'io.cri-containerd.pinned=pinned'];

/** Imports an archive of images into a machine on which K3s runs; `archive` is its path there. */
export async function importImages(machine: RemoteMachine, archive: string): Promise<void> {
  const labels = LABELS.map((label) => `--label ${label}`).join(' ');
  await machine.run(`k3s ctr --namespace k8s.io images import ${labels} ${quote(archive)}`);
}
