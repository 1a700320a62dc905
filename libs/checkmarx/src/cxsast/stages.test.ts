import { describe, expect, it } from 'vitest';
import { stageOf } from './stages.ts';

describe('a stage of CxSAST', () => {
  it.each([
    [1, 'New', 'queued'],
    [2, 'PreScan', 'running'],
    [3, 'Queued', 'queued'],
    [4, 'Scanning', 'running'],
    [6, 'PostScan', 'running'],
    [7, 'Finished', 'finished'],
    [8, 'Canceled', 'canceled'],
    [9, 'Failed', 'failed'],
    [10, 'SourcePullingAndDeployment', 'running'],
    [1001, 'None', 'queued'],
  ])('%i %s is %s, in whichever shape it comes', (id, name, state) => {
    const stage = { name, state };
    for (const status of [name, name.toLowerCase(), { id, value: name }, { id, name }, { id }, { value: name }]) {
      expect(stageOf(status)).toEqual(stage);
    }
  });

  it('Deleted ends a scan, too', () => {
    expect(stageOf('Deleted')).toEqual({ name: 'Deleted', state: 'gone' });
    expect(stageOf({ id: 1001, value: 'Deleted' })).toEqual({ name: 'Deleted', state: 'gone' });
  });

  it('that nobody has heard of is one on the way', () => {
    expect(stageOf('Sleeping')).toEqual({ name: 'Sleeping', state: 'running' });
    expect(stageOf({ id: 77, value: null })).toEqual({ name: 'stage 77', state: 'running' });
  });
});
