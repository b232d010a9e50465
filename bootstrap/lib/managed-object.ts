/** An object as the API server has it; what it holds beside its metadata depends on its kind. */
export interface ManagedObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    generation?: number;
    creationTimestamp?: Date;
    deletionTimestamp?: Date;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: unknown;
  status?: unknown;
  data?: Record<string, string>;
}

/** Whether an object's status has a condition of this type with the status True. */
export function hasCondition(object: ManagedObject, type: string): boolean {
  const status = (object.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}
