/** Where K3s lies on a machine. */
export const K3S_PROGRAM = '/usr/local/bin/k3s';
