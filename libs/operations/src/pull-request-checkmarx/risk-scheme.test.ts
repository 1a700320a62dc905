import { expect, test } from 'vitest';
import { compareRisk } from './risk-scheme.ts';

const verdicts = (scheme: Parameters<typeof compareRisk>[0], counts: Parameters<typeof compareRisk>[1]) =>
  compareRisk(scheme, counts).map(({ verdict }) => verdict);

test('as many as the threshold fail, one fewer does not', () => {
  expect(verdicts({ 'min-high-vuls': 2 }, { high: 1 })[1]).toBe('passed');
  expect(verdicts({ 'min-high-vuls': 2 }, { high: 2 })[1]).toBe('failed');
  expect(verdicts({ 'min-high-vuls': 2 }, { high: 3 })[1]).toBe('failed');
});

test('each severity has its own threshold, the worst first', () => {
  const scheme = {
    'min-critical-vuls': 1,
    'min-high-vuls': 1,
    'min-medium-vuls': 2,
    'min-low-vuls': 3,
    'min-info-vuls': 4,
  };
  expect(compareRisk(scheme, { critical: 0, high: 1, medium: 1, low: 3, info: 3 })).toEqual([
    { severity: 'critical', found: 0, threshold: 1, verdict: 'passed' },
    { severity: 'high', found: 1, threshold: 1, verdict: 'failed' },
    { severity: 'medium', found: 1, threshold: 2, verdict: 'passed' },
    { severity: 'low', found: 3, threshold: 3, verdict: 'failed' },
    { severity: 'info', found: 3, threshold: 4, verdict: 'passed' },
  ]);
});

test('a severity that the server does not report is unknown, not zero', () => {
  expect(compareRisk({ 'min-critical-vuls': 1 }, { high: 0 })[0]).toEqual({
    severity: 'critical',
    found: undefined,
    threshold: 1,
    verdict: 'unknown',
  });
});

test('a severity without a threshold fails nothing', () => {
  expect(verdicts({ 'min-high-vuls': 1 }, { critical: 1000, high: 0 })).toEqual([
    'free',
    'passed',
    'free',
    'free',
    'free',
  ]);
});
