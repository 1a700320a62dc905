import type { Static } from 'typebox';
import type { ScanState } from '../contract.ts';
import type { Status } from './shapes.ts';

/** The stages of a scan: ids and names of CxSAST, and what they are in the words of the contract. */
const stages = [
  { id: 1, name: 'New', state: 'queued' },
  { id: 2, name: 'PreScan', state: 'running' },
  { id: 3, name: 'Queued', state: 'queued' },
  { id: 4, name: 'Scanning', state: 'running' },
  { id: 6, name: 'PostScan', state: 'running' },
  { id: 7, name: 'Finished', state: 'finished' },
  { id: 8, name: 'Canceled', state: 'canceled' },
  { id: 9, name: 'Failed', state: 'failed' },
  { id: 10, name: 'SourcePullingAndDeployment', state: 'running' },
  { id: 1001, name: 'None', state: 'queued' },
  { id: undefined, name: 'Deleted', state: 'gone' },
] as const satisfies readonly { id: number | undefined; name: string; state: ScanState }[];

export interface Stage {
  readonly name: string;
  readonly state: ScanState;
}

/** The name of a status, in whichever of its shapes. */
export function nameOfStatus(status: Static<typeof Status>): string | undefined {
  const name = typeof status === 'string' ? status : (status.name ?? status.value);
  return name === null || name === undefined || name === '' ? undefined : name;
}

/** A stage that nobody has heard of is one on the way: a scan that hangs there ends with the time limit of its run. */
export function stageOf(status: Static<typeof Status>): Stage {
  const name = nameOfStatus(status);
  const id = typeof status === 'string' ? undefined : (status.id ?? undefined);
  const known =
    name === undefined
      ? stages.find((stage) => id !== undefined && stage.id === id)
      : stages.find((stage) => stage.name.toLowerCase() === name.toLowerCase());
  return { name: known?.name ?? name ?? `stage ${id}`, state: known?.state ?? 'running' };
}
