import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../../support/cluster-under-test.ts';
import { runCommand } from '../../support/run-command.ts';

const NAMESPACES = ['movies', 'git', 'argocd', 'observability'];
const IMAGE = 'docker.io/nobody/nothing:1';
/** Keeps to the standard, and asks for more than a container may have. */
const GREEDY = {
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'greedy',
        image: IMAGE,
        resources: { requests: { memory: '3Gi' }, limits: { memory: '3Gi' } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
};

/** Keeps to all that pods in the namespace of nodes' agents must, but that it may write where it may only read. */
const WRITING_AGENT = {
  spec: {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: 'writing',
        image: IMAGE,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'root', mountPath: '/host' }],
      },
    ],
    volumes: [{ name: 'root', hostPath: { path: '/' } }],
  },
};

/** Pods in the namespace of nodes' agents, and what the API server says of them. */
const BAD_AGENTS = [
  { what: 'may become root', name: 'bad', pod: {}, advice: 'Set securityContext.runAsNonRoot to true' },
  {
    what: 'takes the node',
    name: 'worse',
    pod: { spec: { hostNetwork: true, hostPID: true } },
    advice: 'Leave out hostNetwork, hostPID and hostIPC',
  },
  {
    what: 'writes files of the node',
    name: 'writing',
    pod: WRITING_AGENT,
    advice: 'Mount every hostPath with readOnly: true',
  },
];

/** Which pods the API server doesn't let in. */
export function describePodLimits(cluster: ClusterUnderTest): void {
  const runPod = async (namespace: string, name: string, overrides: object) => {
    const args = ['run', name, '-n', namespace, `--image=${IMAGE}`, '--restart=Never'];
    return await runCommand('kubectl', [...args, `--overrides=${JSON.stringify(overrides)}`], {
      env: cluster.env,
    });
  };

  describe.each(NAMESPACES)('refuses in the namespace %s', (namespace) => {
    test('a pod that may become root', async () => {
      const { exitCode, stderr } = await runPod(namespace, 'bad', {});
      expect(stderr).toContain('violates PodSecurity "restricted:latest"');
      expect(stderr).toContain('runAsNonRoot != true');
      expect(exitCode).toBe(1);
    });

    test('a pod that takes the node', async () => {
      const spec = { hostNetwork: true, hostPID: true, volumes: [{ name: 'root', hostPath: { path: '/' } }] };
      const { exitCode, stderr } = await runPod(namespace, 'worse', { spec });
      expect(stderr).toContain('host namespaces');
      expect(exitCode).toBe(1);
      const pods = await cluster.kubectl('-n', namespace, 'get', 'pods', '-o', 'name');
      expect(pods).not.toMatch(/\/(bad|worse)$/m);
    });
  });

  test.each(BAD_AGENTS)('refuses among the agents of nodes a pod that $what', async (bad) => {
    const { exitCode, stderr } = await runPod('node-agents', bad.name, bad.pod);
    expect(stderr).toContain("ValidatingAdmissionPolicy 'orchestrator-node-agents'");
    expect(stderr).toContain(bad.advice);
    expect(exitCode).toBe(1);
    const pods = await cluster.kubectl('-n', 'node-agents', 'get', 'pods', '-o', 'name');
    expect(pods.split('\n')).not.toContain(`pod/${bad.name}`);
  });

  test('refuses a container that asks for more than one may have', async () => {
    const { exitCode, stderr } = await runPod('movies', 'greedy', GREEDY);
    expect(stderr).toContain('maximum memory usage per Container is 2Gi');
    expect(exitCode).toBe(1);
  });

  test('has room in its quotas for what runs, and for as much again of pods', async () => {
    for (const namespace of NAMESPACES) {
      const quota = await cluster.kubectl('-n', namespace, 'get', 'resourcequota', 'quota', '-o', 'json');
      const { status } = JSON.parse(quota) as { status: { hard: { pods: string }; used: { pods: string } } };
      expect(Number(status.used.pods)).toBeGreaterThan(0);
      expect(Number(status.hard.pods)).toBeGreaterThanOrEqual(2 * Number(status.used.pods));
    }
  });
}
