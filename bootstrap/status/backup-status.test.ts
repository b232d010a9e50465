import { expect, test } from 'vitest';
import { judgeSchedule } from './backup-status.ts';

const now = new Date('2026-11-21T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const cronJob = (createdHours: number, status: object, spec = {}) => ({
  metadata: {
    creationTimestamp: hoursAgo(createdHours),
    annotations: { 'orchestrator/backup-max-age-hours': '13' },
  },
  spec,
  status,
});

test('a new backup is told, an old one complained of', () => {
  const newOne = judgeSchedule(cronJob(100, { lastSuccessfulTime: hoursAgo(2) }), now);
  expect(newOne).toEqual({ lastSuccess: '2026-11-21T10:00:00.000Z' });
  const oldOne = judgeSchedule(cronJob(100, { lastSuccessfulTime: hoursAgo(20) }), now);
  expect(oldOne.problem).toContain('the newest scheduled backup is 20 hours old');
});

test('a new cluster has time for its first backup', () => {
  expect(judgeSchedule(cronJob(1, {}), now)).toEqual({});
  expect(judgeSchedule(cronJob(30, {}), now).problem).toContain('no scheduled backup after 30 hours');
});

test('a schedule that is suspended is a problem', () => {
  expect(judgeSchedule(cronJob(1, {}, { suspend: true }), now).problem).toBe('the schedule is suspended');
});
