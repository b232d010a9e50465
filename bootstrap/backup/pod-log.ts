import { z } from 'zod';

/** Why a command in the pod failed, in its own words. */
export class PodFailure extends Error {
  /** The class of the error there. */
  readonly type: string;

  constructor(message: string, type: string) {
    super(message);
    this.name = 'PodFailure';
    this.type = type;
  }
}

/** A line that the program in the pod logged. */
export interface PodLine {
  readonly message: string;
  readonly failure?: PodFailure;
}

const lineSchema = z.object({
  level: z.string(),
  msg: z.string(),
  err: z.object({ type: z.string() }).optional(),
});

/** Reads a line of standard error: JSON, unless Node itself or the configuration complains. */
export function readPodLine(text: string): PodLine {
  try {
    const { level, msg, err } = lineSchema.parse(JSON.parse(text));
    if (level === 'fatal') return { message: msg, failure: new PodFailure(msg, err?.type ?? 'Error') };
    return { message: msg };
  } catch {
    return { message: text };
  }
}
