import { parseAllDocuments, stringify } from 'yaml';
import type { ManagedObject } from './managed-object.ts';

/** The objects in the YAML documents of a manifest. */
export function parseManifest(text: string): ManagedObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const error = document.errors[0];
    if (error) throw error;
    const object: unknown = document.toJS();
    return isObject(object) ? [object] : [];
  });
}

/** Objects as the YAML documents of a manifest. */
export function formatManifest(objects: readonly ManagedObject[]): string {
  return objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
}

function isObject(value: unknown): value is ManagedObject {
  return typeof value === 'object' && value !== null && 'kind' in value && 'apiVersion' in value;
}
