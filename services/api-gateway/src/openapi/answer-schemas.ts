import type { DependencyState, ReadinessReport } from 'service-runtime/health/readiness';
import type { ProblemDocument } from 'service-runtime/http/problem';
import { z } from 'zod';
import type { HealthReport } from '../health/report-health.ts';

/** An error that a client may see (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'about:blank: status and title say it all' }),
    title: z.string().meta({ description: "The status's name", example: 'Not Found' }),
    status: z.int().min(400).max(599).meta({ description: 'The status once more', example: 404 }),
    detail: z.string().optional().meta({ description: 'What happened this time' }),
    errors: z
      .array(
        z.union([
          z.object({
            detail: z.string(),
            pointer: z.string().meta({ description: 'JSON pointer into the body', example: '#/title' }),
          }),
          z.object({
            detail: z.string(),
            parameter: z.string().meta({ description: 'Name of a query parameter', example: 'limit' }),
          }),
        ]),
      )
      .optional()
      .meta({ description: 'Everything that is wrong with the request, field by field' }),
  })
  .meta({ id: 'Problem', description: 'Why a request failed (RFC 9457)' }) satisfies z.ZodType<
  Pick<ProblemDocument, 'type' | 'title' | 'status'>
>;

/** A movie as JSON carries it. */
export const movieSchema = z
  .object({
    id: z.int().min(1).max(2_147_483_647),
    title: z.string(),
    description: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({
    id: 'Movie',
    description: 'A movie of the inventory',
    example: {
      id: 1,
      title: 'Top Gun',
      description: 'Story of a fighter pilot',
      createdAt: '2026-01-31T12:00:00.000Z',
      updatedAt: '2026-01-31T12:00:00.000Z',
    },
  });

/** What an order is answered with. */
export const acceptedOrderSchema = z
  .object({
    status: z.literal('accepted'),
    message_id: z.string().meta({
      description: "The order's identity: the Idempotency-Key, or a new one",
      example: 'order-4711',
    }),
  })
  .meta({ id: 'AcceptedOrder', description: 'The order is on the queue, on disk' });

const dependencyStateSchema = z
  .discriminatedUnion('status', [
    z.object({ status: z.literal('up') }),
    z.object({
      status: z.literal('down'),
      reason: z.string().meta({ description: 'A code or a short word', example: 'ECONNREFUSED' }),
    }),
  ])
  .meta({ id: 'DependencyState' }) satisfies z.ZodType<DependencyState>;

export const healthReportSchema = z
  .object({
    status: z.enum(['ok', 'degraded']),
    dependencies: z
      .record(z.string(), z.union([dependencyStateSchema, z.object({ status: z.literal('unknown') })]))
      .meta({
        description: 'By name; unknown where only a service that is down itself could tell',
        example: { rabbitmq: { status: 'up' }, 'inventory-app': { status: 'down', reason: 'ECONNREFUSED' } },
      }),
  })
  .meta({ id: 'HealthReport' }) satisfies z.ZodType<HealthReport>;

export const readinessReportSchema = z
  .object({
    status: z.enum(['ready', 'not ready', 'stopping']),
    dependencies: z.record(z.string(), dependencyStateSchema),
  })
  .meta({ id: 'ReadinessReport' }) satisfies z.ZodType<ReadinessReport>;

export const aliveSchema = z.object({ status: z.literal('alive') });

export const indexSchema = z.object({
  name: z.literal('api-gateway'),
  version: z.string(),
  message: z.string().meta({ description: 'The setting WELCOME_MESSAGE' }),
  links: z.record(z.string(), z.string()).meta({ description: 'Where to go' }),
});
