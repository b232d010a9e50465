import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUILD_TIMEOUT_MS } from '../../tests/support/api-server.ts';
import { requireSuccess } from '../../tests/support/cluster-under-test.ts';
import { shell } from '../../tests/support/go-tools.ts';
import { makeTemporaryFolder } from '../../tests/support/make-temporary-folder.ts';
import { runCommand } from '../../tests/support/run-command.ts';
import { buildEngine } from '../artifacts/engine.ts';
import { clusterDirectories } from '../settings/directories.ts';
import { formatContainerdDropIn } from './install-verifier.ts';
import { findHindrances } from './require-verifier.ts';

/** As much as matters here of what K3s writes for containerd. */
const formatConfiguration = (folder: string) => `version = 3
imports = ["${folder}/config-v3.toml.d/*.toml"]
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  disable_snapshot_annotations = false
  use_local_image_pull = true
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "rancher/mirrored-pause:3.6"
`;

test('containerd asks the verifier when it takes in what `create` writes beside K3s’s own settings, and not before', {
  timeout: BUILD_TIMEOUT_MS,
}, async () => {
  const { programs } = await buildEngine(shell, clusterDirectories('tests').cache, () => {});
  const folder = await makeTemporaryFolder('containerd-');
  const file = join(folder, 'config.toml');
  await writeFile(file, formatConfiguration(folder));
  const read = async () => {
    const args = ['--config', file, 'config', 'dump'];
    return findHindrances((await requireSuccess(runCommand(join(programs, 'containerd'), args))).stdout);
  };
  expect(await read()).toEqual([
    'io.containerd.cri.v1.images lacks use_local_image_pull = false',
    'io.containerd.cri.v1.images lacks disable_snapshot_annotations = true',
    expect.stringContaining('io.containerd.image-verifier.v1.bindir lacks bin_dir'),
  ]);
  await mkdir(join(folder, 'config-v3.toml.d'));
  await writeFile(join(folder, 'config-v3.toml.d', 'image-verifier.toml'), formatContainerdDropIn());
  expect(await read()).toEqual([]);
});
