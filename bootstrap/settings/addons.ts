import type { ClusterSettings } from './cluster-settings.ts';

/** The standard dashboards that a cluster may have besides its own page. */
export const ADDONS = ['headlamp', 'grafana'] as const;

/** A dashboard of others. */
export type Addon = (typeof ADDONS)[number];

/** The add-ons that a cluster has. */
export function listAddons({ addons }: Pick<ClusterSettings, 'addons'>): Addon[] {
  return ADDONS.filter((name) => addons[name]);
}
