import type { V1Container, V1PodSpec } from '@kubernetes/client-node';

/** Makes a pod of a node's agent one that is refused. */
export type Spoil = (spec: V1PodSpec, container: V1Container, annotations: Record<string, string>) => void;

/** By words of the rule that refuses them: what is wrong with pods. */
export type BadAgents = Readonly<Record<string, Readonly<Record<string, Spoil>>>>;

const ofPod =
  (context: V1PodSpec['securityContext']): Spoil =>
  (spec) => {
    spec.securityContext = { ...spec.securityContext, ...context };
  };
const ofContainer =
  (context: V1Container['securityContext']): Spoil =>
  (_, container) => {
    container.securityContext = { ...container.securityContext, ...context };
  };
const withSpec =
  (fields: Partial<V1PodSpec>): Spoil =>
  (spec) =>
    void Object.assign(spec, fields);
const withContainer =
  (fields: Partial<V1Container>): Spoil =>
  (_, container) =>
    void Object.assign(container, fields);
const withVolume =
  (source: object): Spoil =>
  (spec) => {
    spec.volumes = [...(spec.volumes ?? []), { name: 'more', ...source }];
  };
const reading =
  (path: string): Spoil =>
  (spec, container, annotations) => {
    withVolume({ hostPath: { path } })(spec, container, annotations);
    container.volumeMounts?.push({ name: 'more', mountPath: '/more', readOnly: true });
  };
const writing: Spoil = (_, { volumeMounts = [] }) => {
  for (const mount of volumeMounts) mount.readOnly = false;
};

const PLACE = { host: '10.43.0.1', port: 443 };
const ELSEWHERE = { tcpSocket: PLACE };
const PORT = { containerPort: 8888, hostPort: 8888 };
const UNCONFINED = { type: 'Unconfined' };
const NOBODY = 'runAsUser and runAsGroup to 65534';

/** Made from the log collector's pod: one or more for each rule, and for each check of the standard "restricted". */
export const BAD_COLLECTORS: BadAgents = {
  'hostNetwork, hostPID and hostIPC': {
    'is in the network of its node': withSpec({ hostNetwork: true }),
    'sees processes of its node': withSpec({ hostPID: true }),
    'shares memory with its node': withSpec({ hostIPC: true }),
  },
  hostPort: {
    'has a port of its node': withContainer({ ports: [PORT] }),
    'has a container before it with a port of its node': (spec, { image = '' }) => {
      spec.initContainers = [{ name: 'before', image, ports: [PORT] }];
    },
  },
  '`host` in probes': {
    'has the kubelet see whether others live': withContainer({ livenessProbe: { httpGet: PLACE } }),
    'has the kubelet see whether others are ready': withContainer({ readinessProbe: ELSEWHERE }),
    'has the kubelet see whether others have started': withContainer({ startupProbe: ELSEWHERE }),
    'has the kubelet call others at its start': withContainer({ lifecycle: { postStart: ELSEWHERE } }),
    'has the kubelet call others at its end': withContainer({ lifecycle: { preStop: { httpGet: PLACE } } }),
  },
  'runAsNonRoot to true': {
    'may be root': ofPod({ runAsNonRoot: false }),
    'does not say whether it is root': (spec) => delete spec.securityContext?.runAsNonRoot,
    'has a container that may be root': ofContainer({ runAsNonRoot: false }),
    'says nothing': (spec) => delete spec.securityContext,
  },
  'runAsUser to another than 0': {
    'is root': ofPod({ runAsUser: 0 }),
    'has a container that is root': ofContainer({ runAsUser: 0 }),
  },
  'seccompProfile.type to RuntimeDefault': {
    'may make every system call': ofPod({ seccompProfile: UNCONFINED }),
    'does not say which system calls it makes': (spec) => delete spec.securityContext?.seccompProfile,
    'has a container that may make every system call': ofContainer({ seccompProfile: UNCONFINED }),
  },
  'appArmorProfile to the runtime': {
    'takes AppArmor off': ofPod({ appArmorProfile: UNCONFINED }),
    'has a container that takes AppArmor off': ofContainer({ appArmorProfile: UNCONFINED }),
    'takes AppArmor off as was done before': (_, { name }, annotations) => {
      annotations[`container.apparmor.security.beta.kubernetes.io/${name}`] = 'unconfined';
    },
  },
  'seLinuxOptions, windowsOptions and sysctls': {
    'takes another label of SELinux': ofPod({ seLinuxOptions: { type: 'spc_t' } }),
    'has a container with another label of SELinux': ofContainer({ seLinuxOptions: { type: 'spc_t' } }),
    'is one of Windows': ofPod({ windowsOptions: { runAsUserName: 'one' } }),
    'has a container of Windows': ofContainer({ windowsOptions: { runAsUserName: 'one' } }),
    'sets kernel parameters': ofPod({ sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] }),
  },
  'privileged and procMount': {
    'is privileged': ofContainer({ privileged: true, allowPrivilegeEscalation: true }),
    'sees all of /proc': (spec, container, annotations) => {
      spec.hostUsers = false;
      ofContainer({ procMount: 'Unmasked' })(spec, container, annotations);
    },
    'has a container before it that is privileged': (spec, { image = '' }) => {
      spec.initContainers = [{ name: 'before', image, securityContext: { privileged: true } }];
    },
  },
  allowPrivilegeEscalation: {
    'may get more rights': ofContainer({ allowPrivilegeEscalation: true }),
    'has a container that says nothing': (_, container) => delete container.securityContext,
  },
  '{ drop: [ALL] }': {
    'keeps capabilities': ofContainer({ capabilities: { drop: ['NET_RAW'] } }),
    'adds a capability': ofContainer({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
    'does not say which capabilities it has': (_, { securityContext }) =>
      delete securityContext?.capabilities,
  },
  'other volumes': {
    'mounts what is elsewhere': withVolume({ nfs: { server: '10.0.0.1', path: '/' } }),
    'takes a volume that others keep': withVolume({ persistentVolumeClaim: { claimName: 'one' } }),
  },
  'readOnly: true': { 'writes files of its node': writing },
  '/var/log/pods or /': { 'reads other files of its node': reading('/run/containerd') },
  [NOBODY]: { 'sees all of its node as one of group 0': reading('/') },
};

/** Made from the node exporter's pod, which sees all of its node. */
export const BAD_EXPORTERS: BadAgents = {
  'readOnly: true': { 'writes files of its node': writing },
  [NOBODY]: {
    'is one of another group': ofPod({ runAsGroup: 998 }),
    'leaves its group to the image': (spec) => delete spec.securityContext?.runAsGroup,
    'is somebody else': ofPod({ runAsUser: 1000 }),
    'leaves to the image who it is': (spec) => delete spec.securityContext?.runAsUser,
    'is one of more groups': ofPod({ supplementalGroups: [0] }),
    'is one of the group of its volumes': ofPod({ fsGroup: 0 }),
    'has a container in another group': ofContainer({ runAsGroup: 0 }),
    'has a container that is somebody else': ofContainer({ runAsUser: 1000 }),
  },
};
